import DataSources
import Facts
import Operations

/// `status`: polls everything once, tells it, and again with `--watch`.
@LoopActor final class StatusCommand {
  /// The least time between two looks with `--watch`.
  nonisolated static let leastInterval = Duration.milliseconds(100)

  private let headless: HeadlessSession

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    headless = HeadlessSession(session, arguments)
  }

  /// Tells how everything is; the exit code is that of the worst.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let limit = try headless.arguments.duration(.within) ?? HeadlessSession.patience
    let interval = try headless.arguments.duration(.watch)
    if let interval, interval < Self.leastInterval {
      throw ConsoleFailure(message: "switchboard: --watch takes a time from 100ms on", code: .usage)
    }
    let services = headless.session.profiles.map { FactName("service", $0.name, "state") }
    await headless.hear(within: limit, deciding: services)
    guard let interval else {
      Output.line(text(headless.report))
      return ExitCode(worst: headless.report.worst)
    }
    var told = ""
    while Output.hasReader {
      let report = headless.report
      let content = content(report)
      if content != told { Output.line(block(report)) }
      told = content
      await LoopActor.sleep(for: interval)
    }
    // Whoever read has seen enough.
    return ExitCode(worst: headless.report.worst)
  }

  private func text(_ report: StatusReport) -> String {
    headless.arguments.has(.json) ? report.json().text : report.plain()
  }

  /// One look, with its time: a JSON object tells its own, and stands on one line.
  private func block(_ report: StatusReport) -> String {
    guard !headless.arguments.has(.json) else { return text(report) }
    return "\(Format.timestamp(report.now.wall))  \(text(report))\n"
  }

  /// What a look tells, without the time, which always differs.
  private func content(_ report: StatusReport) -> String {
    headless.arguments.has(.json) ? report.json(withAges: false).text : report.plain()
  }
}
