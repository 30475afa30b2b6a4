public import Facts

/// Services that supervisord runs, over its XML-RPC interface (0.9 ms a poll, against 0.2 s of CPU
/// for `supervisorctl`).
@LoopActor public final class SupervisorRuntime: Runtime {
  /// The `Faults` of supervisor 4.2's xmlrpc.py that are more than a refusal.
  private enum Fault {
    static let alreadyStarted = 60
    static let notRunning = 70
  }

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// How a person would say where it runs.
  public let title = "supervisor"

  private let client: HTTPClient
  private let endpoint: ServerEndpoint
  private let credentials: HTTPCredentials?
  private let hidden: Set<String>
  private let readProcesses: @Sendable () -> ProcessTable?
  private let readAddresses: @Sendable ([Int]) -> [Set<String>]
  /// Whether its processes can be this machine's.
  private let isLocal: Bool
  /// The pid that each process had when it was told last, and the start that was told of that pid first.
  private var lives: [String: (pid: Int, start: Int)] = [:]
  private var isUsageWatched = false
  let logFiles = SupervisorLogFiles()
  private var meter = ProcessMeter()
  private let restartDeadline: Duration

  /// Makes a runtime that asks the supervisord behind `endpoint`.
  ///
  /// The client is the caller's to close. `login` is the user and password of supervisord's
  /// `[unix_http_server]`, nil if it has none. `hide` holds the names of processes (`name` or
  /// `group:name`) that are no services. `restartDeadline` is for stopping and starting together.
  public convenience init(
    id: String = "runtime",
    endpoint: ServerEndpoint,
    hide: [String] = [],
    client: HTTPClient,
    login: HTTPCredentials.Scheme? = nil,
    interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    restartDeadline: Duration = .seconds(90)
  ) {
    self.init(
      id: id,
      endpoint: endpoint,
      hide: hide,
      client: client,
      login: login,
      interval: interval,
      deadline: deadline,
      restartDeadline: restartDeadline,
      readProcesses: ProcessTable.read
    )
  }

  /// The same with another way to read the processes of this machine, which may block.
  init(
    id: String = "runtime",
    endpoint: ServerEndpoint,
    hide: [String] = [],
    client: HTTPClient,
    login: HTTPCredentials.Scheme? = nil,
    interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    restartDeadline: Duration = .seconds(90),
    readProcesses: @escaping @Sendable () -> ProcessTable?,
    readAddresses: @escaping @Sendable ([Int]) -> [Set<String>] = ProcessSockets.addresses(ofTrees:)
  ) {
    self.readProcesses = readProcesses
    self.readAddresses = readAddresses
    isLocal = endpoint.socket != nil || WebOrigin(of: endpoint.base)?.isLoopback ?? false
    self.endpoint = endpoint
    self.client = client
    credentials = login.flatMap { login in
      WebOrigin(of: endpoint.base).map { HTTPCredentials(login, for: $0) }
    }
    hidden = Set(hide)
    self.restartDeadline = restartDeadline
    descriptor = SourceDescriptor(
      id: id,
      kind: "supervisor",
      address: endpoint.description,
      interval: interval,
      deadline: deadline
    )
  }

  /// Makes a runtime for the supervisord behind a unix socket; `hide` names processes to leave out.
  public convenience init(
    socket: String,
    hide: [String] = [],
    client: HTTPClient,
    interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    restartDeadline: Duration = .seconds(90)
  ) {
    self.init(
      endpoint: ServerEndpoint(socket: socket, name: "supervisor"),
      hide: hide,
      client: client,
      interval: interval,
      deadline: deadline,
      restartDeadline: restartDeadline
    )
  }

  /// All processes, those of `hide` left out, and where the connections of those of this machine come from.
  /// - Throws: `refused`, `timedOut`, `unauthorized`, `forbidden`, `unreadable`, `rejected` and more.
  public func services() async throws(SourceFailure) -> [ServiceReading] {
    var processes = try await processes().map { (pid: $0.pid, reading: $0.reading) }
    guard isLocal else { return processes.map(\.reading) }
    let pids = processes.map(\.pid)
    let read = readAddresses
    let addresses = await LoopActor.onThreadPool { read(pids) }
    for index in processes.indices { processes[index].reading.addresses = addresses[index] }
    return processes.map(\.reading)
  }

