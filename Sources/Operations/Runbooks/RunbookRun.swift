public import Facts

/// A runbook under way, as a value: its journal read from the beginning is all that it is made of.
public struct RunbookRun: Sendable, Hashable {
  /// What came of a step that has ended.
  public struct Record: Sendable, Hashable {
    /// How it ended.
    public var outcome: StepOutcome
    /// What the operator reads.
    public var words: SafeText
    /// When.
    public var time: WallTime
    /// How it had ended before it was left out: what failed did so, whoever goes on past it.
    public var passedOver: StepOutcome?
  }

  /// Who gave a run up, and why.
  public struct GivenUp: Sendable, Hashable {
    /// Why; may be empty.
    public var reason: SafeText
    /// Who.
    public var author: SafeText
  }

  /// Where the run stands.
  public enum Standing: Sendable, Hashable {
    /// This step is next.
    case ready(Int)
    /// This step began, and its end isn't known: it runs, or the console was killed in it.
    case begun(Int)
    /// This step did not work, or nobody knows: the operator has the word.
    case stopped(Int)
    /// Nothing is left to do.
    case over

    /// The step that it stands at; nil once it is over.
    public var step: Int? {
      switch self {
      case .ready(let step), .begun(let step), .stopped(let step): step
      case .over: nil
      }
    }
  }

  /// The run's own name.
  public let id: String
  /// What it is of, and who began it; nil before it began.
  public private(set) var beginning: RunBeginning?
  /// When it began; nil before.
  public private(set) var begunAt: WallTime?
  /// When something last happened; nil before.
  public private(set) var changedAt: WallTime?
  /// What was asked for and given.
  public private(set) var inputs: [String: String] = [:]
  /// What came of each step, by its place; of one that was taken again the last.
  public private(set) var records: [Int: Record] = [:]

  /// Who gave it up, and why; nil while it can be gone on with.
  public private(set) var givenUp: GivenUp?

  private var position = 0
  private var openStep: Int?

  /// A run of which nothing has happened.
  public init(id: String) {
    self.id = id
  }

  /// The run that a journal tells of.
  public init(id: String, events: [RunEvent]) {
    self.init(id: id)
    for event in events { take(event) }
  }

  private var counts: [Int] { beginning?.counts ?? [] }

  /// How many steps there are.
  public var count: Int { counts.reduce(0, +) }

  /// Takes what happened next.
  public mutating func take(_ event: RunEvent) {
    changedAt = event.time
    switch event.kind {
    case .began(let beginning):
      self.beginning = beginning
      begunAt = event.time
    case .input(let name, let value): inputs[name] = value
    case .stepBegan(let step): (position, openStep) = (step, step)
    case .stepEnded(let step, let outcome, let words, let next):
      openStep = nil
      let before = records[step].flatMap { $0.passedOver ?? ($0.outcome.goesOn ? nil : $0.outcome) }
      records[step] = Record(
        outcome: outcome,
        words: SafeText(words),
        time: event.time,
        passedOver: outcome == .skipped ? before : nil
      )
      position = outcome.goesOn ? next ?? following(step) : step
    case .gaveUp(let reason, let author):
      givenUp = GivenUp(reason: SafeText(reason), author: SafeText(author))
    }
  }

  /// The step behind another; past all of them behind the last of a procedure.
  private func following(_ step: Int) -> Int {
    var end = 0
    for count in counts {
      end += count
      if step + 1 == end { return self.count }
    }
    return step + 1
  }

  /// Where it stands.
  public var standing: Standing {
    if givenUp != nil { return .over }
    if let openStep { return .begun(openStep) }
    if position >= count { return .over }
    if let record = records[position], !record.outcome.goesOn { return .stopped(position) }
    return .ready(position)
  }

  /// How all of it went so far: the worst of its steps, of one that was taken again the last, of one that was left out
  /// after it had failed that.
  ///
  /// Passed only if something has: a run of steps that were left out proves nothing.
  public var outcome: StepOutcome {
    let outcomes = records.values.map { $0.passedOver ?? $0.outcome }
    if openStep != nil, !outcomes.contains(.failed) { return .unknown }
    let order: [StepOutcome] = [.failed, .unknown, .unproven]
    if let worst = order.first(where: outcomes.contains) { return worst }
    if givenUp != nil { return .skipped }
    return [.passed, .skipped, .byHand].first(where: outcomes.contains) ?? .shown
  }

  /// The number of a step for a person; without its script one of a later procedure is told by that one's.
  public func number(of step: Int, in script: RunScript? = nil) -> String {
    if let script { return script.number(of: step) }
    var first = 0
    for (index, count) in counts.enumerated() {
      if step < first + count {
        return index == 0 ? "\(step + 1)" : "\(step - first + 1) of procedure \(index + 1)"
      }
      first += count
    }
    return "\(step + 1)"
  }

  /// The verdict in one line: `passed: 3 of 5 steps ✓, 1 skipped`; where it isn't over, where it stands.
  public var headline: SafeText { headline(in: nil) }

  /// The same, with steps called as the script calls them.
  public func headline(in script: RunScript?) -> SafeText {
    let passed = records.values.count { $0.outcome == .passed }
    let skipped = records.values.count { $0.outcome == .skipped }
    let unproven = records.values.count { $0.outcome == .unproven }
    var parts = ["\(passed) ✓ of \(records.count) steps"]
    if unproven > 0 { parts.append("\(unproven) unproven") }
    if skipped > 0 { parts.append("\(skipped) skipped") }
    let told = parts.joined(separator: ", ")
    if let givenUp {
      let reason: SafeText = givenUp.reason.isEmpty ? "" : ": \(givenUp.reason)"
      return "given up by \(givenUp.author)\(reason); \(SafeText(told))"
    }
    switch standing {
    case .over: return SafeText("\(outcome.word): \(told)")
    case .ready(let step): return SafeText("step \(number(of: step, in: script)) is next: \(told)")
    case .begun(let step):
      return SafeText("step \(number(of: step, in: script)) was begun, its end isn't known: \(told)")
    case .stopped(let step):
      let (number, word) = (number(of: step, in: script), records[step]?.outcome.word ?? "")
      return SafeText("stopped at step \(number), \(word): \(told)")
    }
  }
}
