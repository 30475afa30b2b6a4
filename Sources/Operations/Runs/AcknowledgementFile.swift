internal import DataSources
internal import Facts

/// The file of acknowledgements of one environment, with blocking calls: on the thread pool only.
///
/// One JSON object a line, replaced as a whole under a lock. A line that can't be read makes all of it
/// unreadable: what it acknowledged nobody knows.
struct AcknowledgementFile: Sendable {
  /// The most that are kept, the newest: more than a list holds; a run leaves it within a day.
  static let most = 5_000
  private static let cap = 2 << 20

  let directory: StateDirectory

  var path: String { directory.file("acknowledged") }

  /// What is written in it; none while there is no file.
  func read() -> Result<Acknowledgements, AuditFailure> {
    do throws(FileFailure) {
      guard let bytes = try PrivateFile.contents(path, cap: Self.cap) else {
        return .success(Acknowledgements())
      }
      return parse(bytes)
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  /// Changes what is written in it; returns when it is on the disk.
  func update(
    _ change: @Sendable (inout [String: Acknowledgement]) -> Void
  ) -> Result<Acknowledgements, AuditFailure> {
    do throws(FileFailure) {
      try directory.make()
      let lock = try PrivateFile(directory.file("acknowledged.lock"))
      try lock.lock()
      let known = read()
      guard case .success(var written) = known else { return known }
      change(&written.byRun)
      let newest = written.byRun.sorted { ($1.value.at, $1.key) < ($0.value.at, $0.key) }.prefix(Self.most)
      written.byRun = Dictionary(newest.map { ($0.key, $0.value) }) { first, _ in first }
      try PrivateFile.replace(path, with: newest.flatMap { Array(Self.line($0.key, $0.value).utf8) })
      return .success(written)
    } catch {
      return .failure(AuditFailure(error))
    }
  }

  /// What tells that the file has changed; nil while there is none.
  func stamp() -> AuditStamp? { AuditStamp(of: path) }

  private func parse(_ bytes: [UInt8]) -> Result<Acknowledgements, AuditFailure> {
    var byRun: [String: Acknowledgement] = [:]
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n")).enumerated() {
      guard let (id, acknowledgement) = Self.entry(Array(line)) else {
        return .failure(AuditFailure(path: path, cause: "line \(index + 1) is no acknowledgement"))
      }
      byRun[id] = acknowledgement
    }
    return .success(Acknowledgements(byRun))
  }

  private static func line(_ id: String, _ entry: Acknowledgement) -> String {
    JSONBody.object([
      .init("run", .string(id)), .init("by", .string(entry.person)), .init("host", .string(entry.host)),
      .init("at", .number(entry.at.secondsSince1970)),
      .init("changed_us", .integer(Int(entry.sight.changedAt))),
      .init("failed_executions", .integer(entry.sight.failedExecutions)),
      .init("failed_validations", .integer(entry.sight.failedValidations)),
      .init("attention", .integer(Int(entry.sight.attention.rawValue))),
    ]).text + "\n"
  }

  private static func entry(_ line: [UInt8]) -> (String, Acknowledgement)? {
    guard let json = JSONValue(parsing: line), let id = json["run"]?.text, !id.isEmpty,
      let person = json["by"]?.text, let host = json["host"]?.text, let at = json["at"]?.number,
      let changed = json["changed_us"]?.integer, let executions = json["failed_executions"]?.integer,
      let validations = json["failed_validations"]?.integer,
      let attention = json["attention"]?.integer.flatMap({ UInt8(exactly: $0) })
    else { return nil }
    let sight = Acknowledgement.Sight(
      changedAt: Int64(changed),
      failedExecutions: executions,
      failedValidations: validations,
      attention: RunRow.Attention(rawValue: attention)
    )
    let time = WallTime(secondsSince1970: at)
    return (id, Acknowledgement(person: person, host: host, at: time, sight: sight))
  }
}
