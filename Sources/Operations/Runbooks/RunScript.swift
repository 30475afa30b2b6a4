public import DataSources
public import Facts

/// What one run goes through: a procedure, and those to which its decisions may lead.
///
/// Made once, before anything is done: every decision leads on to something that there is, and never back, so that
/// each run ends.
public struct RunScript: Sendable, Hashable {
  /// The procedure at which it begins.
  public let runbook: Runbook
  /// All procedures that it may go through, the first one first.
  public let procedures: [Runbook]
  /// The steps of all of them.
  public let steps: [RunbookStep]
  /// What the steps say, in one number: another text is another run.
  public let digest: String
  /// Where each branch of a decision leads, by the place of its step; past all steps: to the end.
  private let targets: [Int: [Int]]

  /// Makes the script of a procedure; `library` is where its decisions may lead.
  /// - Throws: what is wrong with it, and where.
  public init(_ runbook: Runbook, in library: [Runbook]) throws(ConfigurationProblem) {
    var procedures: [Runbook] = []
    try Self.collect(runbook, library, into: &procedures, above: [])
    var firsts: [String: Int] = [:]
    var steps: [RunbookStep] = []
    for procedure in procedures {
      if let problem = procedure.problem { throw problem }
      firsts[procedure.id] = steps.count
      steps += procedure.steps
    }
    var targets: [Int: [Int]] = [:]
    for procedure in procedures {
      let first = firsts[procedure.id] ?? 0
      for (index, step) in procedure.steps.enumerated() {
        guard case .decide(let branches) = step.kind else { continue }
        targets[first + index] = try branches.map { branch throws(ConfigurationProblem) in
          switch try Self.target(of: branch, step, at: index, procedure, library) {
          case .step(let number): first + number
          case .end: steps.count
          case .procedure(let other): firsts[other.id] ?? steps.count
          }
        }
      }
    }
    try Self.checkInputs(procedures)
    self.runbook = runbook
    self.procedures = procedures
    self.steps = steps
    self.targets = targets
    digest = Digest.sha256(Self.text(of: steps).utf8)
  }

  /// The numbers of steps, procedure by procedure.
  public var counts: [Int] { procedures.map(\.steps.count) }

  /// Where the branches of the decision at `step` lead.
  func targets(of step: Int) -> [Int] { targets[step] ?? [] }

  /// The procedure that a step belongs to, and its number there, from 1.
  public func place(of step: Int) -> (procedure: Runbook, number: Int) {
    var first = 0
    for procedure in procedures {
      if step < first + procedure.steps.count { return (procedure, step - first + 1) }
      first += procedure.steps.count
    }
    return (runbook, step + 1)
  }

  /// The number of a step for a person: `3`, or of a procedure that a decision leads to `worker-down 1`.
  public func number(of step: Int) -> String {
    let place = place(of: step)
    return place.procedure.id == runbook.id ? "\(place.number)" : "\(place.procedure.id) \(place.number)"
  }

  /// The services and queues that its acts name; nil where that isn't known beforehand.
  public var subjects: [String]? {
    var names: [String] = []
    for step in steps {
      guard Self.texts(of: step).allSatisfy({ InputNames.names(in: $0).isEmpty }) else { return nil }
      guard case .known(.act(_, let targets, _)) = step.kind else { continue }
      guard !targets.contains("*") else { return nil }
      names += targets
    }
    return names
  }

  /// The conditions that its steps read, so that who would tell is asked.
  public var conditions: [Condition] {
    steps.flatMap(Self.expressions).compactMap {
      try? Gate(parsing: InputNames.filled($0) { _ in "x" }).condition
    }
  }

  /// The facts that its messages tell of.
  public var messageFacts: [FactName] {
    steps.flatMap { step -> [FactName] in
      guard case .escalate = step.kind else { return [] }
      return InputNames.names(in: step.text).filter { $0.contains(".") }.compactMap {
        try? FactName(parsing: $0)
      }
    }
  }

  // MARK: checking

  private enum Target {
    case step(Int)
    case procedure(Runbook)
    case end
  }

