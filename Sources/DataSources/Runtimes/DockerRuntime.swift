public import Facts

/// The services of one compose project, by the Docker Engine API.
///
/// The project's label is part of every question: no list is ever of all containers. Containers are
/// inspected when their entry in the list changes, when an event names them, and every 10 s.
@LoopActor public final class DockerRuntime: Runtime {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  /// How a person would say where it runs: `compose NAME`.
  public let title: String
  /// The compose project.
  public let project: String

  private struct Known {
    var container: DockerContainer
    var inspectedAt: MonotonicTime
  }

  private static let inspectEvery = Duration.seconds(10)
  private static let inspectedAtOnce = 4
  private static let pausesBeforeNextLooks: [Duration] = [.zero, .milliseconds(150)]
  /// So old an inspection still speaks for a container whose next one is late.
  private static let trustedFor = Duration.seconds(30)

  /// What is posted below a container for a verb, given the seconds that it has to end.
  public typealias Verbs = [RuntimeVerb: @Sendable (_ grace: Int) -> String]

  /// What the engine does to a container for the console's own actions.
  public static let standardVerbs: Verbs = [
    .restart: { "/restart?t=\($0)" }, .stop: { "/stop?t=\($0)" }, .start: { _ in "/start" },
  ]

  let engine: DockerEngine
  private let verbs: Verbs
  private let stats: DockerUsage
  private var isUsageWatched = false
  private let grace: Int
  private let restartDeadline: Duration
  private var known: [String: Known] = [:]
  /// The containers that something happened to since they were inspected, with the event's number.
  private var touched: [String: Int] = [:]
  private var touches = 0
  /// The containers that somebody was seen to stop, and nobody to start since.
  private var stopped: Set<String> = []
  /// The containers whose last inspection timed out: the others are inspected before them.
  private var late: Set<String> = []
  private var events: DockerEvents?

  /// Makes a runtime of the compose project `project` of the engine at `endpoint`; asks nothing yet.
  ///
  /// `place` names where the engine is, if it is not on this machine; `tunnel` leads there and is closed with
  /// the runtime. The client is the caller's to close. A restart gives a container `grace` seconds to end before
  /// the engine kills it; `restartDeadline` is for the whole of it.
  public init(
    id: String = "runtime",
    project: String,
    endpoint: ServerEndpoint,
    tunnel: DockerTunnel? = nil,
    place: String? = nil,
    client: HTTPClient,
    verbs: Verbs = DockerRuntime.standardVerbs,
    interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    grace: Int = 10,
    restartDeadline: Duration = .seconds(60)
  ) {
    self.project = project
    self.verbs = verbs
    self.grace = grace
    self.restartDeadline = restartDeadline
    title = "compose \(project)" + (place.map { " on \($0)" } ?? "")
    engine = DockerEngine(at: endpoint, tunnel: tunnel, client: client)
    stats = DockerUsage(engine: engine)
    descriptor = SourceDescriptor(
      id: id,
      kind: "Docker Engine",
      address: place ?? endpoint.description,
      interval: interval,
      deadline: deadline
    )
  }

  /// The project's containers, those of `compose run` left out, by service and number.
  ///
  /// A container whose inspection alone takes too long is told as the list has it, with that word.
  /// - Throws: `refused`, `forbidden` (the socket isn't ours), `timedOut`, `unreadable` and more.
  public func services() async throws(SourceFailure) -> [ServiceReading] {
    let end = LoopActor.now().monotonic + descriptor.deadline
    var containers = try await containers(until: end)
    // Most often it started or ended between the list and its inspection; the engine writes a state to its disk
    // before it lists it, which takes longer on a busy one.
    for pause in Self.pausesBeforeNextLooks {
      let doubtful = containers.filter { $0.contradiction != nil }
      guard !doubtful.isEmpty, LoopActor.now().monotonic + pause < end else { break }
      if pause > .zero { await LoopActor.sleep(for: pause) }
      for container in doubtful { touch(container.entry.Id) }
      do throws(SourceFailure) {
        containers = try await self.containers(until: end)
      } catch {
        // What was heard stands: the doubtful ones as that.
        guard Self.isOfOne(error) else { throw error }
        break
      }
    }
    let awaited = Set(containers.flatMap(\.entry.awaits))
    return containers.sorted(by: Self.precedes).map { $0.reading(awaited: awaited, stopped: stopped) }
  }

