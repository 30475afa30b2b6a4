public import Facts

/// What one container or supervised process uses of its machine.
///
/// A value that can't be told is nil, never zero: the first sample, which has none to be compared with, a field
/// that is missing, a counter that went back.
public struct ServiceUsage: Sendable, Hashable {
  /// Its share of processor time in percent of one core: 200 keeps two busy.
  public var cpu: Double?
  /// Its memory in bytes.
  public var memory: Double?
  /// Why what is missing is so, in a few words.
  public var gap: String

  /// Makes a sample.
  public init(cpu: Double? = nil, memory: Double? = nil, gap: String = "") {
    self.cpu = cpu
    self.memory = memory
    self.gap = gap
  }

  /// The facts `service.NAME.cpu` and `service.NAME.memory`: of a service of several, of all together.
  ///
  /// `usage` holds a sample of each that runs, by identity's id; where one of a service is not known, neither is
  /// the sum.
  static func observations(
    of services: [ServiceReading],
    _ usage: [String: ServiceUsage],
    origin: Origin
  ) -> [Observation] {
    var seen: Set<String> = []
    let names = services.map(\.name).filter { seen.insert($0).inserted }
    return names.flatMap { name in
      let samples = services.filter { $0.name == name }.compactMap { usage[$0.identity.id] }
      func observation(_ measure: String, _ unit: FactUnit, _ value: (ServiceUsage) -> Double?) -> Observation
      {
        let values = samples.compactMap(value)
        let isKnown = !samples.isEmpty && values.count == samples.count
        return Observation(
          FactName("service", name, measure),
          isKnown ? .number(values.reduce(0, +)) : nil,
          unit: unit,
          word: isKnown ? "" : samples.first { value($0) == nil }?.gap ?? "not running",
          origin: origin,
          isDrawn: true
        )
      }
      return [observation("cpu", .percent, \.cpu), observation("memory", .bytes, \.memory)]
    }
  }

  /// Whether an expression reads what services use: then it is measured even if nobody looks.
  public static func isRead(by condition: Condition) -> Bool {
    (condition.names.map { FactPattern($0) } + condition.patterns).contains { pattern in
      func admits(_ segment: FactPattern.Segment, _ words: [String]) -> Bool {
        switch segment {
        case .exactly(let word): words.contains(word)
        case .anything: true
        }
      }
      let segments = pattern.segments
      return segments.count == 3 && admits(segments[0], ["service"])
        && admits(segments[2], ["cpu", "memory"])
    }
  }
}

extension Runtime {
  /// What a poll tells: the services, and what they use where that is measured; nil where nobody looks.
  func reading(
    of services: [ServiceReading],
    _ observations: [Observation],
    usage: [String: ServiceUsage]?,
    by query: String
  ) -> SourceReading {
    guard let usage else {
      return SourceReading(observations, snapshots: [ServicesSnapshot(runtime: title, services: services)])
    }
    let origin = Origin(source: descriptor.id, query: query)
    return SourceReading(
      observations + ServiceUsage.observations(of: services, usage, origin: origin),
      snapshots: [ServicesSnapshot(runtime: title, services: services, usage: usage)]
    )
  }
}
