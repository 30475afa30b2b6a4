internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// What libpq and the server say of a failure, mapped to ours.
enum PostgresFailure {
  /// The code for an SQLSTATE (appendix A of the manual).
  static func code(sqlState: String) -> SourceFailure.Code {
    switch sqlState {
    case "28P01", "28000": .unauthorized
    case "42501": .forbidden
    case "57014": .timedOut
    case "57P01", "57P02", "57P05", "08000", "08001", "08003", "08004", "08006": .disconnected
    default: .rejected
    }
  }

  /// The failure that a reply tells: `detail` is the SQLSTATE and the server's words.
  static func reply(sqlState: String, message: String, at address: String) -> SourceFailure {
    let detail = words("\(sqlState) \(message)")
    return failure(code(sqlState: sqlState), at: address, detail: detail, own: detail)
  }

  /// What was refused in a way that we have no word for, or for a right that is missing, is told in the server's `own`
  /// words: they name the table.
  private static func failure(
    _ code: SourceFailure.Code,
    at address: String,
    detail: String,
    own: String
  ) -> SourceFailure {
    SourceFailure(
      code,
      at: address,
      detail: detail,
      told: [.rejected, .forbidden].contains(code) ? brief(own) : nil
    )
  }

  /// The first line, at most 60 characters of it; safe to show.
  private static func brief(_ words: String) -> String? {
    let line = SafeText(String(words.prefix { $0 != "\n" })).string
    guard !line.isEmpty else { return nil }
    return line.count > 60 ? line.prefix(59) + "…" : line
  }

  /// Whether libpq's text tells that a password was sent and refused; other refusals don't count against it, and may
  /// be over soon.
  static func isRefusedPassword(text: String) -> Bool { sqlState(in: text) == "28P01" }

  /// The failure that libpq tells of a connection by its text alone.
  ///
  /// libpq keeps the SQLSTATE of a refused login to itself, but with verbose errors writes it into the
  /// text (`FATAL:  28P01: …`), whatever the language; the system's errors it spells by strerror.
  static func connection(text: String, needsPassword: Bool, at address: String) -> SourceFailure {
    let detail = words(text)
    if let state = sqlState(in: text) {
      return failure(
        code(sqlState: state),
        at: address,
        detail: "\(state) \(detail)",
        own: "\(state) \(bare(detail, of: state))"
      )
    }
    if needsPassword { return SourceFailure(.unauthorized, at: address, detail: detail) }
    if let code = SystemErrorText.code(in: text) {
      return SourceFailure(
        code,
        at: address,
        detail: detail,
        told: code == .exhausted ? Descriptors.told : nil
      )
    }
    if ["SSL error", "does not support SSL", "certificate"].contains(where: { text.contains($0) }) {
      return SourceFailure(.insecure, at: address, detail: detail)
    }
    let isBroken = text.isEmpty || brokenWords.contains { text.contains($0) }
    return failure(isBroken ? .disconnected : .rejected, at: address, detail: detail, own: detail)
  }

  /// libpq's own words for a connection that is no more (fe-misc.c, fe-secure.c, fe-protocol3.c).
  private static let brokenWords = [
    "server closed the connection", "could not receive data", "could not send data", "SSL SYSCALL",
    "no connection to the server", "connection not open", "lost synchronization",
    "connection pointer is NULL",
  ]

  /// The server's own words, without what libpq and the log level put before the state.
  private static func bare(_ detail: String, of state: String) -> Substring {
    let mark = ":  \(state): "
    guard let position = detail.lastIndex(of: mark) else { return detail[...] }
    return detail[detail.index(position, offsetBy: mark.count)...]
  }

  /// The five characters between `:  ` and `: ` of a verbose error, such as `28P01`.
  static func sqlState(in text: String) -> String? {
    let bytes = Array(text.utf8.prefix(4_096))
    var start = 0
    while start + 9 <= bytes.count {
      if bytes[start] == UInt8(ascii: ":"), bytes[start + 1] == UInt8(ascii: " "),
        bytes[start + 2] == UInt8(ascii: " "), bytes[start + 8] == UInt8(ascii: ":")
      {
        let candidate = bytes[(start + 3)..<(start + 8)]
        if candidate.allSatisfy({ (48...57).contains($0) || (65...90).contains($0) }) {
          return String(decoding: candidate, as: UTF8.self)
        }
      }
      start += 1
    }
    return nil
  }

  /// The text without line ends at its end and without the server's source lines, at most 512 bytes.
  private static func words(_ text: String) -> String {
    let kept = text.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
    return String(decoding: kept.joined(separator: "\n").utf8.prefix(512), as: UTF8.self)
  }
}

/// Reads which system error a library's text means, for libraries that tell no number.
enum SystemErrorText {
  /// The failure whose strerror text stands in `text`; nil if none does.
  static func code(in text: String) -> SourceFailure.Code? {
    let known: [(Int32, SourceFailure.Code)] = [
      (ECONNREFUSED, .refused), (ENOENT, .refused), (EACCES, .forbidden), (ETIMEDOUT, .timedOut),
      (EHOSTUNREACH, .disconnected), (ENETUNREACH, .disconnected), (ECONNRESET, .disconnected),
      (EPIPE, .disconnected), (EMFILE, .exhausted), (ENFILE, .exhausted),
    ]
    // Of several addresses the last one's error stands last, and counts.
    var found: (position: String.Index, code: SourceFailure.Code)?
    for (number, code) in known {
      guard let words = strerror(number).map({ String(cString: $0) }),
        let position = text.lastIndex(of: words)
      else { continue }
      if let earlier = found, earlier.position >= position { continue }
      found = (position, code)
    }
    return found?.code
  }
}

extension String {
  /// Where `other` begins the last time, by plain comparison.
  fileprivate func lastIndex(of other: String) -> Index? {
    var start = endIndex
    while start > startIndex {
      start = index(before: start)
      if self[start...].hasPrefix(other) { return start }
    }
    return nil
  }
}
