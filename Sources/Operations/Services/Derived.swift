public import Facts

/// What follows from all that is known and is asked for by every frame and key: derived once a turn.
public struct Derived: Snapshot {
  /// Who derives it: the id under which it stands beside what sources told.
  static let judge = "derived"

  /// What counts.
  public let health: Health
  /// The services as they are listed.
  public let services: ServiceList
  /// The number of the world that it was derived from.
  private let version: Int

  /// Looks at a world as it stands at `now`.
  public init(_ world: World, at now: MonotonicTime) {
    health = Health(world, at: now)
    services = ServiceList(world, health, at: now)
    version = world.version
  }

  /// What was derived when that world changed last; looked up where it wasn't.
  public static func of(_ world: World, at now: MonotonicTime) -> Derived {
    guard let derived = world.snapshot(Derived.self)?.value, derived.version + 1 == world.version else {
      return Derived(world, at: now)
    }
    return derived
  }
}
