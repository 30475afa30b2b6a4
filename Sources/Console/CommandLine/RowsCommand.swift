import DataSources
import Facts
import Operations
import Panels

/// `runs failed`, `causes` and `validations low`: the rows of the screen as a table or JSON.
@LoopActor final class RowsCommand {
  private let headless: HeadlessSession
  /// The sources that are asked.
  private let databases: [String]
  /// What is said where there is no data.
  private var absence = "the database has no such table"
  private var arguments: Arguments { headless.arguments }
  private var monitor: Monitor { headless.monitor }

  /// Takes an open session that doesn't poll yet; only the database and the console's records are asked.
  init(_ session: Session, _ arguments: Arguments) {
    databases = session.connections.sources(offering: PostgresSource.self)
    let asked =
      databases + session.connections.sources(offering: TaskResults.self) + [AcknowledgementSource.id]
    headless = HeadlessSession(session, arguments) { asked.contains($0.id) }
  }

  /// Prints the rows, newest, lowest or most frequent first.
  func run() async throws(ConsoleFailure) -> ExitCode {
    guard let limit = Int(arguments.options[.limit] ?? "20"), limit > 0 else {
      throw ConsoleFailure(message: "switchboard: --limit takes a number of rows from 1 on", code: .usage)
    }
    let filter = try filter()
    guard !databases.isEmpty else {
      Output.error("switchboard: no postgres source is configured")
      return .unavailable
    }
    await headless.hear()
    let code =
      switch arguments.command {
      case .validationsLow: validations(limit)
      case .causes: causes(limit)
      default: runs(limit, filter)
      }
    // What one database tells is not all while another is silent.
    let failures = databases.compactMap { monitor.world.status(of: $0)?.failure }
    for failure in failures {
      Output.error(
        "switchboard: \(failure.word) at \(SafeText(failure.address)): \(SafeText(failure.detail))\n"
          + failure.advice
      )
    }
    guard failures.isEmpty else { return .unavailable }
    let unread = monitor.world.facts.facts(at: LoopActor.now().monotonic).filter {
      $0.name.plain == "tasks.failed_1h" && $0.state == .error
    }
    if arguments.command != .validationsLow, let failed = unread.first {
      Output.error("switchboard: which tasks failed can't be read: \(SafeText(failed.word))")
    }
    // The runs may be told while what they failed for can't be asked: that is no zero.
    let needsCauses = arguments.command == .causes || arguments.options[.cause] != nil
    let told = monitor.world.facts.facts(at: LoopActor.now().monotonic).filter {
      $0.name.plain == "runs.failures" && $0.state == .error
    }
    if needsCauses, let failed = told.first {
      Output.error("switchboard: what failed can't be read: \(SafeText(failed.word))")
      return .unavailable
    }
    if code == .noData { Output.error("switchboard: \(absence)") }
    return code
  }

  /// What `--since` and `--cause` leave.
  private func filter() throws(ConsoleFailure) -> RunFilter {
    var terms: [RunFilter.Term] = []
    if let text = arguments.options[.since] {
      guard let time = try? Duration(parsing: text), time > .zero else {
        throw ConsoleFailure(message: "switchboard: --since takes a time such as 30m or 2h", code: .usage)
      }
      terms.append(.since(time))
    }
    if let cause = arguments.options[.cause] { terms.append(.cause(cause)) }
    return RunFilter(terms)
  }

  private var grouped: RunCauses? { monitor.world.snapshot(RunCauses.self)?.value }

