import Facts

/// The facts that the console itself gives, for the checks of rules before anything is asked.
enum KnownFacts {
  /// A fact, or a family of them with `*` for what people name.
  struct Family: Sendable {
    /// The segments of the name.
    var segments: [String]
    /// Its unit and a value of its type; nil: not told here.
    var sample: (value: FactValue, unit: FactUnit)?
  }

  private static func number(_ name: String, _ unit: FactUnit = .one) -> Family {
    Family(segments: name.split(separator: ".").map(String.init), sample: (.number(1), unit))
  }

  private static func other(_ name: String) -> Family {
    Family(segments: name.split(separator: ".").map(String.init), sample: nil)
  }

  private static let families: [Family] = [
    number("queue.depth"), number("queue.*.ready"), number("queue.*.unacked"), number("queue.*.depth"),
    number("queue.*.consumers"), number("queue.*.publish_rate", .perSecond),
    number("queue.*.ack_rate", .perSecond), other("queue.*.orphaned"), other("queue.*.stalled"),
    other("service.*.state"), other("service.*.liveness"), number("service.*.latency", .milliseconds),
    number("service.*.uptime", .seconds), number("service.*.restarts"), other("service.*.cpu"),
    number("service.*.memory", .bytes), other("probe.*.*"), other("source.*.state"),
    number("source.*.age", .seconds), number("runs.attention"), number("runs.failed_1h"),
    number("runs.stuck"), other("runs.success_rate_5m"), number("validations.low_24h"),
    number("provider.latency", .milliseconds), number("postgres.connections"),
    number("redis.memory", .bytes), other("redis.state"), number("redis.clients"),
    number("redis.uptime", .seconds), number("rabbitmq.alarms"), other("alert.*.firing"),
  ]

  /// The known facts among these names, with a value of their type, to try expressions on.
  static func samples(of names: some Sequence<FactName>) -> FactTable {
    var table = FactTable()
    for name in names {
      guard let sample = family(of: name)?.sample else { continue }
      table.set(name, sample.value, unit: sample.unit)
    }
    return table
  }

  /// The unit of a fact; a bare number's for one that isn't known.
  static func unit(of name: FactName) -> FactUnit {
    family(of: name)?.sample?.unit ?? .one
  }

  /// The known name that an unknown one is nearly; nil for a known one and for one that is far from all.
  static func meant(by name: FactName) -> String? {
    let segments = name.segments
    guard family(of: name) == nil, segments.first != "prom" else { return nil }
    let candidates = families.filter { $0.segments.count == segments.count }.map { family in
      zip(family.segments, segments).map { $0 == "*" ? $1 : $0 }.joined(separator: ".")
    }
    return DidYouMean.nearest(segments.joined(separator: "."), among: candidates)
  }

  private static func family(of name: FactName) -> Family? {
    families.first { family in
      family.segments.count == name.segments.count
        && zip(family.segments, name.segments).allSatisfy { $0 == "*" || $0 == $1 }
    }
  }
}