  /// One poll: the services, and the uptime of each.
  ///
  /// A service of several processes is as old as its youngest. Supervisor doesn't count restarts, so
  /// there is no fact of them.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let processes = try await processes()
    var youngest: [String: Int?] = [:]
    var order: [String] = []
    for process in processes {
      let name = process.serviceName
      if let known = youngest[name] {
        youngest[name] = .some([known, process.uptime].compactMap { $0 }.min())
      } else {
        order.append(name)
        youngest[name] = .some(process.uptime)
      }
    }
    let origin = Origin(source: descriptor.id, query: "supervisor.getAllProcessInfo()")
    let observations = order.map { name in
      let uptime = youngest[name] ?? nil
      return Observation(
        FactName("service", name, "uptime"),
        uptime.map { .number(Double($0)) },
        unit: .seconds,
        word: uptime == nil ? "not running" : "",
        origin: origin
      )
    }
    let services = processes.map(\.reading)
    return reading(
      of: services,
      observations,
      usage: isUsageWatched ? await usage(of: services) : nil,
      by: "/proc/PID/stat of its processes and their children"
    )
  }

  /// Begins to read the processes of this machine with each poll, or ends it.
  public func watchUsage(_ isWatched: Bool) {
    isUsageWatched = isWatched
    // What was used while nobody looked would count for the first moment of the next look.
    if !isWatched { meter = ProcessMeter() }
  }

  /// What the processes and their descendants use, read and summed up on the thread pool.
  public func usage(of services: [ServiceReading]) async -> [String: ServiceUsage] {
    let running = services.filter { !$0.identity.incarnation.isEmpty }
    guard isUsageWatched else { return [:] }
    let (read, before) = (readProcesses, meter)
    let measured: ([String: ServiceUsage], ProcessMeter)? =
      !isLocal
      ? nil
      : await LoopActor.onThreadPool {
        var meter = before
        return read().map { (meter.usage(of: running, in: $0), meter) }
      }
    guard let measured else {
      let gap = isLocal ? "no /proc here" : "they run on another machine"
      return Dictionary(running.map { ($0.identity.id, ServiceUsage(gap: gap)) }) { first, _ in first }
    }
    // A look that has ended meanwhile must not be what the next one begins with.
    guard isUsageWatched else { return [:] }
    meter = measured.1
    return measured.0
  }

  /// The calls that are made, in order.
  public func request(_ verb: RuntimeVerb, _ service: ServiceReading) -> RuntimeRequest? {
    let name = SupervisorProcess.namespec(ofIdentity: service.identity.id)
    let shown: String
    switch verb {
    case .restart: shown = "supervisor.stopProcess(\"\(name)\") then startProcess(\"\(name)\")"
    case .stop: shown = "supervisor.stopProcess(\"\(name)\")"
    case .start: shown = "supervisor.startProcess(\"\(name)\")"
    default: return nil
    }
    return RuntimeRequest(verb, service, shown: shown)
  }

  /// Stops and starts the process as the verb says; returns once supervisor says that it is so.
  ///
  /// - Throws: `rejected` with supervisor's words, which say whether the process is stopped now;
  ///   `timedOut`, which leaves the outcome unknown.
  public func perform(_ request: RuntimeRequest) async throws(SourceFailure) {
    let name = SupervisorProcess.namespec(ofIdentity: request.service.identity.id)
    let end = LoopActor.now().monotonic + restartDeadline
    if request.verb != .start { try await stop(name, until: end) }
    if request.verb == .stop { return }
    do {
      try await start(name, until: end)
    } catch {
      guard request.verb == .restart, error.code != .rejected else { throw error }
      throw SourceFailure(
        error.code,
        at: error.address,
        detail: "\(name) was stopped; whether it started is unknown (\(error.detail))"
      )
    }
  }

  private func start(_ name: String, until end: MonotonicTime) async throws(SourceFailure) {
    let reply = try await call("supervisor.startProcess", [.text(name), .flag(true)], until: end)
    switch reply {
    case .value: return
    // Somebody else was faster: it has a new start all the same.
    case .fault(code: Fault.alreadyStarted, _): return
    case .fault(let code, let text):
      // A spawn error's own text is only the name; the reason stands in the process' information.
      let info = try? await value(of: call("supervisor.getProcessInfo", [.text(name)], until: end))
      let reason = info?["spawnerr"]?.text ?? ""
      let isNew = !reason.isEmpty && !text.contains(reason)
      throw SourceFailure(
        .rejected,
        at: descriptor.address,
        detail: "\(name) is down, it did not start: \(text) (fault \(code))\(isNew ? ": \(reason)" : "")"
      )
    }
  }

  /// Nothing to close: the connections are the client's.
  public func close() {}

  private func stop(_ name: String, until end: MonotonicTime) async throws(SourceFailure) {
    let reply = try await call("supervisor.stopProcess", [.text(name), .flag(true)], until: end)
    guard case .fault(let code, let text) = reply else { return }
    guard code == Fault.notRunning else { throw rejection(code, text) }
    // NOT_RUNNING is also what a process answers that is still stopping for somebody else.
    while true {
      let info = try value(of: try await call("supervisor.getProcessInfo", [.text(name)], until: end))
      guard info["statename"]?.text == "STOPPING" else { return }
      await LoopActor.sleep(for: .milliseconds(200))
    }
  }

  private func processes() async throws(SourceFailure) -> [SupervisorProcess] {
    let end = LoopActor.now().monotonic + descriptor.deadline
    let reply = try value(of: try await call("supervisor.getAllProcessInfo", [], until: end))
    guard let list = reply.list else {
      throw SourceFailure(.unreadable, at: descriptor.address, detail: "no list of processes")
    }
    var processes = list.enumerated().map { SupervisorProcess($1, at: $0) }
    processes.removeAll { hidden.contains($0.name) || hidden.contains("\($0.group):\($0.name)") }
    var lives: [String: (pid: Int, start: Int)] = [:]
    for index in processes.indices where processes[index].isAlive {
      let process = processes[index]
      let name = "\(process.group):\(process.name)"
      // The same pid is the same process, whatever a clock says.
      if let life = self.lives[name], life.pid == process.pid { processes[index].lifeStart = life.start }
      lives[name] = (process.pid, processes[index].lifeStart)
    }
    self.lives = lives
    guard isLocal else { return processes }
    logFiles.take(Dictionary(processes.map { ("\($0.group):\($0.name)", $0.logFiles) }) { first, _ in first })
    // By its own clock: that of this machine may differ from the one that was told.
    let ages = Dictionary(
      processes.compactMap { process in process.uptime.map { (process.pid, Double($0)) } }
    ) { first, _ in first }
    let halted = await LoopActor.onThreadPool { LocalProcess.halted(of: ages) }
    for index in processes.indices { processes[index].isHalted = halted.contains(processes[index].pid) }
    return processes
  }

  func call(
    _ method: String,
    _ arguments: [XMLRPCValue],
    until end: MonotonicTime,
    cleaned: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
  ) async throws(SourceFailure) -> XMLRPCReply {
    let left = end - LoopActor.now().monotonic
    guard !Task.isCancelled else { throw SourceFailure(.cancelled, at: descriptor.address) }
    guard left > .zero else {
      throw SourceFailure(.timedOut, at: descriptor.address, detail: "before \(method)")
    }
    let document = XMLRPCCall(method: method, arguments: arguments).document
    var request = endpoint.request("POST", "/RPC2", body: document, deadline: left)
    request.headers = [("Content-Type", "text/xml")]
    request.credentials = credentials
    let response = try await client.send(request)
    if let failure = response.failure(at: descriptor.address) { throw failure }
    let body = response.body
    // The list of a large supervisor takes milliseconds: no key waits for it.
    let reply =
      body.count > 16 << 10
      ? await LoopActor.onThreadPool { Self.parse(cleaned(body)) } : Self.parse(cleaned(body))
    do {
      return try reply.get()
    } catch {
      throw SourceFailure(
        .unreadable,
        at: descriptor.address,
        detail: "line \(error.line): \(error.reason)"
      )
    }
  }

  private nonisolated static func parse(_ body: [UInt8]) -> Result<XMLRPCReply, XMLFailure> {
    do throws(XMLFailure) {
      return .success(try XMLRPCReply.parse(body))
    } catch {
      return .failure(error)
    }
  }

  func value(of reply: XMLRPCReply) throws(SourceFailure) -> XMLRPCValue {
    switch reply {
    case .value(let value): return value
    case .fault(let code, let text): throw rejection(code, text)
    }
  }

  private func rejection(_ code: Int, _ text: String) -> SourceFailure {
    SourceFailure(.rejected, at: descriptor.address, detail: "\(text) (fault \(code))")
  }
}
