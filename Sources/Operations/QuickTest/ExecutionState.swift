internal import Facts

/// How one execution stands.
public struct ExecutionState: Sendable, Hashable {
  /// The fact that counts the results that wait for a person.
  static let needsReviewFact: FactName = "execution.needs_review"

  /// The status as it is stored: `running`, `completed`, `failed`, or anything else.
  public var status: String
  /// Whether it has an end.
  public var hasEnded: Bool
  /// How many validation results there are.
  public var results: Int
  /// How many of them failed automatically: what `status` does not tell; nil while one is not judged.
  public var autoFail: Int?
  /// How many of them wait for a person; nil while one is not judged.
  public var needsReview: Int?
  /// The least confidence of the results, 0 to 1; nil if none has one.
  public var confidence: Double?
  /// The first reason of a failure, raw but for passwords; empty if there is none.
  public var reason: String

  /// Makes a state.
  public init(
    status: String,
    hasEnded: Bool,
    results: Int = 0,
    autoFail: Int? = 0,
    needsReview: Int? = 0,
    confidence: Double? = nil,
    reason: String = ""
  ) {
    self.status = status
    self.hasEnded = hasEnded
    self.results = results
    self.autoFail = autoFail
    self.needsReview = needsReview
    self.confidence = confidence
    self.reason = CredentialWords.struckOut(of: reason)
  }

  /// The facts that a recipe's `passed` is about; `execution.ended` is the console's own.
  var observations: [Observation] {
    let origin = Origin(source: "execution", query: "")
    return [
      Observation("execution.status", .text(status.lowercased()), origin: origin),
      Observation("execution.ended", .flag(hasEnded), origin: origin),
      Observation("execution.results", .number(Double(results)), origin: origin),
      Observation("execution.auto_fail", autoFail.map { .number(Double($0)) }, origin: origin),
      Observation(Self.needsReviewFact, needsReview.map { .number(Double($0)) }, origin: origin),
      Observation("execution.confidence", confidence.map { .number($0) }, origin: origin),
      Observation("execution.error", .text(reason), origin: origin),
    ]
  }

  /// The same facts, as a condition takes them.
  var facts: FactTable {
    var table = FactTable()
    for observation in observations { table.set(observation.name, observation.value) }
    return table
  }

  /// Reads ``observations`` back; nil if there is no execution.
  init?(_ observations: [Observation]) {
    var values: [FactName: FactValue] = [:]
    for observation in observations { values[observation.name] = observation.value }
    guard case .text(let status)? = values["execution.status"] else { return nil }
    func number(_ name: FactName) -> Int? { values[name]?.number.flatMap { Int(exactly: $0) } }
    var reason = ""
    if case .text(let text)? = values["execution.error"] { reason = text }
    self.init(
      status: status,
      hasEnded: values["execution.ended"] == .flag(true),
      results: number("execution.results") ?? 0,
      autoFail: number("execution.auto_fail"),
      needsReview: number(Self.needsReviewFact),
      confidence: values["execution.confidence"]?.number,
      reason: reason
    )
  }

  /// Whether the run itself crashed or was stopped.
  var hasFailed: Bool {
    ["failed", "error", "cancelled", "canceled"].contains(status.lowercased())
  }

  /// Status is free text: an unknown word counts as finished once the row has an end.
  var isFinished: Bool {
    let running = ["pending", "running", "in_progress", "queued"]
    let finished = ["completed", "passed", "partial", "skipped"]
    let status = status.lowercased()
    return hasFailed || finished.contains(status) || (hasEnded && !running.contains(status))
  }

  /// The results in a few words: `1 of 3 failed`.
  var shownResults: String {
    if results == 0 { return "no result yet" }
    return autoFail.map { "\($0) of \(results) failed" } ?? "not judged yet"
  }
}
