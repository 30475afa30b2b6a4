internal import DataSources
public import Facts

// What panels show of a service's reading: they don't import the module that reads.
extension ServiceStatus {
  /// Wall time of its start; nil if it isn't running or that isn't known.
  public var startedAt: WallTime? { reading?.startedAt }
  /// How often the runtime has restarted it; nil if that isn't known.
  public var restarts: Int? { reading?.restarts }
  /// The image or program, raw; may be empty.
  public var image: String { reading?.image ?? "" }
  /// What the runtime calls it, raw; may be empty.
  public var instance: String { reading?.instance ?? "" }
  /// What stays through a restart, raw; may be empty.
  public var identity: String { reading?.identity.id ?? "" }
  /// Its share of processor time in percent of one core; nil if unknown.
  public var cpu: Double? { usage?.cpu }
  /// Its memory in bytes; nil if unknown.
  public var memory: Double? { usage?.memory }
  /// Whether what it uses is measured now, even if that gives no value.
  public var isMeasured: Bool { usage != nil }
  /// Why what it uses is not known, raw; may be empty.
  public var usageGap: String { usage?.gap ?? "" }
  /// Which life of it this is, raw; may be empty.
  public var incarnation: String { reading?.identity.incarnation ?? "" }
  /// Whether it is down, by what the runtime says; nil if that says neither.
  public var isDown: Bool? {
    switch reading?.state {
    case .running, .starting, .restarting, .degraded, .failing, .paused: false
    case .stopped, .exited: true
    case .stopping, .other, .unreadable, nil: nil
    }
  }
  /// The runtime's own words, raw; may be empty.
  public var said: String { reading?.detail ?? "" }
}

extension ServiceStatus {
  /// What is measured of a service, told like one: its name, its value and why it is bad.
  public init(measure fact: Fact) {
    let value = fact.state.isKnown ? fact.value.map { Format.value($0, unit: fact.unit) } ?? "" : ""
    self.init(
      name: FactWords.subject(of: fact.name),
      service: "",
      reading: nil,
      state: fact.state,
      word: [value, fact.word].filter { !$0.isEmpty }.joined(separator: ", "),
      detail: "",
      kind: .health,
      because: nil,
      probes: [],
      latency: nil,
      sampledAt: fact.sampledAt
    )
  }
}

/// What told the services: the runtime that was asked.
public struct ServicesOrigin: Sendable, Hashable {
  /// The id of the runtime's source, which is introduced before it tells anything.
  public static let source = "runtime"

  /// What runs them: `compose voiceai`.
  public let runtime: String
  /// The id of the source.
  public let source: String
  /// When its newest good poll began.
  public let sampledAt: MonotonicTime
}

extension World {
  /// The runtime that told the services last; nil if none ever did.
  public var servicesOrigin: ServicesOrigin? {
    snapshot(ServicesSnapshot.self).map {
      ServicesOrigin(runtime: $0.value.runtime, source: $0.source, sampledAt: $0.sampledAt)
    }
  }
}
