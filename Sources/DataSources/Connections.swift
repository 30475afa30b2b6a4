public import Facts

/// Everything that one environment's settings connect to: sources, runtime and the backend's API.
///
/// To add a source: a file with its type, and one line here.
@LoopActor public final class Connections {
  /// What is polled.
  public private(set) var sources: [any Source] = []
  /// What runs the services; nil without one.
  public private(set) var runtime: (any Runtime)?
  /// The backend's API; nil without an `http` source.
  public private(set) var session: BackendSession?
  /// The Docker Engine, where it is the runtime: it tells by events when a poll is worth it.
  public private(set) var docker: DockerRuntime?
  /// The database's runs and details; nil without a `postgres` source.
  public private(set) var database: PostgresSource?
  /// A connection of its own for what acts look up; nil without a `postgres` source.
  public private(set) var lookups: PostgresClient?
  /// The account that the API is asked as; nil without a login.
  public private(set) var account: String?
  /// The probes of each service, by the names shown.
  public private(set) var probes: [String: [Probe]] = [:]

  /// One probe of a service.
  public struct Probe: Sendable, Hashable {
    /// The name shown.
    public var name: String
    /// The fact that tells whether it passes.
    public var fact: FactName
    /// The id of the source that feeds the fact.
    public var source: String
    /// Whether it asks the service itself; else it asks one that the service needs, and proves nothing of it.
    public var isOwn = true
    /// Whether the fact is a number that an act must not lessen.
    public var isCount = false
    /// How old the fact may be when its source is asked.
    public var lag = Duration.zero
  }

  private let client = HTTPClient()
  private let environment: EnvironmentSettings
  private let settings: Settings
  private let secrets: Secrets
  private let dockerContext: DockerContext

  /// The secrets of the settings, resolved before anything connects.
  public typealias Secrets = @Sendable (SecretReference) -> Secret?

  /// Connects nothing yet: the sources do at their first poll.
  public init(
    _ environment: EnvironmentSettings,
    settings: Settings,
    secrets: @escaping Secrets,
    memory: (any LoginMemory)?,
    docker context: DockerContext = .usual,
    apiSpacing: Duration = .seconds(2)
  ) throws(SourceFailure) {
    self.environment = environment
    self.settings = settings
    self.secrets = secrets
    dockerContext = context
    try addRuntime()
    for source in environment.sources { try add(source, memory, apiSpacing) }
    addCanary()
    try addLivenessChecks()
    addWorkerProbe()
  }

  /// Closes all connections.
  public func close() {
    for source in sources { source.close() }
    lookups?.close()
    client.close()
  }

  private func addRuntime() throws(SourceFailure) {
    switch environment.runtime {
    case .none: return
    case .command(let supervisor, let hide):
      runtime = SupervisorRuntime(
        endpoint: try ServerEndpoint(supervisor, name: "supervisor"),
        hide: hide,
        client: client,
        interval: interval(nil, .seconds(2))
      )
    case .compose(let project, let engine, _):
      // An engine that the configuration names is no context of docker's.
      let own = engine.flatMap { $0.isEmpty || $0 == dockerContext.address ? nil : $0 }
      let context = own.map { DockerContext(address: $0) } ?? dockerContext
      let (endpoint, tunnel) = try DockerEngine.reach(context)
      let docker = DockerRuntime(
        project: project,
        endpoint: endpoint,
        tunnel: tunnel,
        place: context.place,
        client: client,
        interval: interval(nil, .seconds(2))
      )
      runtime = docker
      self.docker = docker
    }
    if let runtime { sources.append(runtime) }
  }

