import DataSources
import Facts
import Operations

/// `wait`: returns when a service is healthy or a condition holds; exit 5 if it doesn't in time.
@LoopActor final class WaitCommand {
  /// The least time between two questions to a source: one that struggles is left room to recover.
  private static let spacing: Duration = .milliseconds(500)

  private let headless: HeadlessSession
  private let gate: Gate
  /// The service that is waited for; nil for a condition.
  private let service: String?

  /// Takes an open session that doesn't poll yet.
  /// - Throws: `usage` for a condition that can't be read.
  init(_ session: Session, _ arguments: Arguments) throws(ConsoleFailure) {
    let word = arguments.words.first ?? ""
    let isService = session.profiles.contains { $0.name == word } || !word.contains { " .<>=".contains($0) }
    service = isService ? word : nil
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
    let condition = gate.condition
    session.readsUsage = ServiceUsage.isRead(by: condition)
    headless = HeadlessSession(session, arguments) {
      !condition.patterns.isEmpty || $0.isNeeded(for: condition.names, in: session)
    }
  }

  /// A name that nothing is called is a slip of the hand: told as soon as all sources have been heard.
  ///
  /// A queue that is only to come is waited for: its name is like no other.
  private func checkNames() throws(ConsoleFailure) {
    if let service { try headless.check([service], of: [.service], isOver: false) }
    guard service == nil, headless.knowsAll else { return }
    let facts = headless.facts
    let known = headless.monitor.world.facts.facts(at: LoopActor.now().monotonic).map(\.name)
    for name in gate.condition.names.sorted() where facts.fact(name) == nil {
      let hint = Self.nearest(name, among: known).map { "; did you mean '\($0)'?" } ?? ""
      guard !hint.isEmpty || !known.contains(where: { $0.segments.first == name.segments.first }) else {
        continue
      }
      throw ConsoleFailure(
        message: "switchboard: no fact is called \(SafeText(name.description))\(hint)",
        code: .usage
      )
    }
  }

  /// The known name whose every segment is the same or near: another queue's name is no slip of the hand.
  nonisolated static func nearest(_ name: FactName, among known: [FactName]) -> FactName? {
    known.first { candidate in
      candidate.segments.count == name.segments.count
        && zip(name.segments, candidate.segments).allSatisfy {
          $0 == $1 || DidYouMean.nearest($0, among: [$1]) != nil
        }
    }
  }

  /// The sources that the condition goes by; a judgement goes by the runtime and the service's probes.
  private var sources: Set<String> {
    let session = headless.session
    var sources: Set<String> = []
    for fact in gate.condition.facts(in: headless.facts) {
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
  /// - Throws: `usage` for a name that nothing bears.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let startedAt = LoopActor.now().monotonic
    var progress = GateProgress(gate, actEndedAt: startedAt)
    var told = ""
    var askedAt = startedAt
    headless.begin()
    while true {
      await LoopActor.sleep(for: .milliseconds(100))
      let now = LoopActor.now().monotonic
      if now - askedAt >= Self.spacing {
        askedAt = now
        for source in sources { headless.session.scheduler?.pollNow(source) }
      }
      try checkNames()
      let view = headless.facts
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
        Output.line("unknown after \(Format.duration(gate.within)): \(Self.lack(progress))")
        return .gateFailed
      }
    }
  }

  /// What is missing where neither yes nor no can be said.
  nonisolated static func lack(_ progress: GateProgress) -> String {
    progress.held > 0 ? "held \(progress.held) of \(progress.needed)" : "not once a value to go by"
  }
}
