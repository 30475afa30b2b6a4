internal import Facts

/// Whether a statement only asks, as far as its first word and the names in it tell.
///
/// A read-only transaction keeps the database from being changed, but not all that a statement can do: `COPY … TO
/// PROGRAM` runs a program, `CHECKPOINT` and `LOCK` weigh on others, `PREPARE TRANSACTION` outlives its connection. So what
/// isn't known to ask is not sent, nor is what names a function that acts on the server. That keeps an operator from a
/// slip: a function may call another, and what it may do is the server's to allow, by the role.
enum StatementCheck {
  /// What begins a statement that asks.
  static let words = ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"]

  /// The functions that act beside their transaction: on other connections, on the server or on its files.
  private static let acting: Set<String> = [
    "pg_terminate_backend", "pg_cancel_backend", "pg_reload_conf", "pg_rotate_logfile", "pg_promote",
    "pg_switch_wal", "pg_create_restore_point", "pg_backup_start", "pg_backup_stop", "pg_wal_replay_pause",
    "pg_wal_replay_resume", "lo_export", "lo_import", "lo_unlink", "pg_logical_emit_message", "set_config",
    "pg_notify",
  ]
  /// How the names of further ones begin.
  private static let actingPrefixes = [
    "dblink", "pg_file_", "pg_advisory_", "pg_try_advisory_", "pg_stat_reset", "pg_create_", "pg_drop_",
    "pg_copy_", "pg_replication_", "pg_sync_", "pg_import_", "pg_log_", "pg_start_backup", "pg_stop_backup",
    "lo_",
  ]
  /// Those for which the console has keys.
  private static let ending = ["pg_terminate_backend", "pg_cancel_backend"]

  /// Why it is not sent; nil if it is.
  static func reason(against statement: String) -> SafeText? {
    let bytes = Array(statement.utf8)
    if bytes.contains(0) { return "it holds a NUL, which no statement can" }
    var scanner = StatementScanner(bytes)
    let word = scanner.firstWord()
    guard !word.isEmpty else { return "there is no statement" }
    let list = words.joined(separator: ", ")
    guard words.contains(word) else {
      return "\(SafeText(word, limit: 40)) is not sent: only \(SafeText(list)) only ask"
    }
    scanner = StatementScanner(bytes)
    while let found = scanner.nextName() {
      guard let name = found.text else {
        return "names written as U&\"…\" are not sent: nobody sees what they name"
      }
      guard acting.contains(name) || actingPrefixes.contains(where: name.hasPrefix) else { continue }
      let keys: SafeText =
        ending.contains(name) ? ": on a connection of :db K terminates it, C cancels its query" : ""
      return "\(SafeText(name, limit: 80)) is not sent, it acts beside its transaction\(keys)"
    }
    return nil
  }
}

/// A statement's bytes, gone through as the server does it: what stands in comments and strings names nothing.
private struct StatementScanner {
  /// A name as the server takes it, in small letters unless it is quoted; without text it is written in escapes.
  struct Name {
    var text: String?
  }

  private let bytes: [UInt8]
  private var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  private func at(_ offset: Int) -> UInt8? {
    position + offset < bytes.count ? bytes[position + offset] : nil
  }

  /// The first word in capitals, behind blanks, comments and opening parentheses.
  mutating func firstWord() -> String {
    skipBlanks()
    while at(0) == UInt8(ascii: "(") {
      position += 1
      skipBlanks()
    }
    let rest = bytes[position...].prefix { (0x41...0x5A).contains($0 & 0xDF) || $0 == UInt8(ascii: "_") }
    return rest.isEmpty
      ? String(decoding: bytes[position...].prefix(8), as: UTF8.self)
      : String(decoding: rest, as: UTF8.self).uppercased()
  }

  /// The next name or keyword; nil: there is none any more.
  mutating func nextName() -> Name? {
    while true {
      skipBlanks()
      guard let byte = at(0) else { return nil }
      switch byte {
      case UInt8(ascii: "'"): skipString(hasEscapes: false)
      case UInt8(ascii: "\""): return Name(text: quotedName())
      case UInt8(ascii: "$"): skipDollars()
      case _ where Self.beginsName(byte):
        let word = bytes[position...].prefix(while: Self.isOfName)
        position += word.count
        let name = String(decoding: word, as: UTF8.self).lowercased()
        if name == "e", at(0) == UInt8(ascii: "'") {
          skipString(hasEscapes: true)
        } else if name == "u", at(0) == UInt8(ascii: "&"), at(1) == UInt8(ascii: "\"") {
          return Name(text: nil)
        } else {
          return Name(text: name)
        }
      default: position += 1
      }
    }
  }

  private static func beginsName(_ byte: UInt8) -> Bool {
    (0x41...0x5A).contains(byte & 0xDF) || byte == UInt8(ascii: "_") || byte >= 0x80
  }

  private static func isOfName(_ byte: UInt8) -> Bool {
    beginsName(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "$")
  }

  /// Skips blanks and comments.
  private mutating func skipBlanks() {
    while let byte = at(0) {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D, 0x0C: position += 1
      case UInt8(ascii: "-") where at(1) == byte:
        while let next = at(0), next != 0x0A, next != 0x0D { position += 1 }
      case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"): skipComment()
      default: return
      }
    }
  }

  private mutating func skipComment() {
    // They nest.
    var depth = 0
    repeat {
      if at(0) == UInt8(ascii: "/"), at(1) == UInt8(ascii: "*") {
        (depth, position) = (depth + 1, position + 2)
      } else if at(0) == UInt8(ascii: "*"), at(1) == UInt8(ascii: "/") {
        (depth, position) = (depth - 1, position + 2)
      } else {
        position += 1
      }
    } while depth > 0 && position < bytes.count
  }

  /// Skips `'…'`, in which a quote is doubled; with escapes `\'` is one, too, and what is joined to it has them as well.
  private mutating func skipString(hasEscapes: Bool) {
    let quote = UInt8(ascii: "'")
    repeat {
      position += 1
      while let byte = at(0) {
        if byte == quote {
          guard at(1) == quote else { break }
          position += 1
        } else if hasEscapes, byte == UInt8(ascii: "\\"), at(1) != nil {
          position += 1
        }
        position += 1
      }
      position = min(position + 1, bytes.count)
      if hasEscapes { skipBlanks() }
    } while hasEscapes && at(0) == quote
  }

  /// Skips `$$…$$` and `$tag$…$tag$`; a parameter is `$1`.
  private mutating func skipDollars() {
    let dollar = UInt8(ascii: "$")
    let tag = bytes[(position + 1)...].prefix { Self.isOfName($0) && $0 != dollar }
    let isTag = tag.first.map(Self.beginsName) ?? true
    guard isTag, at(tag.count + 1) == dollar else {
      position += 1
      return
    }
    let mark = Array(bytes[position...(position + tag.count + 1)])
    position += mark.count
    while position < bytes.count, !bytes[position...].starts(with: mark) { position += 1 }
    position = min(position + mark.count, bytes.count)
  }

  /// What stands in `"…"`, in which a quote is doubled.
  private mutating func quotedName() -> String {
    let quote = UInt8(ascii: "\"")
    var name: [UInt8] = []
    position += 1
    while let byte = at(0) {
      position += 1
      if byte == quote {
        guard at(0) == quote else { break }
        position += 1
      }
      name.append(byte)
    }
    return String(decoding: name, as: UTF8.self)
  }
}
