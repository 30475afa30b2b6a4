import DataSources
import Facts
import Operations

/// `check NAME`: one service or fact, with the exit code of its state.
@LoopActor final class CheckCommand {
  private let headless: HeadlessSession
  private let word: String
  private let names: [FactName]

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    let word = arguments.words.first ?? ""
    self.word = word
    let names = [FactName("service", word, "state")] + [try? FactName(parsing: word)].compactMap { $0 }
    session.readsUsage = (try? Condition(parsing: "\(word) is known")).map(ServiceUsage.isRead) ?? false
    self.names = names
    headless = HeadlessSession(session, arguments) { $0.isNeeded(for: names, in: session) }
  }

  /// Tells the fact; a service's name stands for its state.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let patience = try headless.arguments.duration(.within) ?? HeadlessSession.patience
    let deadline = LoopActor.now().monotonic + patience
    await headless.hear(within: patience, deciding: names)
    // A share of time takes two samples.
    while headless.session.readsUsage, headless.fact(word).map({ $0.knownValue == nil }) ?? false,
      LoopActor.now().monotonic < deadline
    {
      await LoopActor.sleep(for: .milliseconds(100))
    }
    guard let fact = headless.fact(word) else { return try missing() }
    Output.line(
      headless.arguments.has(.json)
        ? headless.report.json(of: fact).text : Self.line(fact, headless.told(fact))
    )
    return ExitCode(worst: fact.state)
  }

  /// Who would tell it doesn't answer: that is an outage; else it is a slip of the hand.
  private func missing() throws(ConsoleFailure) -> ExitCode {
    let monitor = headless.monitor
    let silent = monitor.failingSources
    let isOpen = !silent.isEmpty || !monitor.hasHeardAll
    guard isOpen, word.contains(".") || monitor.services == nil || headless.services.contains(word) else {
      let hint = Self.queueHint(word, among: headless.facts) ?? headless.hint(word)
      throw ConsoleFailure(
        message: "switchboard: no service and no fact is called \(SafeText(word))\(hint)",
        code: .usage
      )
    }
    let told = silent.isEmpty ? "no answer yet" : silent.map { "\($0.id) \($0.word)" }.joined(separator: ", ")
    Output.line("ERROR  \(SafeText(word))  –  not told: \(SafeText(told))")
    return ExitCode(worst: .error)
  }

  /// Where to look for a queue of that name; nil if there is none.
  nonisolated static func queueHint(_ word: String, among facts: FactView) -> String? {
    let depth = FactName("queue", word, "depth")
    guard facts.fact(depth) != nil else { return nil }
    return "; there is a queue of that name: check '\(SafeText(depth.description))'"
  }

  /// `CRIT  queue.depth  1,243  above its limit`; a value that only repeats the word is told once.
  nonisolated static func line(_ fact: Fact, _ told: String) -> String {
    let value = fact.value.map { SafeText(Format.value($0, unit: fact.unit)).string } ?? "–"
    let word = SafeText(told).string
    let isRepeated = !word.isEmpty && word.hasPrefix(value)
    return
      ([fact.state.word, SafeText(fact.name.description).string] + (isRepeated ? [word] : [value, word]))
      .filter { !$0.isEmpty }.joined(separator: "  ")
  }
}
