internal import DataSources
internal import Facts

/// The written form of an audit entry: one JSON object a line, chained to the line before by its hash.
struct AuditLine: Sendable, Hashable {
  /// The hash that the first line stands on.
  static let origin = String(repeating: "0", count: Digest.size * 2)
  /// What closes a line whose end was lost, so that the next one stands by itself.
  static let tornMark = Array(" <torn>".utf8)
  /// The longest text kept of any field, so that a line stays well below 64 kB.
  private static let longestText = 8_192

  /// The SHA-256 of the line before, its newline left out.
  var previous: String
  /// What it says.
  var entry: AuditEntry

  init(previous: String, entry: AuditEntry) {
    self.previous = previous
    self.entry = entry
  }

  /// The line without its newline; secrets are masked in what is written freely, names stand as they are.
  func text(masking secrets: SecretMask = SecretMask()) -> String {
    let record = entry.record
    let author = entry.author
    func text(_ value: String) -> JSONBody {
      .string(String(value.prefix(Self.longestText)))
    }
    func masked(_ value: String) -> JSONBody {
      // Masked before it is cut: half a secret is one, too.
      text(secrets.mask(value))
    }
    var members: [JSONBody.Member] = [
      .init("seq", .integer(entry.sequence)),
      .init("time", .string(Format.timestampWithMilliseconds(record.time))),
      .init("event", .string(record.event.rawValue)),
      .init("act", text(record.act)),
      .init("environment", text(record.environment)),
      .init("action", text(record.action)),
      .init("target", text(record.target)),
      .init("identity", text(record.identity)),
      .init("incarnation", text(record.incarnation)),
      .init("class", .integer(record.danger)),
      .init("exact", masked(record.exact)),
      .init("user", text(author.user)),
      .init("sudo_user", text(author.sudoUser)),
      .init("host", text(author.host)),
      .init("pid", .integer(author.process)),
    ]
    if let verdict = record.verdict { members.append(.init("verdict", masked(verdict))) }
    if let duration = record.duration {
      members.append(.init("duration_ms", .integer(Int(duration.milliseconds))))
    }
    if !record.reason.isEmpty { members.append(.init("reason", masked(record.reason))) }
    members.append(.init("previous", .string(previous)))
    return JSONBody.object(members).text
  }

  /// Reads a line without its newline; nil if it is none of ours.
  init?(parsing bytes: some Collection<UInt8>) {
    guard let value = JSONValue(parsing: Array(bytes)), let sequence = value["seq"]?.integer,
      let event = value["event"]?.text.flatMap(AuditRecord.Event.init(rawValue:)),
      let time = value["time"]?.text.flatMap(WallTime.init(timestamp:)),
      let previous = value["previous"]?.text
    else { return nil }
    func text(_ key: String) -> String { value[key]?.text ?? "" }
    var record = AuditRecord(
      event,
      act: text("act"),
      time: time,
      environment: text("environment"),
      action: text("action"),
      target: text("target")
    )
    record.identity = text("identity")
    record.incarnation = text("incarnation")
    record.danger = value["class"]?.integer ?? 0
    record.exact = CredentialWords.struckOut(of: text("exact"))
    record.verdict = value["verdict"]?.text.map(CredentialWords.struckOut(of:))
    record.duration = value["duration_ms"]?.integer.map { .milliseconds($0) }
    record.reason = CredentialWords.struckOut(of: text("reason"))
    let author = AuditAuthor(
      user: text("user"),
      sudoUser: text("sudo_user"),
      host: text("host"),
      process: value["pid"]?.integer ?? 0
    )
    self.init(
      previous: previous,
      entry: AuditEntry(sequence: sequence, record: record, author: author)
    )
  }
}

/// The beginning of a record, kept beside its directory: since when there is one, and the hash of its line 1.
struct AuditBirth: Sendable, Hashable {
  /// The most that is read of the file.
  static let cap = 256

  /// UTC, as audit lines have it.
  var since: String
  /// The SHA-256 of the first line.
  var hash: String

  init(since: String, hash: String) {
    self.since = since
    self.hash = hash
  }

  /// Reads the file; nil if it is none of ours.
  init?(parsing bytes: [UInt8]) {
    let words = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard words.count == 2, words[1].utf8.count == Digest.size * 2,
      WallTime(timestamp: String(words[0])) != nil
    else { return nil }
    self.init(since: String(words[0]), hash: String(words[1]))
  }

  /// The file's contents.
  var bytes: [UInt8] { Array("\(since) \(hash)\n".utf8) }
}

/// The end of the log as the second file tells it, so that a cut tail shows.
struct AuditHead: Sendable, Hashable {
  /// How many lines there are.
  var count: Int
  /// The length of the log in bytes.
  var length: Int
  /// The SHA-256 of the last line.
  var hash: String

  /// The head of an empty log.
  static let empty = AuditHead(count: 0, length: 0, hash: AuditLine.origin)

  init(count: Int, length: Int, hash: String) {
    self.count = count
    self.length = length
    self.hash = hash
  }

  /// Reads the second file; nil if it is none of ours.
  init?(parsing bytes: [UInt8]) {
    guard let value = JSONValue(parsing: bytes), let count = value["count"]?.integer, count >= 0,
      let length = value["bytes"]?.integer, length >= 0, let hash = value["hash"]?.text,
      hash.utf8.count == Digest.size * 2
    else { return nil }
    self.init(count: count, length: length, hash: hash)
  }

  /// The second file's contents.
  var bytes: [UInt8] {
    let body = JSONBody.object([
      .init("count", .integer(count)), .init("bytes", .integer(length)),
      .init("hash", .string(hash)),
    ])
    return Array((body.text + "\n").utf8)
  }

  /// The head after one more line, given without its newline.
  func appending(_ line: [UInt8]) -> AuditHead {
    AuditHead(count: count + 1, length: length + line.count + 1, hash: Digest.sha256(line))
  }
}
