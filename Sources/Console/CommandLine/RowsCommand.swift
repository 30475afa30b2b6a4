import DataSources
import Facts
import Operations

/// `runs failed` and `validations low`: the rows of the screen as a table or JSON.
@LoopActor final class RowsCommand {
  private let session: Session
  private let arguments: Arguments
  private var monitor: Monitor

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    self.arguments = arguments
    monitor = session.makeMonitor()
  }

  /// Prints the rows, newest or lowest first.
  func run() async -> ExitCode {
    guard session.connections.database != nil else {
      Output.error("switchboard: no postgres source is configured")
      return .unavailable
    }
    session.start { self.monitor.apply($0) }
    await Polling.untilAllHeard(within: .seconds(8)) { self.monitor }
    let limit = Int(arguments.options[.limit] ?? "") ?? 20
    switch arguments.command {
    case .validationsLow: return validations(limit)
    default: return runs(limit)
    }
  }

  private func failed() -> ExitCode {
    let id = session.connections.database?.descriptor.id ?? "postgres"
    if let failure = monitor.world.status(of: id)?.failure {
      Output.error(
        "switchboard: \(failure.word) at \(SafeText(failure.address)): \(SafeText(failure.detail))\n"
          + failure.advice)
      return .unavailable
    }
    Output.error("switchboard: the database has no such table")
    return .noData
  }

  private func runs(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.snapshot(RunsSnapshot.self)?.value, snapshot.table != nil else {
      return failed()
    }
    let rows = snapshot.rows.prefix(limit)
    if arguments.has(.json) {
      Output.line(JSONBody.array(rows.map(RowJSON.run)).text)
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.timestamp(row.createdAt), row.kind.rawValue, row.status, row.id, row.name ?? "–",
          row.reason ?? "–",
        ].map { SafeText($0, limit: 200).string }.joined(separator: "  "))
    }
    Output.error("\(rows.count) of \(snapshot.total) that need attention, from \(snapshot.table ?? "")")
    return .ok
  }

  private func validations(_ limit: Int) -> ExitCode {
    guard let snapshot = monitor.world.snapshot(ValidationsSnapshot.self)?.value,
      snapshot.source != nil
    else { return failed() }
    let rows = snapshot.rows.prefix(limit)
    if arguments.has(.json) {
      Output.line(JSONBody.array(rows.map(RowJSON.validation)).text)
      return .ok
    }
    for row in rows {
      Output.line(
        [
          Format.score(row.score), row.scenario ?? "–", row.language ?? "–", row.reason ?? "–",
        ].map { SafeText($0, limit: 200).string }.joined(separator: "  "))
    }
    Output.error(
      "\(rows.count) of \(snapshot.low) below \(Format.score(snapshot.threshold)), "
        + "of \(snapshot.total) in \(snapshot.source ?? "")")
    return .ok
  }
}
