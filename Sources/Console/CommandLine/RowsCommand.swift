import DataSources
import Facts
import Operations

/// `runs failed` and `validations low`: the rows of the screen as a table or JSON.
@LoopActor final class RowsCommand {
  private let headless: HeadlessSession
  /// The sources that are asked.
  private let databases: [String]
  private var arguments: Arguments { headless.arguments }
  private var monitor: Monitor { headless.monitor }

  /// Takes an open session that doesn't poll yet; only the database and the console's records are asked.
  init(_ session: Session, _ arguments: Arguments) {
    databases = session.connections.sources(offering: PostgresSource.self)
    let asked = databases + [AcknowledgementSource.id]
    headless = HeadlessSession(session, arguments) { asked.contains($0.id) }
  }

  /// Prints the rows, newest or lowest first.
  func run() async throws(ConsoleFailure) -> ExitCode {
    guard let limit = Int(arguments.options[.limit] ?? "20"), limit > 0 else {
      throw ConsoleFailure(message: "switchboard: --limit takes a number of rows from 1 on", code: .usage)
    }
    guard !databases.isEmpty else {
      Output.error("switchboard: no postgres source is configured")
      return .unavailable
    }
    await headless.hear()
    let code = arguments.command == .validationsLow ? validations(limit) : runs(limit)
    // What one database tells is not all while another is silent.
    let failures = databases.compactMap { monitor.world.status(of: $0)?.failure }
    for failure in failures {
      Output.error(
        "switchboard: \(failure.word) at \(SafeText(failure.address)): \(SafeText(failure.detail))\n"
          + failure.advice
      )
    }
    guard failures.isEmpty else { return .unavailable }
    if code == .noData { Output.error("switchboard: the database has no such table") }
    return code
  }

  private func runs(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.merged(RunsSnapshot.self, several: databases.count > 1),
      let table = snapshot.table
    else {
      return .noData
    }
    let waiting = snapshot.rows.filter { $0.acknowledgement == nil }
    let rows = (waiting + snapshot.rows.filter { $0.acknowledgement != nil }).prefix(limit)
    if arguments.has(.json) {
      Output.line(JSONBody.array(rows.map(RowJSON.run)).text)
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.timestamp(row.createdAt), "\(row.status)", SafeText(row.id).string, "\(row.name ?? "–")",
          row.acknowledgement.map { "acknowledged by \(SafeText($0.person))" } ?? "\(row.reason ?? "–")",
          row.source.map { SafeText($0).string },
        ].compactMap { $0 }.joined(separator: "  ")
      )
    }
    let acknowledged = snapshot.acknowledged > 0 ? " and \(snapshot.acknowledged) acknowledged" : ""
    Output.error(
      "\(min(rows.count, waiting.count)) of \(snapshot.waiting) that need attention\(acknowledged), from \(table)"
    )
    if let failure = monitor.world.status(of: AcknowledgementSource.id)?.failure {
      Output.error("switchboard: who acknowledged can't be read: \(SafeText(failure.detail))")
    }
    return .ok
  }

  private func validations(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.merged(ValidationsSnapshot.self, several: databases.count > 1),
      let measure = snapshot.measure
    else { return .noData }
    let rows = snapshot.lowest.filter { $0.score < snapshot.threshold }.prefix(limit)
    if arguments.has(.json) {
      Output.line(JSONBody.array(rows.map(RowJSON.validation)).text)
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.score(row.score, against: snapshot.threshold), "\(row.language ?? "–")",
          "\(row.scenario ?? "–")",
          "\(row.reason ?? "–")", row.source.map { SafeText($0).string },
        ].compactMap { $0 }.joined(separator: "  ")
      )
    }
    Output.error(
      "\(rows.count) of \(snapshot.low) below \(Format.score(snapshot.threshold)), "
        + "of \(snapshot.total), by \(measure)"
    )
    return .ok
  }
}

/// The rows as JSON objects.
private enum RowJSON {
  static func run(_ row: RunRow) -> JSONBody {
    .object(
      [
        .init("id", .string(row.id)), .init("kind", .string(row.kind == .run ? "run" : "execution")),
        .init("name", text(row.name)), .init("status", .string(row.status.string)),
        .init("reason", text(row.reason)), .init("created_at", .string(Format.timestamp(row.createdAt))),
        .init("executions", .integer(row.executions)),
        .init("failed_executions", .integer(row.failedExecutions)),
        .init("failed_validations", .integer(row.failedValidations)), .init("stuck", .bool(row.isStuck)),
      ] + acknowledgement(row) + source(row.source)
    )
  }

  private static func acknowledgement(_ row: RunRow) -> [JSONBody.Member] {
    let known = row.acknowledgement
    return [
      .init("acknowledged_by", known.map { .string($0.person) } ?? .null),
      .init("acknowledged_at", known.map { .string(Format.timestamp($0.at)) } ?? .null),
    ]
  }

  static func validation(_ row: ValidationRow) -> JSONBody {
    .object(
      [
        .init("id", .string(row.id)), .init("score", .number(row.score)),
        .init("scenario", text(row.scenario)), .init("language", text(row.language)),
        .init("expected", text(row.expected)), .init("heard", text(row.heard)),
        .init("reason", text(row.reason)), .init("created_at", .string(Format.timestamp(row.createdAt))),
      ] + source(row.source)
    )
  }

  /// Where there are several databases.
  private static func source(_ id: String?) -> [JSONBody.Member] {
    id.map { [.init("source", .string($0))] } ?? []
  }

  private static func text(_ text: SafeText?) -> JSONBody {
    text.map { .string($0.string) } ?? .null
  }
}
