public import Facts

/// A service as it is listed, or what is measured of one and is not well.
///
/// It is shared: there may be thousands, and each frame and key asks for them.
public final class ServiceEntry: Sendable, Equatable {
  /// The judged service, or what is measured told like one.
  public let status: ServiceStatus
  /// Its state here: that of its source where nothing else is known of it.
  public let state: FactState
  /// What the entry is about where that is a measure; nil for a service.
  public let measure: Fact?
  /// The names of its facts, the chief one first, whether or not they are told.
  public let facts: [FactName]
  /// The fact of its latency.
  public let latencyName: FactName
  /// The fact of its share of processor time.
  public let cpuName: FactName
  /// The fact of its memory.
  public let memoryName: FactName

  init(_ status: ServiceStatus, _ state: FactState, measure: Fact? = nil) {
    self.status = status
    self.state = state
    self.measure = measure
    let service = status.service
    latencyName = FactName("service", service, "latency")
    cpuName = FactName("service", service, "cpu")
    memoryName = FactName("service", service, "memory")
    let chief = measure?.name ?? FactName("service", service, "state")
    let parts = measure == nil ? status.probes.map(\.fact) + [latencyName, cpuName, memoryName] : []
    facts = [chief] + parts
  }

  /// Whether both tell the same.
  public static func == (left: ServiceEntry, right: ServiceEntry) -> Bool {
    left === right
      || (left.status == right.status && left.state == right.state && left.measure == right.measure)
  }
}

/// The services as they are listed, and what is measured of them and is not well.
public struct ServiceList: Sendable, Equatable {
  /// The entries in the order of ``ServiceOrder``; whatever counts is found in one.
  public let entries: [ServiceEntry]

  /// Looks at a world as it stands at `now`.
  init(_ world: World, _ health: Health, at now: MonotonicTime) {
    guard let statuses = world.snapshot(ServiceStatuses.self)?.value.services else {
      entries = []
      return
    }
    let source = Self.source(in: world, at: now)
    let services = statuses.map { ServiceEntry($0, Self.state(of: $0, source)) }
    let measures = health.measures.filter { $0.because == nil && $0.fact.state.severity > 0 }.map { item in
      ServiceEntry(ServiceStatus(measure: item.fact), item.fact.state, measure: item.fact)
    }
    entries = ServiceOrder.worstFirst(services + measures) { ServiceOrder.Key($0.status, $0.state) }
  }

  /// How the runtime's source stands.
  private static func source(in world: World, at now: MonotonicTime) -> FactState {
    let origin = world.servicesOrigin
    let status = world.status(of: origin?.source ?? ServicesOrigin.source)
    if status?.failure != nil { return .error }
    guard let sampledAt = origin?.sampledAt ?? status?.lastGood else { return .nodata }
    return now - sampledAt > FactStore.staleAfter(status?.interval ?? .seconds(10)) ? .stale : .ok
  }

  /// A runtime that is silent leaves only what the probes know.
  private static func state(of status: ServiceStatus, _ source: FactState) -> FactState {
    guard source != .ok, status.reading != nil else { return status.state }
    let isTold = status.probes.contains { ($0.isOwn && $0.state.isKnown) || $0.state == .crit }
    return isTold ? status.state : source
  }
}
