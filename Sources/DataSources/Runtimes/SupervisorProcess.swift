internal import Facts

/// One process as `supervisor.getAllProcessInfo` tells it
/// (supervisord.org/api.html#supervisor.rpcinterface.SupervisorNamespaceRPCInterface.getProcessInfo).
struct SupervisorProcess: Sendable, Hashable {
  var name: String
  var group: String
  var stateName: String
  var pid: Int
  /// Seconds since 1970 by the server's clock; 0 if it never started.
  var start: Int
  /// The server's clock when it answered.
  var now: Int
  var exitStatus: Int
  var spawnError: String

  /// Reads one struct of the reply; nil if it isn't one of a process.
  init?(_ value: XMLRPCValue) {
    guard let name = value["name"]?.text, let group = value["group"]?.text,
      let stateName = value["statename"]?.text
    else { return nil }
    self.name = name
    self.group = group
    self.stateName = stateName
    pid = value["pid"]?.integer ?? 0
    start = value["start"]?.integer ?? 0
    now = value["now"]?.integer ?? 0
    exitStatus = value["exitstatus"]?.integer ?? 0
    spawnError = value["spawnerr"]?.text ?? ""
  }

  /// What supervisor's calls take: the name alone where the group has the same one.
  static func namespec(ofIdentity id: String) -> String {
    let parts = id.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    return parts.count == 2 && parts[0] == parts[1] ? String(parts[0]) : id
  }

  /// The service: the program of a process that is one of several (`worker:worker_00`), else its name.
  var serviceName: String {
    guard name != group, name.hasPrefix(group + "_") else { return name }
    let number = name.dropFirst(group.count + 1)
    return !number.isEmpty && number.utf8.allSatisfy { (0x30...0x39).contains($0) } ? group : name
  }

  /// Whether there is a process now.
  var isAlive: Bool { pid != 0 }

  /// Seconds since its start by the server's own clock; nil if it isn't alive.
  var uptime: Int? { isAlive && start > 0 ? (now > start ? now - start : 0) : nil }

  /// The process as the console's services are told.
  var reading: ServiceReading {
    let id = "\(group):\(name)"
    return ServiceReading(
      name: serviceName,
      instance: Self.namespec(ofIdentity: id),
      identity: ServiceIdentity(id: id, incarnation: isAlive ? "\(pid)@\(start)" : ""),
      state: state,
      startedAt: isAlive && start > 0 ? WallTime(secondsSince1970: Double(start)) : nil,
      detail: spawnError
    )
  }

  private var state: ServiceReading.State {
    switch stateName {
    case "RUNNING": .running
    case "STARTING": .starting
    case "BACKOFF": .restarting
    case "STOPPING": .stopping
    case "STOPPED": .stopped
    case "EXITED": .exited(code: exitStatus)
    // It couldn't be started at all, or ended too soon too often; 0 is then no exit code.
    case "FATAL": .exited(code: exitStatus == 0 ? nil : exitStatus)
    default: .other(stateName)
    }
  }
}
