public import Facts

/// The `command` runtime over supervisor's XML-RPC on its unix socket.
///
/// A poll costs under a millisecond; `supervisorctl` would cost 200.
@LoopActor public final class SupervisorRuntime: Runtime {
  public let descriptor: SourceDescriptor
  public let title = "supervisor"
  private let socket: String
  private let hidden: Set<String>
  private let client: HTTPClient
  private let restartDeadline: Duration

  /// Supervisor's fault for stopping what doesn't run.
  private static let notRunning = 70

  /// Makes a runtime for the supervisor behind a unix socket; `hide` names programs to leave out.
  public init(
    socket: String, hide: [String] = [], client: HTTPClient, interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2), restartDeadline: Duration = .seconds(60)
  ) {
    self.socket = socket
    hidden = Set(hide)
    self.client = client
    self.restartDeadline = restartDeadline
    descriptor = SourceDescriptor(
      id: "runtime", kind: "supervisor", address: "unix:\(socket)", interval: interval,
      deadline: deadline)
  }

  public func poll() async throws(SourceFailure) -> SourceReading {
    let services = try await services()
    let origin = Origin(
      source: descriptor.id, query: "supervisor.getAllProcessInfo() at unix:\(socket)")
    let now = LoopActor.now().wall
    let observations = services.map { service in
      Observation(
        FactName("service", service.name, "uptime"),
        service.startedAt.map { .number(max(0, now.secondsSince1970 - $0.secondsSince1970)) },
        unit: .seconds, word: "not running", origin: origin)
    }
    return SourceReading(
      observations, snapshots: [ServicesSnapshot(runtime: title, services: services)])
  }

  public func close() {}

  public func services() async throws(SourceFailure) -> [ServiceReading] {
    let value = try await call("supervisor.getAllProcessInfo", [], deadline: descriptor.deadline)
    guard let list = value.list else {
      throw SourceFailure(.unreadable, at: descriptor.address, detail: "not a list of processes")
    }
    return list.compactMap(Self.reading).filter { !hidden.contains($0.name) }
  }

  public func restartPreview(of service: ServiceReading) -> String {
    "supervisor.stopProcess(\"\(service.instance)\"), then startProcess(\"\(service.instance)\")"
  }

  public func restart(_ service: ServiceReading) async throws(SourceFailure) {
    do throws(SourceFailure) {
      _ = try await call(
        "supervisor.stopProcess", [service.identity.id, true], deadline: restartDeadline)
    } catch where error.code == .rejected && error.detail.hasPrefix("\(Self.notRunning) ") {
      // It didn't run: starting it is all that is left to do.
    }
    _ = try await call(
      "supervisor.startProcess", [service.identity.id, true], deadline: restartDeadline)
  }

  private func call(
    _ method: String, _ arguments: [any Sendable], deadline: Duration
  ) async throws(SourceFailure) -> XMLRPCValue {
    let parameters = arguments.map { argument -> String in
      if let flag = argument as? Bool { return "<boolean>\(flag ? 1 : 0)</boolean>" }
      return "<string>\(Self.escaped("\(argument)"))</string>"
    }
    let body =
      "<?xml version=\"1.0\"?><methodCall><methodName>\(method)</methodName><params>"
      + parameters.map { "<param><value>\($0)</value></param>" }.joined()
      + "</params></methodCall>"
    var request = HTTPRequest(
      "POST", "http://supervisor/RPC2", body: Array(body.utf8), unixSocket: socket,
      deadline: deadline)
    request.headers.append(("Content-Type", "text/xml"))
    let response = try await client.send(request)
    if let failure = response.failure(at: descriptor.address) { throw failure }
    switch XMLRPCReply(parsing: response.body) {
    case .value(let value): return value
    case .fault(let code, let text):
      throw SourceFailure(.rejected, at: descriptor.address, detail: "\(code) \(text)")
    case nil:
      throw SourceFailure(
        .unreadable, at: descriptor.address, detail: "no XML-RPC (is it supervisor's socket?)")
    }
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for character in text {
      switch character {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      default: result.append(character)
      }
    }
    return result
  }

  /// One process of getAllProcessInfo; nil if it lacks name or state.
  private static func reading(_ info: XMLRPCValue) -> ServiceReading? {
    guard let name = info["name"]?.text, let word = info["statename"]?.text else { return nil }
    let group = info["group"]?.text ?? name
    let id = "\(group):\(name)"
    let state: ServiceReading.State =
      switch word {
      case "RUNNING": .running
      case "STARTING": .starting
      case "BACKOFF": .restarting
      case "STOPPING": .stopping
      case "STOPPED": .stopped
      case "EXITED": .exited(code: info["exitstatus"]?.integer)
      case "FATAL": .exited(code: nil)
      default: .other(word.lowercased())
      }
    let pid = info["pid"]?.integer ?? 0
    let start = info["start"]?.integer ?? 0
    let runs = pid > 0 && start > 0
    return ServiceReading(
      name: name, instance: group == name ? name : id,
      identity: ServiceIdentity(id: id, incarnation: runs ? "\(pid)@\(start)" : ""), state: state,
      startedAt: runs ? WallTime(secondsSince1970: Double(start)) : nil,
      detail: info["spawnerr"]?.text ?? "")
  }
}
