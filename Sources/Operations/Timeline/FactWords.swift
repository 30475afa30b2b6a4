public import Facts

/// Facts in the words of the people who read of them, in place of the names that rules are written with.
public enum FactWords {
  /// What a fact is about: `queue celery`, `provider`, `postgres connections`.
  ///
  /// `mainQueue` is the name of the queue that `queue.depth` tells of; nil if it isn't known.
  public static func subject(of name: FactName, mainQueue: String? = nil) -> String {
    if let source = name.qualifier { return "\(source) \(subject(of: name.plain, mainQueue: mainQueue))" }
    let segments = name.segments
    switch (segments.first, segments.count) {
    case ("queue", 2):
      return segments[1] == "unreadable" ? "list of queues" : mainQueue.map { "queue \($0)" } ?? "main queue"
    case ("queue", 3):
      return "queue \(segments[1])" + (segments[2] == "depth" ? "" : " \(spaced(segments[2]))")
    case ("source", 3):
      return segments[2] == "state" ? source(segments[1]) : "\(segments[2]) of \(segments[1])"
    case ("probe", 3): return "probe \(segments[2]) of \(segments[1])"
    case ("runs", 2) where segments[1] == "attention": return "failed runs"
    case ("runs", 2) where segments[1].hasPrefix("success_rate"): return "pass rate"
    case ("validations", 2) where segments[1].hasPrefix("low"): return "low scores"
    case ("provider", 2) where segments[1] == "latency": return "provider"
    default:
      let words = segments.last == "state" && segments.count == 2 ? segments.dropLast() : segments[...]
      return words.map(spaced).joined(separator: " ")
    }
  }

  /// A source by its id: `source redis`, `probe canary`.
  static func source(_ id: String) -> String {
    id.hasPrefix("probe.") ? "probe \(id.dropFirst("probe.".count))" : "source \(id)"
  }

  /// Its state, its value and why: `CRIT: 1,243 messages (> 1000)`.
  static func told(_ fact: Fact) -> String {
    let value = value(of: fact)
    let word = isMeasure(fact.name) && fact.state.isKnown ? "" : fact.word
    let rest =
      value.isEmpty || word.hasPrefix(value) ? word : word.isEmpty ? value : "\(value) (\(word))"
    return fact.state.word + (rest.isEmpty ? "" : ": \(rest)")
  }

  /// Why a queue is bad, as far as that says more than its state does: it may get worse at the same state.
  static func reason(of fact: Fact) -> String {
    guard fact.name.plain.segments.first == "queue", fact.state.severity > 0 else { return "" }
    // Behind the comma it is told how many others there are.
    return String(fact.word.prefix { $0 != "," })
  }

  /// Whether its word only says where it was read.
  private static func isMeasure(_ name: FactName) -> Bool { name.plain.segments.first == "validations" }

  private static func value(of fact: Fact) -> String {
    guard let value = fact.value else { return "" }
    let shown = Format.value(value, unit: fact.unit)
    guard let number = value.number else { return shown }
    switch (fact.name.plain.segments.first, fact.name.plain.segments.last) {
    case ("queue", "depth"): return "\(shown) \(number == 1 ? "message" : "messages")"
    case ("queue", "unreadable"): return ""
    case ("runs", "attention"):
      return number == 0 ? "none needs attention" : "\(shown) \(number == 1 ? "needs" : "need") attention"
    case ("runs", let last?) where last.hasPrefix("success_rate"):
      return "\(Format.number((number * 100).rounded(.down))) %"
    default: return shown
    }
  }

  private static func spaced(_ segment: String) -> String {
    String(segment.map { $0 == "_" ? " " : $0 })
  }
}
