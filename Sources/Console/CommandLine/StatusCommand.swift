import DataSources
import Facts
import Operations

/// `status`: polls everything once, tells it, and again with `--watch`.
@LoopActor final class StatusCommand {
  private let session: Session
  private let arguments: Arguments
  private var monitor: Monitor

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    self.arguments = arguments
    monitor = session.makeMonitor()
  }

  /// Tells how everything is; the exit code is that of the worst.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let limit = try arguments.duration(.within) ?? Polling.limit
    let interval = try arguments.duration(.watch)
    session.start(world: { self.monitor.world }) { self.monitor.apply($0) }
    await Polling.untilAllHeard(within: limit) { self.monitor }
    var told = tell(nil)
    guard let interval else { return ExitCode(worst: report.worst) }
    while !Task.isCancelled {
      await LoopActor.sleep(for: interval)
      told = tell(told)
    }
    return .interrupted
  }

  private var report: StatusReport {
    StatusReport(environment: session.info, monitor: monitor, now: LoopActor.now())
  }

  /// Prints the report if it differs from what was told before; returns it.
  private func tell(_ before: String?) -> String {
    let text = arguments.has(.json) ? report.json().text : report.plain()
    if text != before { Output.line(before == nil ? text : "\n\(text)") }
    return text
  }
}

/// Waiting for the polls of a session.
enum Polling {
  /// The time that a command gives to sources that don't answer.
  static let limit = Duration.seconds(8)

  /// Returns when every source has ended its first poll, or the time is over.
  @LoopActor static func untilAllHeard(within limit: Duration, _ monitor: () -> Monitor) async {
    let deadline = LoopActor.now().monotonic + limit
    while !monitor().hasHeardAll, LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(20))
    }
  }
}

/// `check NAME`: one service or fact, with the exit code of its state.
@LoopActor final class CheckCommand {
  private let session: Session
  private let arguments: Arguments
  private var monitor: Monitor

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    self.session = session
    self.arguments = arguments
    monitor = session.makeMonitor()
  }

  /// Tells the fact; a service's name stands for its state.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let limit = try arguments.duration(.within) ?? Polling.limit
    let word = arguments.words.first ?? ""
    session.start(world: { self.monitor.world }) { self.monitor.apply($0) }
    await Polling.untilAllHeard(within: limit) { self.monitor }
    let view = FactView(monitor.world.facts, at: LoopActor.now().monotonic)
    let service = view.fact(FactName("service", word, "state"))
    guard let fact = service ?? (try? FactName(parsing: word)).flatMap(view.fact) else {
      let silent = monitor.failingSources
      if !silent.isEmpty, word.contains(".") || monitor.services == nil {
        // Who would tell it doesn't answer: that is an outage, not a slip of the hand.
        let told = silent.map { "\($0.id) \($0.word)" }.joined(separator: ", ")
        Output.line("ERROR  \(SafeText(word))  –  not told: \(SafeText(told))")
        return ExitCode(worst: .error)
      }
      let names = monitor.world.facts.facts(at: LoopActor.now().monotonic).map(\.name.description)
      let hint = DidYouMean.clause(word, among: names + (monitor.services?.services.map(\.service) ?? []))
      Output.error("switchboard: no service and no fact is called \(SafeText(word))\(hint)")
      return .usage
    }
    if arguments.has(.json) {
      let report = StatusReport(environment: session.info, monitor: monitor, now: LoopActor.now())
      Output.line(report.json(of: fact).text)
    } else {
      Output.line(Self.line(fact))
    }
    return ExitCode(worst: fact.state)
  }

  /// `CRIT  queue.depth  1,243  above its limit`; a value that only repeats the word is told once.
  nonisolated static func line(_ fact: Fact) -> String {
    let value = fact.value.map { SafeText(Format.value($0, unit: fact.unit)).string } ?? "–"
    let word = SafeText(fact.word).string
    let isRepeated = !word.isEmpty && word.hasPrefix(value)
    return ([fact.state.word, "\(fact.name)"] + (isRepeated ? [word] : [value, word]))
      .filter { !$0.isEmpty }.joined(separator: "  ")
  }
}
