/// What a Prometheus scrapes and can't reach.
public struct TargetsDown: Snapshot {
  /// The names that each target goes by: its job, and the host that it is asked at.
  public var names: [Set<String>]
  /// Whether those are all that are down.
  public var areAll: Bool

  /// Makes a list.
  public init(names: [Set<String>], areAll: Bool) {
    self.names = names
    self.areAll = areAll
  }

  /// Whether each of them goes by one of those names; of what isn't known nobody can say so.
  public func areAmong(_ services: Set<String>) -> Bool {
    areAll && !names.isEmpty && names.allSatisfy { !$0.isDisjoint(with: services) }
  }
}