  /// What one list and the inspections that are due tell.
  private func containers(until end: MonotonicTime) async throws(SourceFailure) -> [DockerContainer] {
    let list = try await engine.get(listPath, as: [DockerListEntry].self, until: end)
    // The engine filters; what it must never be trusted with is another project's container.
    let all = list.filter { $0.belongs(to: project) }
    // What can't be read is told as that; the others stand.
    let (entries, unreadable) = (all.filter { $0.problem == nil }, all.filter { $0.problem != nil })
    if entries.isEmpty, let problem = unreadable.first?.problem {
      throw SourceFailure(.unreadable, at: descriptor.address, detail: problem)
    }
    let ids = Set(entries.map(\.Id))
    known = known.filter { ids.contains($0.key) }
    let now = LoopActor.now().monotonic
    let seen = touched
    let due = entries.filter { entry in
      guard let known = known[entry.Id], seen[entry.Id] == nil else { return true }
      return known.container.entry != entry || known.container.contradiction != nil
        || now - known.inspectedAt >= Self.inspectEvery
    }
    let order = due.filter { !late.contains($0.Id) } + due.filter { late.contains($0.Id) }
    var failures: [String: SourceFailure] = [:]
    for (id, result) in await inspect(order, until: end) {
      switch result {
      case .success(let container): known[id] = container.map { Known(container: $0, inspectedAt: now) }
      case .failure(let error): failures[id] = error
      }
    }
    late = Set(failures.keys)
    // What was inspected is kept: the next poll of an engine that is slow goes on where this one ended.
    if let failure = failures.values.first(where: { !Self.isOfOne($0) }) { throw failure }
    let containers = entries.compactMap { entry -> DockerContainer? in
      let known = known[entry.Id]
      guard let failure = failures[entry.Id] else { return known?.container }
      if let known, failure.code == .timedOut, seen[entry.Id] == nil,
        known.container.entry.State == entry.State, now - known.inspectedAt < Self.trustedFor
      {
        return known.container
      }
      return DockerContainer(entry: entry, known: known?.container.inspection, gap: failure.word)
    }
    // One that hangs is the container's trouble; all of them are the engine's.
    if let failure = failures.values.first, containers.allSatisfy({ $0.gap != nil }) { throw failure }
    // What an event touched while it was being inspected, or in vain, is inspected again.
    touched = touched.filter { seen[$0.key] != $0.value || failures[$0.key] != nil }
    let untold = unreadable.map { DockerContainer(entry: $0, known: nil, gap: $0.problem ?? "") }
    return containers + untold
  }

