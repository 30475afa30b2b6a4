import DataSources
import Facts
import Operations

/// `wait`: returns when a service is healthy or a condition holds; exit 5 if it doesn't in time.
@LoopActor final class WaitCommand {
  /// The least time between two questions to a source: one that struggles is left room to recover.
  private static let spacing: Duration = .milliseconds(500)

  private let session: Session
  private let gate: Gate
  private let isService: Bool
  private let service: String
  private var monitor: Monitor

  /// Takes an open session that doesn't poll yet.
  /// - Throws: `usage` for a condition that can't be read.
  init(_ session: Session, _ arguments: Arguments) throws(ConsoleFailure) {
    self.session = session
    monitor = session.makeMonitor()
    let word = arguments.words.first ?? ""
    service = word
    isService = session.profiles.contains { $0.name == word } || !word.contains { " .<>=".contains($0) }
    let within = try arguments.duration(.within) ?? .seconds(90)
    guard let holding = Int(arguments.options[.holding] ?? "1"), (1...100).contains(holding) else {
      throw ConsoleFailure(message: "switchboard: --holding takes a number from 1 to 100", code: .usage)
    }
    do throws(ExpressionError) {
      let condition = try Condition(
        parsing: isService ? "\(FactName("service", word, "state")) is ok" : word
      )
      gate = Gate(condition: condition, within: within, holding: holding)
    } catch {
      let pointer = String(repeating: " ", count: min(error.offset, 200)) + "^"
      throw ConsoleFailure(
        message: "switchboard: \(SafeText(error.message))\n  \(SafeText(word))\n  \(pointer)",
        code: .usage
      )
    }
  }

  /// A name that nothing is called is a slip of the hand: told as soon as the services are known.
  private func checkService() throws(ConsoleFailure) {
    guard isService, let services = monitor.services?.services, monitor.hasHeardAll,
      monitor.failingSources.isEmpty, !session.profiles.contains(where: { $0.name == service }),
      !services.contains(where: { $0.service == service })
    else { return }
    let hint = DidYouMean.clause(service, among: services.map(\.service))
    throw ConsoleFailure(
      message: "switchboard: no service is called \(SafeText(service))\(hint)",
      code: .usage
    )
  }

  /// The sources that the condition goes by; a judgement goes by the runtime and the service's probes.
  private var sources: Set<String> {
    let facts = FactView(monitor.world.facts, at: LoopActor.now().monotonic)
    var sources: Set<String> = []
    for fact in gate.condition.facts(in: facts) {
      guard fact.origin.source == ServiceAssessor.source else {
        sources.insert(fact.origin.source)
        continue
      }
      sources.formUnion(session.connections.runtime.map { [$0.descriptor.id] } ?? [])
      let profile = session.profiles.first { FactName("service", $0.name, "state") == fact.name }
      sources.formUnion(profile?.probeSources ?? [])
    }
    return sources
  }

  /// Waits, telling each change on the standard error.
  /// - Throws: `usage` for a name that no service bears.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let startedAt = LoopActor.now().monotonic
    var progress = GateProgress(gate, actEndedAt: startedAt)
    var told = ""
    var askedAt = startedAt
    session.start(world: { self.monitor.world }) { self.monitor.apply($0) }
    while true {
      await LoopActor.sleep(for: .milliseconds(100))
      let now = LoopActor.now().monotonic
      if now - askedAt >= Self.spacing {
        askedAt = now
        for source in sources { session.scheduler?.pollNow(source) }
      }
      try checkService()
      let view = FactView(monitor.world.facts, at: now)
      let outcome = progress.advance(view, now: now)
      let values = gate.condition.explain(view).map { "\($0.text) (\(SafeText($0.value)))" }
      let line = "\(values.joined(separator: ", ")): held \(progress.held) of \(progress.needed)"
      if line != told { Output.error(line) }
      told = line
      switch outcome {
      case .waiting: continue
      case .passed:
        Output.line("held after \(Format.duration(now - startedAt))")
        return .ok
      case .failed:
        Output.line("false after \(Format.duration(gate.within))")
        return .gateFailed
      case .unknown:
        Output.line("unknown after \(Format.duration(gate.within)): not once a value to go by")
        return .gateFailed
      }
    }
  }
}