  private func add(
    _ source: SourceDefinition,
    _ memory: (any LoginMemory)?,
    _ apiSpacing: Duration
  ) throws(SourceFailure) {
    let id = source.id
    let every = interval(source.interval, source.settings.defaultInterval)
    let deadline = source.deadline ?? source.settings.defaultDeadline
    switch source.settings {
    case .http(let api):
      addBackend(api, memory, apiSpacing)
    case .prometheus(let prometheus):
      sources.append(
        PrometheusSource(
          id: id,
          base: prometheus.url,
          credentials: credentials(prometheus.credentials, prometheus.url),
          client: client,
          interval: every,
          deadline: deadline
        )
      )
      addReadyCheck(
        of: "Prometheus",
        service: owner(of: id),
        url: prometheus.url,
        credentials(prometheus.credentials, prometheus.url)
      )
      probes[owner(of: id), default: []].append(
        Probe(name: "targets", fact: "prom.targets", source: id)
      )
    case .alertmanager(let alertmanager):
      addReadyCheck(
        of: "Alertmanager",
        service: owner(of: id),
        url: alertmanager.url,
        credentials(alertmanager.credentials, alertmanager.url)
      )
    case .rabbitmq(let rabbit):
      let credentials = credentials(
        rabbit.password.map { .basic(user: rabbit.user, password: $0) },
        rabbit.url
      )
      sources.append(
        RabbitMQSource(
          id: id,
          base: rabbit.url,
          vhost: rabbit.vhost,
          mainQueue: rabbit.queue,
          credentials: credentials,
          ignored: rabbit.ignore,
          stalledAfter: settings.thresholds.queuesStalledAfter,
          client: client,
          interval: every,
          deadline: deadline
        )
      )
      addProbe(
        .rabbitMQ(
          base: rabbit.url,
          credentials: credentials,
          services: users(of: id),
          latencyOf: owner(of: id),
          client: client
        )
      )
    case .postgres(let postgres):
      try addPostgres(id, postgres, every, deadline)
    case .redis(let redis):
      try addRedis(id, redis, every, deadline)
    }
  }

  private func addPostgres(
    _ id: String,
    _ postgres: PostgresSettings,
    _ every: Duration,
    _ deadline: Duration
  ) throws(SourceFailure) {
    let address = postgres.url ?? "postgresql:///?service=\(postgres.service ?? "")"
    let password = postgres.password.flatMap(secrets)
    let options = try PostgresOptions(address: address, password: password)
    var thresholds = PostgresSource.Thresholds()
    thresholds.confidence = settings.thresholds.validationThreshold
    thresholds.stuckAfter = settings.thresholds.runsStuckAfter
    thresholds.slow = settings.thresholds.providerSlow
    thresholds.tests = settings.thresholds.tests
    let source = PostgresSource(
      id: id,
      options,
      thresholds: thresholds,
      interval: every,
      deadline: deadline
    )
    sources.append(source)
    database = source
    lookups = PostgresClient(options)
    // A connection of its own: a long query must not make the probe wait.
    let probe = PostgresProbe(options)
    addProbe(
      ServiceProbe(
        name: probeName("postgres", id),
        shown: "SELECT 1 at \(options.address)",
        services: users(of: id),
        latencyOf: owner(of: id)
      ) { await probe.probe(deadline: .seconds(2)) }
    ) { probe.close() }
  }

  private func addRedis(
    _ id: String,
    _ redis: RedisSettings,
    _ every: Duration,
    _ deadline: Duration
  ) throws(SourceFailure) {
    let options = try RedisOptions(address: redis.url, password: redis.password.flatMap(secrets))
    sources.append(RedisSource(id: id, options, interval: every, deadline: deadline))
    let probe = RedisProbe(options)
    addProbe(
      ServiceProbe(
        name: probeName("redis", id),
        shown: "PING at \(options.address)",
        services: users(of: id),
        latencyOf: owner(of: id)
      ) { await probe.probe(deadline: .seconds(2)) }
    ) { probe.close() }
  }

  private func addBackend(
    _ api: HTTPEndpointSettings,
    _ memory: (any LoginMemory)?,
    _ spacing: Duration
  ) {
    var login: BackendLogin?
    if let settings = api.login, let password = secrets(settings.password) {
      let email: String? =
        switch settings.email {
        case .text(let text): text
        case .reference(let reference): secrets(reference)?.reveal { $0 }
        }
      account = email
      login = email.map { BackendLogin(email: $0, password: password, path: settings.path) }
    }
    let session = BackendSession(
      base: api.base,
      login: login,
      memory: memory,
      client: client,
      spacing: spacing
    )
    self.session = session
  }

  /// The canary goes through all of the above, so it stands after them: what fails first has the word.
  private func addCanary() {
    guard let session else { return }
    addProbe(
      .canary(session: session, services: [backendService]),
      interval: .seconds(10),
      deadline: .seconds(5)
    )
  }

  private func addLivenessChecks() throws(SourceFailure) {
    for service in environment.services {
      guard let liveness = service.liveness else { continue }
      let url = try address(of: liveness)
      let condition: Condition
      do throws(ExpressionError) {
        condition = try Condition(parsing: liveness.when)
      } catch {
        throw SourceFailure(.misconfigured, at: "services.\(service.name).liveness", detail: error.message)
      }
      let check = LivenessSource(
        service: service.name,
        request: HTTPRequest("GET", url),
        expecting: .condition(condition),
        client: client,
        interval: interval(nil, .seconds(2))
      )
      sources.append(check)
      // The service's own check stands first: its word is the service's word.
      probes[service.name, default: []].insert(
        Probe(
          name: "liveness",
          fact: FactName("service", service.name, "liveness"),
          source: check.descriptor.id
        ),
        at: 0
      )
    }
  }