  /// One poll: the services, and the uptime and restarts of each.
  ///
  /// A service of several containers is as old as its youngest and restarted as often as all together.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let services = try await services()
    let now = LoopActor.now().wall
    let origin = Origin(source: descriptor.id, query: "GET \(shownListPath)")
    var observations: [Observation] = []
    var rest = services[...]
    while let name = rest.first?.name {
      let group = rest.prefix { $0.name == name }
      rest = rest.dropFirst(group.count)
      let started = group.compactMap(\.startedAt?.secondsSince1970).max()
      observations.append(
        Observation(
          FactName("service", name, "uptime"),
          started.map { .number(max(0, now.secondsSince1970 - $0)) },
          unit: .seconds,
          word: started != nil ? "" : group.contains(where: \.state.isUntold) ? "not known" : "not running",
          origin: origin
        )
      )
      let restarts = group.compactMap(\.restarts)
      observations.append(
        Observation(
          FactName("service", name, "restarts"),
          restarts.isEmpty || restarts.count < group.count
            ? nil : .number(restarts.reduce(0) { $0 + Double($1) }),
          origin: origin
        )
      )
    }
    return reading(
      of: services,
      observations,
      usage: isUsageWatched ? await usage(of: services) : nil,
      by: "GET /containers/…/stats?stream=1"
    )
  }

  /// Opens a stream a running container at the next poll, or closes all.
  public func watchUsage(_ isWatched: Bool) {
    isUsageWatched = isWatched
    if !isWatched { stats.close() }
  }

  /// The newest samples of the containers in which there is a process.
  public func usage(of services: [ServiceReading]) async -> [String: ServiceUsage] {
    guard isUsageWatched else { return [:] }
    let running = services.filter { $0.state == .running || $0.state == .paused || $0.state.isUntold }
    // What can't be read has no id to ask by.
    let ids = running.compactMap { try? containerID(of: $0) }
    return stats.samples(of: ids, at: LoopActor.now().monotonic)
  }

  /// The containers whose streams of usage are open.
  var openStreams: Set<String> { stats.open }

  /// The containers of `compose run` in which there is a process: nobody's service, and so among no services.
  func oneOffs() async throws(SourceFailure) -> [(service: String?, instance: String)] {
    let end = LoopActor.now().monotonic + descriptor.deadline
    return try await engine.get(listPath, as: [DockerListEntry].self, until: end)
      .filter { $0.isOneOff && $0.isOf(project) && $0.isAlive }
      .map { ($0.compose("service"), $0.instance) }
  }

  /// The names of those variables that have another value in the container than `wanted`, or none at all; nil if what
  /// it was given isn't known.
  func differing(_ wanted: [String: String], in service: ServiceReading) -> [String]? {
    guard let told = known[service.identity.id]?.container, told.gap == nil,
      let variables = told.inspection.variables
    else { return nil }
    return wanted.filter { variables[$0.key] != Fingerprint($0.value) }.map(\.key).sorted()
  }

  /// The engine's call, with the first 12 digits of the container's id.
  public func request(_ verb: RuntimeVerb, _ service: ServiceReading) -> RuntimeRequest? {
    path(verb, String(service.identity.id.prefix(12))).map { path in
      RuntimeRequest(verb, service, shown: "POST \(path)")
    }
  }

  /// Acts on the one container with this id; returns once the engine says that it is done.
  ///
  /// - Throws: `notFound` when the container is gone, `misconfigured` for an identity that is no
  ///   container id, `status` with the engine's words; `timedOut` leaves the outcome unknown.
  public func perform(_ request: RuntimeRequest) async throws(SourceFailure) {
    let service = request.service
    let id = try containerID(of: service)
    guard let path = path(request.verb, id) else {
      throw SourceFailure(.misconfigured, at: descriptor.address, detail: "it can't \(request.verb)")
    }
    let end = LoopActor.now().monotonic + max(restartDeadline, .seconds(grace + 5))
    defer { touch(id) }
    do {
      _ = try await engine.send("POST", path, until: end)
    } catch {
      // Somebody was faster: it is as it should be, and the proof looks whether that is so.
      if error.code == .status(304) { return }
      guard error.code == .notFound else { throw error }
      throw SourceFailure(
        .notFound,
        at: error.address,
        detail: "the container \(service.instance) (\(id.prefix(12))) is gone: \(error.detail)"
      )
    }
  }

  /// Listens to the engine's events of the project and calls `changed` whenever a poll is worth it.
  ///
  /// It is also called when the stream (re)opens: what happened before it would be missed otherwise.
  /// Reconnects by itself, with a growing delay, until ``close()``.
  public func watchEvents(_ changed: @escaping @LoopActor () -> Void) {
    events?.close()
    events = DockerEvents(engine: engine, project: project) { [weak self] events in
      for (id, isStopped) in events { self?.note(id, isStopped: isStopped) }
      changed()
    }
  }

  /// Stops listening to events; the connections are the client's.
  public func close() {
    events?.close()
    events = nil
    stats.close()
    engine.close()
  }

  private func note(_ id: String, isStopped: Bool?) {
    touch(id)
    switch isStopped {
    case true?: stopped.insert(id)
    case false?: stopped.remove(id)
    case nil: break
    }
  }

  private func touch(_ id: String) {
    touches += 1
    touched[id] = touches
  }

  private var listPath: String {
    "/containers/json?all=1&filters="
      + dockerFilters(["label": ["com.docker.compose.project=\(project)"]])
  }

  private var shownListPath: String {
    "/containers/json?all=1&filters={\"label\":[\"com.docker.compose.project=\(project)\"]}"
  }

  private func path(_ verb: RuntimeVerb, _ id: String) -> String? {
    verbs[verb].map { "/containers/\(id)\($0(grace))" }
  }

  /// The id that may stand in a path.
  func containerID(of service: ServiceReading) throws(SourceFailure) -> String {
    let id = service.identity.id
    guard isContainerID(id) else {
      throw SourceFailure(.misconfigured, at: descriptor.address, detail: "not a container's id: \(id)")
    }
    return id
  }

  /// Whether an inspection failed for a reason that may be this one container's.
  private static func isOfOne(_ failure: SourceFailure) -> Bool {
    failure.code == .timedOut || failure.code == .unreadable
  }

  private static func precedes(_ left: DockerContainer, _ right: DockerContainer) -> Bool {
    (left.serviceName, left.number ?? 0, left.instance)
      < (right.serviceName, right.number ?? 0, right.instance)
  }

  /// What inspecting one container gave, by its id; nil if it has gone meanwhile.
  private typealias Inspected = (id: String, result: Result<DockerContainer?, SourceFailure>)

  /// Inspects a few containers at a time.
  private func inspect(_ entries: [DockerListEntry], until end: MonotonicTime) async -> [Inspected] {
    await withTaskGroup(of: Inspected.self) { group in
      var results: [Inspected] = []
      var waiting = entries[...]
      for entry in waiting.prefix(Self.inspectedAtOnce) {
        group.addTask { (entry.Id, await self.inspect(entry, until: end)) }
      }
      waiting = waiting.dropFirst(Self.inspectedAtOnce)
      while let result = await group.next() {
        results.append(result)
        if let entry = waiting.popFirst() {
          group.addTask { (entry.Id, await self.inspect(entry, until: end)) }
        }
      }
      return results
    }
  }

  private func inspect(
    _ entry: DockerListEntry,
    until end: MonotonicTime
  ) async -> Result<DockerContainer?, SourceFailure> {
    do throws(SourceFailure) {
      let inspection = try await engine.get(
        "/containers/\(entry.Id)/json",
        as: DockerInspection.self,
        until: end
      )
      let isAnother = inspection.Id != entry.Id
      if let problem = isAnother ? "the inspection is of another container" : inspection.problem {
        throw SourceFailure(
          .unreadable,
          at: descriptor.address,
          detail: problem,
          told: "unreadable: \(problem)"
        )
      }
      return .success(DockerContainer(entry: entry, inspection: inspection))
    } catch {
      return error.code == .notFound ? .success(nil) : .failure(error)
    }
  }
}
