public import Facts

/// What follows from all that is known and is asked for by every frame and key: derived once a turn.
public struct Derived: Sendable {
  /// What counts.
  public let health: Health
  /// The services as they are listed.
  public let services: ServiceList
  /// When it was so.
  let at: MonotonicTime

  /// Looks at a world as it stands at `now`.
  public init(_ world: World, at now: MonotonicTime) {
    health = Health(world, at: now)
    services = ServiceList(world, health, at: now)
    at = now
  }
}
