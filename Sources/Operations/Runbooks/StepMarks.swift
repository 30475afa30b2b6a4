internal import Facts

/// What stands in braces behind a fence: `{action=service.restart target=postgres gate="… within 2m"}`.
struct StepMarks {
  /// Why the braces can't be read.
  struct Problem: Error {
    var message: String
  }

  /// What the step is; nil where only a gate is told.
  private(set) var kind: RunbookStep.Kind?
  /// What must hold after it.
  private(set) var gate: String?

  private static let names = ["check", "action", "gate", "decide", "input", "manual", "escalate", "target"]

  init(parsing text: String, _ catalog: ActionCatalog) throws(Problem) {
    var targets: [String] = []
    var action: String?
    var further: [(name: String, value: String)] = []
    for (name, value) in try Self.pairs(text) {
      switch name {
      case "check":
        try Self.verify(value, Self.condition)
        try set(.known(.check(value)))
      case "gate":
        try Self.verify(value, Self.gate)
        gate = value
      case "action": action = value
      case "target": targets.append(value)
      case "input": try set(.input(try Self.told(value, name)))
      case "manual": try set(.manual)
      case "escalate": try set(.escalate(try Self.told(value, name)))
      case "decide": try set(.decide(try Self.branches(value)))
      default: further.append((name, value))
      }
    }
    if let action {
      let arguments = try Self.arguments(further, of: action, targets, catalog)
      try set(.known(.act(ActionID(action), targets: targets, arguments: arguments)))
    } else if let name = further.first?.name {
      throw Self.unknown("step kind", name, among: Self.names)
    } else if !targets.isEmpty {
      throw Problem(message: "a target needs an action")
    }
    guard kind != nil || gate != nil else { throw Problem(message: "the braces are empty") }
  }

  /// What an action is given; nothing that it doesn't take.
  private static func arguments(
    _ given: [(name: String, value: String)],
    of action: String,
    _ targets: [String],
    _ catalog: ActionCatalog
  ) throws(Problem) -> [String: String] {
    guard let descriptor = catalog.descriptor(of: ActionID(action)) else {
      var problem = unknown("action", action, among: catalog.all.map(\.id.name))
      if OwnAction.isOne(action) {
        problem.message +=
          "; yours are those of `actions` in the configuration, a project's once it is trusted"
      }
      throw problem
    }
    let names = descriptor.arguments.map(\.name)
    for (name, _) in given where !names.contains(name) {
      throw unknown("argument of \(action)", name, among: names + Self.names)
    }
    // A program of somebody's own is run on nothing that isn't named, and with nothing that isn't given.
    if OwnAction.isOne(action) {
      if let missing = names.first(where: { name in !given.contains { $0.name == name } }) {
        throw Problem(message: "`\(action)` needs `\(missing)=…`")
      }
      if !descriptor.isOfEnvironment, targets.isEmpty {
        throw Problem(message: "`\(action)` needs `target=…`, a \(descriptor.targets.first?.name ?? "")")
      }
    }
    return Dictionary(given.map { ($0.name, $0.value) }) { $1 }
  }

  private static func told(_ value: String, _ name: String) throws(Problem) -> String {
    guard !value.isEmpty else { throw Problem(message: "`\(name)` says nothing: `\(name)=…`") }
    return value
  }

  private static func unknown(_ what: String, _ name: String, among names: [String]) -> Problem {
    let hint = DidYouMean.nearest(name, among: names).map { ", did you mean `\($0)`?" } ?? ""
    return Problem(message: "there is no \(what) `\(name)`\(hint)")
  }

  private mutating func set(_ new: RunbookStep.Kind) throws(Problem) {
    guard kind == nil else { throw Problem(message: "a step is one thing: two are told here") }
    kind = new
  }

  private static func condition(_ text: String) throws(ExpressionError) { _ = try Condition(parsing: text) }
  private static func gate(_ text: String) throws(ExpressionError) { _ = try Gate(parsing: text) }

  private static func verify(
    _ text: String,
    _ parse: (String) throws(ExpressionError) -> Void
  ) throws(Problem) {
    do throws(ExpressionError) {
      // What is asked for on the way may be any name or number.
      try parse(InputNames.filled(text) { _ in "x" })
    } catch {
      throw Problem(message: "\(error)")
    }
  }

  /// `CONDITION -> TARGET; CONDITION -> TARGET`.
  private static func branches(_ text: String) throws(Problem) -> [RunbookStep.Branch] {
    var branches: [RunbookStep.Branch] = []
    for part in text.split(separator: ";") {
      guard let arrow = part.firstRange(of: "->") else {
        throw Problem(message: "a branch is `CONDITION -> STEP`: `\(part)` has no `->`")
      }
      let condition = String(part[..<arrow.lowerBound]).trimmed
      let target = String(part[arrow.upperBound...]).trimmed
      if condition != "else" { try verify(condition, Self.condition) }
      guard !target.isEmpty else { throw Problem(message: "the branch `\(condition)` leads nowhere") }
      branches.append(RunbookStep.Branch(condition: condition, target: target))
    }
    guard !branches.isEmpty else { throw Problem(message: "a decision needs a branch") }
    return branches
  }

  private static func pairs(_ text: String) throws(Problem) -> [(String, String)] {
    guard text.hasPrefix("{"), let end = text.lastIndex(of: "}") else {
      throw Problem(message: "the `{` is never closed")
    }
    var rest = text[text.index(after: text.startIndex)..<end]
    var pairs: [(String, String)] = []
    while true {
      rest = rest.drop { $0 == " " || $0 == "|" }
      guard !rest.isEmpty else { return pairs }
      let name = rest.prefix { $0.isLetter || $0 == "_" || $0 == "-" }
      guard !name.isEmpty else {
        throw Problem(message: "expected a name in the braces, not `\(rest.prefix(12))`")
      }
      rest = rest.dropFirst(name.count)
      guard rest.first == "=" else {
        pairs.append((String(name), ""))
        continue
      }
      rest = rest.dropFirst()
      if let quote = rest.first, quote == "\"" || quote == "'" {
        rest = rest.dropFirst()
        guard let close = rest.firstIndex(of: quote) else {
          throw Problem(message: "the quote of `\(name)` is never closed")
        }
        pairs.append((String(name), String(rest[..<close])))
        rest = rest[rest.index(after: close)...]
      } else {
        let value = rest.prefix { $0 != " " }
        pairs.append((String(name), String(value)))
        rest = rest.dropFirst(value.count)
      }
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