  private func address(of liveness: LivenessSettings) throws(SourceFailure) -> String {
    if let url = liveness.url { return url }
    guard case .http(let api)? = liveness.source.flatMap(environment.source)?.settings else {
      throw SourceFailure(
        .misconfigured,
        at: "liveness",
        detail: "no http source \(liveness.source ?? "")"
      )
    }
    return withoutSlash(api.base) + (liveness.path ?? "/")
  }

  /// Prometheus and Alertmanager answer on the same path whether they are alive.
  private func addReadyCheck(
    of server: String,
    service: String,
    url: String,
    _ credentials: HTTPCredentials?
  ) {
    guard environment.service(service)?.liveness == nil else { return }
    let check = LivenessSource(
      service: service,
      request: HTTPRequest("GET", withoutSlash(url) + "/-/healthy", credentials: credentials),
      expecting: .healthy(server),
      client: client,
      interval: interval(nil, .seconds(2))
    )
    sources.append(check)
    probes[service, default: []].append(
      Probe(name: "liveness", fact: FactName("service", service, "liveness"), source: check.descriptor.id)
    )
  }

  /// A probe is named for what it asks; a second of one kind for its source, or the two would be one.
  private func probeName(_ kind: String, _ id: String) -> String {
    let isTaken = sources.contains { $0.descriptor.id == "probe.\(kind)" }
    return isTaken ? id : kind
  }

  private func addProbe(
    _ probe: ServiceProbe,
    interval every: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    onClose: @escaping @LoopActor () -> Void = {}
  ) {
    let source = ProbeSource(
      probe,
      interval: interval(nil, every),
      deadline: deadline,
      onClose: onClose
    )
    sources.append(source)
    for service in probe.services {
      probes[service, default: []].append(
        Probe(
          name: probe.name,
          fact: FactName("probe", service, probe.name),
          source: source.descriptor.id,
          isOwn: service == probe.services.first
        )
      )
    }
  }

  /// A worker is alive as long as its queue has consumers, and works as long as they acknowledge what waits;
  /// asking it itself publishes a message.
  private func addWorkerProbe() {
    for source in environment.sources {
      guard case .rabbitmq(let rabbit) = source.settings else { continue }
      let worker = "\(rabbit.queue)-worker"
      guard environment.service(worker) != nil else { continue }
      let queue = [
        Probe(
          name: "consumers",
          fact: FactName("queue", rabbit.queue, "consumers"),
          source: source.id,
          isCount: true,
          lag: RabbitMQSource.statisticsLag
        ),
        Probe(
          name: "queue",
          fact: FactName("queue", rabbit.queue, "consuming"),
          source: source.id,
          lag: RabbitMQSource.statisticsLag
        ),
      ]
      probes[worker, default: []].insert(contentsOf: queue, at: 0)
    }
  }

  /// The service that a source reads: the one that names it as its probe, else the one of its name.
  public func owner(of id: String) -> String {
    environment.services.first { $0.probe == id }?.name ?? id
  }

  /// The service that a source reads, and those that need it.
  private func users(of id: String) -> [String] {
    let owner = owner(of: id)
    return [owner]
      + environment.services.filter { $0.needs?.contains(owner) ?? false }.map(\.name)
      .filter { !$0.hasSuffix("-worker") }
  }

  /// The service whose liveness asks the API, else `backend`.
  private var backendService: String {
    environment.services.first { service in
      guard let source = service.liveness?.source else { return false }
      if case .http? = environment.source(source)?.settings { return true }
      return false
    }?.name ?? "backend"
  }

  private func credentials(
    _ settings: HTTPCredentialSettings?,
    _ url: String
  ) -> HTTPCredentials? {
    guard let settings, let origin = WebOrigin(of: url) else { return nil }
    switch settings {
    case .basic(let user, let reference):
      return secrets(reference).map { HTTPCredentials(.basic(user: user, password: $0), for: origin) }
    case .bearer(let reference):
      return secrets(reference).map { HTTPCredentials(.bearer($0), for: origin) }
    }
  }

  private func interval(_ own: Duration?, _ standard: Duration) -> Duration {
    own ?? settings.refreshInterval ?? standard
  }
}