  /// Gathers a procedure and all that its decisions lead to; `above` is the way that leads to it.
  private static func collect(
    _ runbook: Runbook,
    _ library: [Runbook],
    into procedures: inout [Runbook],
    above: [String]
  ) throws(ConfigurationProblem) {
    guard !procedures.contains(where: { $0.id == runbook.id }) || above.contains(runbook.id) else { return }
    if !procedures.contains(where: { $0.id == runbook.id }) { procedures.append(runbook) }
    for (index, step) in runbook.steps.enumerated() {
      guard case .decide(let branches) = step.kind else { continue }
      for branch in branches {
        guard case .procedure(let next) = try target(of: branch, step, at: index, runbook, library) else {
          continue
        }
        let way = above + [runbook.id]
        if let start = way.firstIndex(of: next.id) {
          let circle = (way[start...] + [next.id]).joined(separator: " -> ")
          throw problem("the decisions lead in a circle: \(circle)", step, runbook)
        }
        try collect(next, library, into: &procedures, above: way)
      }
    }
  }

  private static func target(
    of branch: RunbookStep.Branch,
    _ step: RunbookStep,
    at index: Int,
    _ runbook: Runbook,
    _ library: [Runbook]
  ) throws(ConfigurationProblem) -> Target {
    if branch.target == "end" { return .end }
    if let number = Int(branch.target) {
      guard (1...runbook.steps.count).contains(number) else {
        throw problem("there is no step \(number): \(runbook.id) has \(runbook.steps.count)", step, runbook)
      }
      guard number > index + 1 else {
        throw problem("a decision leads on, not back from step \(index + 1) to \(number)", step, runbook)
      }
      return .step(number - 1)
    }
    let found = Self.find(branch.target, in: library.filter { $0.file == runbook.file } + library)
    guard let found else {
      let hint = DidYouMean.clause(branch.target, among: library.map(\.id))
      throw problem("there is no step and no runbook `\(branch.target)`\(hint)", step, runbook)
    }
    return .procedure(found)
  }

  /// The procedure of that id, of that heading, or with that last part of its id.
  public static func find(_ name: String, in library: [Runbook]) -> Runbook? {
    library.first { $0.id == name } ?? library.first { $0.id.hasSuffix("/\(name)") }
      ?? library.first { $0.title.string == name }
  }

  /// Everything that is filled in was asked for before.
  private static func checkInputs(_ procedures: [Runbook]) throws(ConfigurationProblem) {
    var asked: Set<String> = []
    for procedure in procedures {
      for step in procedure.steps {
        if case .input(let name) = step.kind { asked.insert(name) }
        for name in texts(of: step).flatMap(InputNames.names) where !asked.contains(name) {
          let words = "`{\(name)}` is used here, and no step before asks for it: `{input=\(name)}`"
          throw problem(words, step, procedure)
        }
      }
    }
  }

  /// What of a step is filled in.
  static func texts(of step: RunbookStep) -> [String] {
    guard case .known(.act(_, let targets, let arguments)) = step.kind else { return expressions(of: step) }
    return targets + arguments.values + expressions(of: step)
  }

  private static func expressions(of step: RunbookStep) -> [String] {
    let own: [String] =
      switch step.kind {
      case .known(.check(let condition)), .known(.gate(let condition)): [condition]
      case .decide(let branches): branches.map(\.condition).filter { $0 != "else" }
      case .known, .manual, .input, .escalate, .copy: []
      }
    return own + [step.gate].compactMap { $0 }
  }

  /// All that decides what a run does, the same in every process.
  private static func text(of steps: [RunbookStep]) -> String {
    steps.map { step in
      let kind =
        switch step.kind {
        case .known(let command): command.words
        case .decide(let branches): branches.map { "\($0.condition)->\($0.target)" }.joined(separator: ";")
        case .input(let name): "input \(name)"
        case .escalate(let severity): "escalate \(severity)"
        case .manual: "manual"
        case .copy: "copy"
        }
      return [kind, step.text, step.gate ?? ""].joined(separator: "\u{1}")
    }.joined(separator: "\u{2}")
  }

  private static func problem(
    _ message: String,
    _ step: RunbookStep,
    _ runbook: Runbook
  ) -> ConfigurationProblem {
    ConfigurationProblem(message, at: Location(file: runbook.file, line: step.line, column: 1))
  }
}
