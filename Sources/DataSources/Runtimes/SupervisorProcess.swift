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
  /// The start by which its life is known: the first that was told of this pid, since supervisor moves the start of a
  /// process when its clock is set back.
  var lifeStart: Int
  /// The server's clock when it answered.
  var now: Int
  var exitStatus: Int
  /// Why it is not up; of one that a signal killed only that its exit code, -1, is a bad one.
  var spawnError: String
  /// What of it can't be read, so that it isn't known how it is; nil if all can.
  var problem: String?
  /// The files of its streams, by `stdout` and `stderr`, as they are told; empty where none is.
  var logFiles: [String: String] = [:]
  /// Whether a signal has stopped it, or a tracer: supervisor calls it RUNNING all the same.
  var isHalted = false

  /// Reads the entry at a place of the reply, whatever stands there: what can't be read must not vanish.
  init(_ value: XMLRPCValue, at place: Int) {
    let texts = ["name", "group", "statename"].map { ($0, value[$0]?.text) }
    let numbers = ["pid", "start", "now", "exitstatus"].map { ($0, value[$0]?.integer) }
    let missing = texts.filter { $0.1 == nil }.map(\.0) + numbers.filter { $0.1 == nil }.map(\.0)
    name = texts[0].1 ?? "entry \(place + 1) of the list"
    group = texts[1].1 ?? name
    stateName = texts[2].1 ?? ""
    pid = numbers[0].1 ?? 0
    start = numbers[1].1 ?? 0
    lifeStart = start
    now = numbers[2].1 ?? 0
    exitStatus = numbers[3].1 ?? 0
    spawnError = value["spawnerr"]?.text ?? ""
    for part in ["stdout", "stderr"] { logFiles[part] = value["\(part)_logfile"]?.text }
    problem = missing.isEmpty ? nil : missing.joined(separator: ", ")
    if problem == nil, let isAlive = Self.isAlive(in: stateName), isAlive != self.isAlive {
      problem = isAlive ? "\(stateName) without a process" : "\(stateName) with the process \(pid)"
    }
  }

  /// Whether there is a process in a state; nil where there may be, or the word isn't known.
  private static func isAlive(in state: String) -> Bool? {
    switch state {
    case "RUNNING", "STOPPING": true
    case "STOPPED", "EXITED", "FATAL", "BACKOFF": false
    default: nil
    }
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
      identity: ServiceIdentity(id: id, incarnation: isAlive ? "\(pid)@\(lifeStart)" : "", begunAt: begunAt),
      state: state,
      startedAt: startedAt,
      // Supervisor knows no programs that are meant to end, and tells apart who was stopped.
      isOneShot: false,
      detail: spawnError == "Bad exit code -1" ? "" : spawnError
    )
  }

  private var startedAt: WallTime? {
    isAlive && start > 0 ? WallTime(secondsSince1970: Double(start)) : nil
  }

  private var begunAt: WallTime? {
    isAlive && lifeStart > 0 ? WallTime(secondsSince1970: Double(lifeStart)) : nil
  }

  private var state: ServiceReading.State {
    if let problem { return .unreadable("unreadable: \(problem)") }
    return switch stateName {
    case "RUNNING" where isHalted, "STARTING" where isHalted: .failing("halted by a signal")
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
