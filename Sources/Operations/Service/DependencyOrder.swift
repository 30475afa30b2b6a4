internal import DataSources

/// The order in which several services are acted on: what others need before those, or behind them.
enum DependencyOrder {
  /// The targets in that order; equals stay as they were.
  static func sorted(
    _ targets: [ActionTarget],
    _ profiles: [ServiceProfile],
    needsFirst: Bool
  ) -> [ActionTarget] {
    var depths: [String: Int] = [:]
    // A chain is at most as long as there are services; in a circle nobody is first.
    for _ in profiles.indices {
      var isDeeper = false
      for profile in profiles {
        let deepest = profile.needs.map { (depths[$0] ?? 0) + 1 }.max() ?? 0
        guard deepest > depths[profile.name] ?? 0 else { continue }
        depths[profile.name] = deepest
        isDeeper = true
      }
      guard isDeeper else { break }
    }
    let ranked = targets.enumerated().map { (depths[$1.subject] ?? 0, $0, $1) }
    return ranked.sorted { left, right in
      left.0 == right.0 ? left.1 < right.1 : (left.0 < right.0) == needsFirst
    }
    .map(\.2)
  }

  /// The services that need one of these, directly or through others.
  static func dependents(of services: Set<String>, _ profiles: [ServiceProfile]) -> Set<String> {
    var hit = services
    var grew = true
    while grew {
      grew = false
      for profile in profiles where !hit.contains(profile.name) && profile.needs.contains(where: hit.contains)
      {
        hit.insert(profile.name)
        grew = true
      }
    }
    return hit.subtracting(services)
  }
}
