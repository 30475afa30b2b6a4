public import Facts
public import Operations

/// The key that leads from what is wrong to where that comes from.
public enum CauseKey {
  /// The key.
  public static let character: Character = "O"
}

extension World {
  /// The service that is down and so explains that a source is silent; nil if none is known to.
  public func serviceDown(behind source: String) -> ServiceStatus? {
    snapshot(ServiceStatuses.self)?.value.services.first { service in
      service.state == .crit && (service.readers.contains(source) || service.service == source)
    }
  }

  /// The service whose own probes tell that it works on a queue, else on any: whoever leaves messages waiting.
  public func worker(of queue: String) -> ServiceStatus? {
    let workers = (snapshot(ServiceStatuses.self)?.value.services ?? []).filter { service in
      service.probes.contains { $0.isOwn && $0.fact.segments.first == "queue" }
    }
    return workers.first { service in
      service.probes.contains { $0.isOwn && $0.fact.segments.dropFirst().first == queue }
    } ?? workers.first
  }
}

extension ActionDescriptor {
  /// Whether it is offered for a row as that stands now; it can be asked for all the same.
  public func isOfUse(to item: PanelItem, _ world: World) -> Bool {
    guard item.kind == .service else { return true }
    let services = world.snapshot(ServiceStatuses.self)?.value.services
    return isOfUse(whileDown: services?.first { $0.name == item.id }?.isDown)
  }
}
