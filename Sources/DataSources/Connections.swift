public import Facts

/// Everything that one environment's settings connect to: its sources, their probes, its runtime.
@LoopActor public final class Connections {
  /// What is polled.
  public private(set) var sources: [any Source] = []
  /// What will be polled once its secret is there: its facts, probes and services are known, and wait.
  public private(set) var waiting: [SourceDescriptor] = []
  /// What runs the services; nil without one.
  public private(set) var runtime: (any Runtime)?
  /// The Docker Engine, where it is the runtime: it tells by events when a poll is worth it.
  public private(set) var docker: DockerRuntime?
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
    /// What must go on for the fact to be proven; nil if its value proves itself.
    public var progress: Progress?
    /// How old the fact may be when its source is asked.
    public var lag = Duration.zero
    /// Its place among the probes of a service.
    var order = Order.server

    /// The numbers that show whether work goes on, told by the probe's source.
    public struct Progress: Sendable, Hashable {
      /// How much was done so far.
      public var done: FactName
      /// How much is left to do.
      public var left: FactName
    }

    /// What speaks for a service: the first has the word.
    enum Order: Comparable {
      case work, liveness, server, state, throughAll
    }
  }

  private let client = HTTPClient()
  private let environment: EnvironmentSettings
  private let settings: Settings
  private let secrets: Secrets
  /// Keeps the passwords and tokens of the settings out of everybody's words.
  private let known: KnownCredentials
  private let dockerContext: DockerContext
  private let memory: (any LoginMemory)?
  private let apiSpacing: Duration
  private var lateSources: [any Source] = []
  private var offers: [(source: String, offer: any Sendable)] = []
  private var onClose: [@LoopActor () -> Void] = []
  private var standings: [LoginStanding] = []

  /// The secrets of the settings, resolved before anything connects.
  public typealias Secrets = @Sendable (SecretReference) -> Secret?

  /// Connects nothing yet: the sources do at their first poll.
  ///
  /// `place` is where the files of a compose project are looked for; without it its CLI is never run.
  public init(
    _ environment: EnvironmentSettings,
    settings: Settings,
    secrets: @escaping Secrets,
    memory: (any LoginMemory)?,
    docker context: DockerContext = .usual,
    compose place: ComposeControl.Place? = nil,
    apiSpacing: Duration = .seconds(2)
  ) throws(SourceFailure) {
    self.environment = environment
    self.settings = settings
    self.secrets = secrets
    known = KnownCredentials(of: environment, secrets)
    self.memory = memory
    self.apiSpacing = apiSpacing
    dockerContext = context
    try addRuntime(at: place)
    for source in environment.sources { try add(source) }
    // Which runs the failed tasks belong to is the databases' knowledge.
    let results = offers(of: TaskResults.self, from: nil)
    if !results.isEmpty {
      for database in offers(of: PostgresSource.self, from: nil) {
        database.failedTasks = {
          var known: [TaskFailure] = []
          for result in results { known += await result.known() }
          return known
        }
      }
    }
    sources += lateSources
    try addLivenessChecks()
    for service in probes.keys { probes[service]?.sort { $0.order < $1.order } }
  }

  /// What a source, or the first that has such a thing to offer, offers; nil if it has none.
  public func offer<Offer>(_ type: Offer.Type, of source: String? = nil) -> Offer? {
    offers(of: type, from: source).first
  }

  /// All such things that a source, or any, has to offer.
  func offers<Offer>(of type: Offer.Type, from source: String?) -> [Offer] {
    offers.filter { source == nil || $0.source == source }.compactMap { $0.offer as? Offer }
  }

  /// What tells since when consumers are there, by the id of the queue's source.
  public var consumerReaders: [String: any QueueConsumerReader] {
    offers.reduce(into: [:]) { readers, entry in
      if let reader = entry.offer as? any QueueConsumerReader { readers[entry.source] = reader }
    }
  }

  /// What tells of datastores, by its source's id.
  public var datastores: [(source: String, reader: any DatastoreReader)] {
    offers.compactMap { entry in (entry.offer as? any DatastoreReader).map { (entry.source, $0) } }
  }

  /// The sources that have such a thing to offer.
  public func sources<Offer>(offering type: Offer.Type) -> [String] {
    offers.filter { $0.offer is Offer }.map(\.source)
  }

  /// Lets logins that were refused be tried once more at the next polls.
  public func forgetRefusals() {
    client.forgetRefusals()
    for standing in standings { standing.forgetRefusal() }
  }

  /// Closes all connections.
  public func close() {
    for source in sources { source.close() }
    for close in onClose { close() }
    client.close()
  }

  private func addRuntime(at place: ComposeControl.Place?) throws(SourceFailure) {
    switch environment.runtime {
    case .none: return
    case .command(let supervisor, let hide):
      runtime = SupervisorRuntime(
        endpoint: try ServerEndpoint(supervisor, name: "supervisor"),
        hide: hide,
        client: client,
        interval: settings.refreshInterval ?? .seconds(2)
      )
    case .kubernetes(let cluster):
      let kubernetes = KubernetesRuntime(
        cluster,
        interval: settings.refreshInterval ?? Self.kubernetesInterval
      )
      runtime = kubernetes
      offers.append((kubernetes.descriptor.id, KubernetesCredentials(kubernetes)))
      offers.append((kubernetes.descriptor.id, ShellTool(kubernetes: kubernetes)))
    case .compose(let project, let engine, let files):
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
        interval: settings.refreshInterval ?? .seconds(2)
      )
      runtime = docker
      self.docker = docker
      offers.append((docker.descriptor.id, ShellTool(docker: context)))
      if let place {
        let control = ComposeControl(project, files: files, engine: own, at: place, runtime: docker)
        offers.append((docker.descriptor.id, control))
        offers.append((docker.descriptor.id, ComposeCredentials(control)))
      }
    }
    if let runtime { sources.append(runtime) }
  }

  /// A call of kubectl costs as much processor time as a hundred polls of an engine.
  private static let kubernetesInterval = Duration.seconds(5)

  private func add(_ source: SourceDefinition) throws(SourceFailure) {
    let settings = source.settings
    let service = owner(of: source.id)
    let context = SourceContext(
      id: source.id,
      interval: source.interval ?? self.settings.refreshInterval ?? settings.defaultInterval,
      deadline: source.deadline ?? settings.defaultDeadline,
      service: service,
      dependents: dependents(of: service),
      livenessService: environment.services.first { $0.liveness?.source == source.id }?.name,
      hasLiveness: environment.service(service)?.liveness != nil,
      qualifier: environment.qualifier(of: source),
      thresholds: self.settings.thresholds,
      client: client,
      loginMemory: memory,
      apiSpacing: apiSpacing,
      refreshInterval: self.settings.refreshInterval,
      secrets: secrets
    )
    let made = try settings.make(context)
    for (service, probe) in made.probes { probes[service, default: []].append(probe) }
    guard !environment.waiting.contains(source.id) else {
      waiting += (made.sources + made.lateSources).map { made in
        var descriptor = made.descriptor
        descriptor.waitsFor = "its secret"
        return descriptor
      }
      return
    }
    // Probes and checks tell facts of services, whose names are their own.
    sources += made.sources.map { made -> any Source in
      context.qualifier != nil && made.descriptor.id == source.id ? QualifiedSource(made) : made
    }
    lateSources += made.lateSources
    offers += made.offers.map { (source.id, $0) }
    onClose += made.onClose
    standings += made.standings
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
      // A path of a source is asked as the source is, but without its login.
      let headers = liveness.source.flatMap(environment.source)?.settings.headers.resolved(secrets) ?? []
      let credentials =
        headers.isEmpty
        ? nil : WebOrigin(of: url).map { HTTPCredentials(.headersOnly, headers: headers, for: $0) }
      let check = LivenessSource(
        service: service.name,
        request: HTTPRequest("GET", url, credentials: credentials),
        expecting: .condition(condition),
        client: client,
        interval: settings.refreshInterval ?? .seconds(2)
      )
      sources.append(check)
      // The service's own check stands first: its word is the service's word.
      probes[service.name, default: []].append(
        Probe(
          name: "liveness",
          fact: FactName("service", service.name, "liveness"),
          source: check.descriptor.id,
          order: .liveness
        )
      )
    }
  }

  private func address(of liveness: LivenessSettings) throws(SourceFailure) -> String {
    if let url = liveness.url { return url }
    guard let base = liveness.source.flatMap(environment.source)?.settings.webAddress else {
      throw SourceFailure(
        .misconfigured,
        at: "liveness",
        detail: "no http source \(liveness.source ?? "")"
      )
    }
    return withoutSlash(base) + (liveness.path ?? "/")
  }

  /// The service that a source reads: the one that names it as its probe, else the one of its name.
  public func owner(of id: String) -> String {
    environment.services.first { $0.probe == id }?.name ?? id
  }

  /// The services that need another; workers are judged by their work, not by what they need.
  private func dependents(of service: String) -> [String] {
    let workers = environment.sources.compactMap(\.settings.worker)
    return environment.services(needing: service).filter { !workers.contains($0) }
  }
}
