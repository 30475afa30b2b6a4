internal import DataSources
internal import Facts

/// Finds the service that is meant among those that run now.
struct ServiceTargets {
  let readings: [ServiceReading]

  /// The thing meant: by its immutable id, else by its name; a name with several things finds none.
  /// - Throws: it is gone, or the name means several.
  func find(_ target: ActionTarget) throws(Refusal) -> ServiceReading {
    if let identity = target.identity {
      guard let same = readings.first(where: { $0.identity.id == identity.id }) else {
        throw .gone(SafeText(target.name))
      }
      return same
    }
    let named = readings.filter { $0.name == target.subject }
    if named.count == 1 { return named[0] }
    // Several of one service are shown as `worker 2`: the number is their place.
    var places: [String: Int] = [:]
    let placed = readings.first { reading in
      places[reading.name, default: 0] += 1
      return "\(reading.name) \(places[reading.name] ?? 0)" == target.name
    }
    if let placed { return placed }
    guard named.count > 1 else { throw .gone(SafeText(target.name)) }
    let names = (1...named.count).map { "\"\(target.subject) \($0)\"" }.joined(separator: ", ")
    throw .notPossible(
      "\(SafeText(target.subject)) is \(named.count) of them: name one, \(SafeText(names))"
    )
  }

  /// Targets of all that are wanted, as they are shown: `worker 2` where there are several.
  func all(where isWanted: (ServiceReading) -> Bool) -> [ActionTarget] {
    let counts = readings.reduce(into: [String: Int]()) { $0[$1.name, default: 0] += 1 }
    var places: [String: Int] = [:]
    return readings.compactMap { reading in
      places[reading.name, default: 0] += 1
      guard isWanted(reading) else { return nil }
      let isOne = counts[reading.name] == 1
      let name = isOne ? reading.name : "\(reading.name) \(places[reading.name] ?? 0)"
      return ActionTarget(.service, name: name, subject: reading.name, identity: reading.identity)
    }
  }

  /// What the target of a plan is now: the very same one, wherever it stands in the list, else the one that
  /// has taken its place under its own name or number; nil if nothing has.
  func successor(of old: ServiceReading) -> ServiceReading? {
    if let same = readings.first(where: { $0.identity.id == old.identity.id }) { return same }
    let named = readings.filter { $0.name == old.name }
    if let heir = named.first(where: { $0.instance == old.instance }) { return heir }
    if let number = old.number { return named.first { $0.number == number } }
    return named.count == 1 ? named.first : nil
  }
}

extension ActionTarget {
  /// All services at once.
  public static let allServices = ActionTarget(.service, name: "*")
}

extension ServiceReading.State {
  /// Whether there is something that can be restarted or stopped.
  var isUp: Bool {
    switch self {
    case .running, .starting, .restarting, .degraded, .failing, .paused: true
    case .stopping, .stopped, .exited, .other, .unreadable: false
    }
  }

  /// Whether it is known that nothing runs.
  var isDown: Bool {
    switch self {
    case .stopped, .exited: true
    case .running, .starting, .restarting, .degraded, .failing, .paused, .stopping, .other, .unreadable: false
    }
  }
}