  private func runs(_ limit: Int, _ filter: RunFilter) -> ExitCode {
    guard let snapshot = monitor.world.merged(RunsSnapshot.self, several: databases.count > 1),
      let table = snapshot.table
    else {
      return .noData
    }
    let all = filter.rows(snapshot.rows, grouped, at: LoopActor.now().wall) { _, _ in true }
    let waiting = all.filter { $0.acknowledgement == nil }
    let rows = (waiting + all.filter { $0.acknowledgement != nil }).prefix(limit)
    if arguments.has(.json) {
      let grouped = grouped
      let tasks = monitor.world.failedTasks?.failures ?? []
      Output.line(
        JSONBody.array(rows.map { RowJSON.run($0, grouped?.causes(of: $0.id).map(\.name) ?? [], tasks) }).text
      )
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.timestamp(row.createdAt), "\(row.status)", SafeText(row.id).string, "\(row.name ?? "–")",
          row.acknowledgement.map { "acknowledged by \(SafeText($0.person))" }
            ?? "\(row.reason ?? taskReason(row))",
          row.source.map { SafeText($0).string },
        ].compactMap { $0 }.joined(separator: "  ")
      )
    }
    let acknowledged = snapshot.acknowledged > 0 ? " and \(snapshot.acknowledged) acknowledged" : ""
    Output.error(
      "\(min(rows.count, waiting.count)) of \(snapshot.waiting) that need attention\(acknowledged), from \(table)"
    )
    if let word = arguments.options[.cause], let grouped, grouped.named(word).isEmpty {
      let names = grouped.causes.prefix(5).map(\.name).joined(separator: ", ")
      Output.error(
        "switchboard: no cause is called \(SafeText(word))\(names.isEmpty ? "" : "; there are \(names)")"
      )
    }
    if let failure = monitor.world.status(of: AcknowledgementSource.id)?.failure {
      Output.error("switchboard: who acknowledged can't be read: \(SafeText(failure.detail))")
    }
    return .ok
  }

  /// What its newest failed task ended with.
  private func taskReason(_ row: RunRow) -> SafeText {
    let failed = monitor.world.failedTasks?.failures.first { row.tasks.contains($0.id) }
    return failed.map { "task failed: \($0.exception)" } ?? "–"
  }

  private func causes(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.merged(RunsSnapshot.self, several: databases.count > 1),
      let table = snapshot.table, let grouped
    else { return .noData }
    let causes = grouped.causes.prefix(limit)
    if arguments.has(.json) {
      Output.line(JSONBody.array(causes.map(RowJSON.cause)).text)
      return .ok
    }
    let width = causes.map { Format.count(Double($0.count)).count }.max() ?? 0
    for cause in causes {
      let count = Format.count(Double(cause.count))
      let padding = String(repeating: " ", count: width - count.count)
      let kind = cause.kind == .other ? "" : "  \(cause.kind.rawValue)"
      Output.line(
        "\(padding)\(count)  \(Format.timestamp(cause.firstAt)) – \(Format.timestamp(cause.lastAt))\(kind)  \(cause.template)"
      )
    }
    let rest = grouped.causes.count - causes.count
    Output.error(
      "\(grouped.failures) failures, \(grouped.causes.count) causes\(rest > 0 ? ", \(rest) not listed" : ""), from \(table)"
        + (grouped.untold > 0 ? "; \(grouped.untold) failures are of rarer texts and not grouped" : "")
    )
    return .ok
  }

  private func validations(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.merged(ValidationsSnapshot.self, several: databases.count > 1),
      let measure = snapshot.measure
    else {
      let told = monitor.world.merged(ValidationsSnapshot.self, several: databases.count > 1)
      if let missing = told?.missing, !missing.isEmpty { absence = missing.string }
      return .noData
    }
    guard snapshot.scored > 0 || snapshot.total == 0 else {
      // That nothing has a score is not that nothing is low.
      absence = "none of \(Format.count(snapshot.total)) validations has a usable score"
      return .noData
    }
    let rows = snapshot.lowest.filter { $0.score < snapshot.threshold }.prefix(limit)
    let list = ListExport(rows.map(ValidationFields.all), columns: ValidationFields.columns)
    let told =
      "\(rows.count) of \(snapshot.low) below \(Format.score(snapshot.threshold)), "
      + "of \(snapshot.total), by \(measure)"
    if arguments.has(.json) {
      Output.line(list.objects.text)
      return .ok
    }
    if arguments.has(.csv) {
      Output.table(list.csv)
      Output.error(told)
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.timestamp(row.createdAt), Format.score(row.score, against: snapshot.threshold),
          SafeText(row.id).string, "\(row.language ?? "–")",
          "\(row.scenario ?? "–")",
          "\(row.reason ?? "–")", row.source.map { SafeText($0).string },
        ].compactMap { $0 }.joined(separator: "  ")
      )
    }
    Output.error(told)
    return .ok
  }
}

/// The rows as JSON objects.
private enum RowJSON {
  static func cause(_ cause: RunCause) -> JSONBody {
    .object([
      .init("cause", .string(cause.name)), .init("template", .string(cause.template.string)),
      .init("class", .string(cause.kind.rawValue)), .init("count", .integer(cause.count)),
      .init("runs", .array(cause.runs.sorted().map { .string($0) })),
      .init("first_at", .string(Format.timestamp(cause.firstAt))),
      .init("last_at", .string(Format.timestamp(cause.lastAt))),
      .init("counts", .array(cause.counts.map { .integer($0) })),
      .init("new", cause.isNew.map { .bool($0) } ?? .null),
      .init(
        "over_represented",
        .array(
          cause.shares.map { share in
            .object([
              .init("label", text(share.name)), .init("value", text(share.value)),
              .init("count", .integer(share.count)), .init("in_cause", .number(share.inCause)),
              .init("in_all", .number(share.inAll)),
            ])
          }
        )
      ),
      .init(
        "variants",
        .array(
          cause.variants.map { .object([.init("text", text($0.text)), .init("count", .integer($0.count))]) }
        )
      ),
    ])
  }

  static func run(_ row: RunRow, _ causes: [String], _ tasks: [TaskFailure]) -> JSONBody {
    let kind =
      switch row.kind {
      case .run: "run"
      case .execution: "execution"
      case .task: "task"
      }
    let failed = tasks.filter { row.tasks.contains($0.id) }.map { task in
      JSONBody.object([
        .init("id", .string(task.id)), .init("exception", text(task.exception)),
        .init("ended_at", task.endedAt.map { .string(Format.timestamp($0)) } ?? .null),
        .init("by", .string(row.areTasksNamed ? "name" : "time")),
      ])
    }
    return .object(
      [
        .init("id", .string(row.id)), .init("kind", .string(kind)),
        .init("name", text(row.name)), .init("status", .string(row.status.string)),
        .init("reason", text(row.reason)), .init("created_at", .string(Format.timestamp(row.createdAt))),
        .init("executions", .integer(row.executions)),
        .init("failed_executions", .integer(row.failedExecutions)),
        .init("failed_validations", .integer(row.failedValidations)), .init("stuck", .bool(row.isStuck)),
        .init("causes", .array(causes.map { .string($0) })), .init("failed_tasks", .array(failed)),
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

  /// Where there are several databases.
  private static func source(_ id: String?) -> [JSONBody.Member] {
    id.map { [.init("source", .string($0))] } ?? []
  }

  private static func text(_ text: SafeText?) -> JSONBody {
    text.map { .string($0.string) } ?? .null
  }
}
