import DataSources
import Facts
import Operations
import Panels

/// One environment, open: its connections, polls and what acts on it.
///
/// The screen and the commands without one share it.
@LoopActor final class Session {
  /// What the session was opened with.
  struct Options: Sendable {
    /// The settings in effect.
    var settings: Settings
    /// The environment of them.
    var environment: EnvironmentSettings
    /// The process' environment variables.
    var variables: [String: String]
    /// Whether acts are allowed at the start.
    var writeMode: WriteMode
    /// Values of secret references, resolved before.
    var secrets: SecretStore
    /// The Docker Engine that is asked where the environment names none.
    var docker = DockerContext.usual
    /// The sources that are not asked before a command has printed their secret.
    var waiting: [SourceDefinition] = []
    /// What people should know of how the environment was found.
    var notes: [SafeText] = []
    /// The configuration file that the command line named; nil if it named none.
    var file: String?
    /// The directory that the console stands in; nil: the compose CLI is never run.
    var directory: String?
  }

  let options: Options
  let connections: Connections
  let audit: AuditLog
  private(set) var scheduler: SourceScheduler?
  private(set) var executor: Executor?
  /// What acts and runs of runbooks need of the environment; nil before ``start(asking:world:_:)``.
  private(set) var services: ActionServices?
  /// The journals of the runs of runbooks.
  let runs: RunJournal
  /// Who gives the terminal to a program for a while; nil where nobody looks.
  var terminal: (any TerminalLender)?
  /// Whether an expression of a command reads what services use.
  var readsUsage = false
  private let acknowledgements: AcknowledgementBook
  /// What is rotated, and the new values that somebody gives for it.
  let credentials: CredentialServices
  /// What is read of the console's own records.
  private let ownSources: [any Source]
  /// Where consoles of several hosts tell each other what they do; nil without Redis.
  private let board: SharedBoard?

  /// Makes the connections' objects; nothing connects before ``start(_:)``.
  init(_ options: Options) throws(SourceFailure) {
    self.options = options
    let directory = StateDirectory(environment: options.environment.name, variables: options.variables)
    let mask = options.secrets.mask(
      sparing: [options.environment.name] + options.environment.services.map(\.name)
    )
    audit = AuditLog(directory: directory, author: .current(variables: options.variables), mask: mask)
    runs = RunJournal(directory: directory, mask: mask)
    acknowledgements = AcknowledgementBook(
      directory: directory,
      author: .current(variables: options.variables)
    )
    credentials = CredentialServices(
      options.settings.credentials,
      book: RotationBook(directory: directory, author: .current(variables: options.variables))
    )
    connections = try Connections(
      options.environment,
      settings: options.settings,
      secrets: options.secrets.lookup,
      memory: FileLoginMemory(directory: directory),
      docker: options.docker,
      compose: options.directory.map { ComposeControl.Place(directory: $0, variables: options.variables) },
      apiSpacing: options.settings.gate.apiInterval
    )
    var own: [any Source] = [AuditSource(audit), AcknowledgementSource(acknowledgements)]
    board = connections.offer(SharedBoard.self)
    let runbooks = RunbookSource(
      RunbookFiles.places(options),
      journal: runs,
      catalog: ActionCatalog.standard.with(options.settings.actions)
    )
    own.append(runbooks)
    if let board { own.append(SharedTrailSource(board, environment: options.environment.name)) }
    if let keeper = connections.offer((any CredentialKeeper).self) {
      own.append(CredentialSource(credentials, keeper))
    }
    ownSources = own
  }

  /// Where stderr goes while the screen is on: a file of the state directory.
  func errorLog() -> String? {
    audit.directory.preparedFile("console.log")
  }

  /// What the screen calls this environment.
  var info: EnvironmentInfo {
    EnvironmentInfo(
      name: options.environment.name,
      label: options.environment.label,
      color: options.environment.color,
      project: project,
      runtime: connections.runtime?.title ?? "no runtime",
      hasRuntime: connections.runtime != nil,
      databases: connections.sources(offering: PostgresStatements.self),
      others: options.settings.environments.map(\.name),
      options: (options.file.map { ["--config", $0] } ?? [])
        + (options.settings.environments.count > 1 ? ["--env", options.environment.name] : [])
    )
  }

  private var project: String {
    guard case .compose(let project, _, _) = options.environment.runtime else { return "" }
    return project
  }

  /// What every service of the settings and probes is judged by.
  var profiles: [ServiceProfile] {
    var names = options.environment.services.map(\.name)
    for name in connections.probes.keys.sorted() where !names.contains(name) { names.append(name) }
    return names.map { name in
      let settings = options.environment.service(name)
      let probes = connections.probes[name] ?? []
      return ServiceProfile(
        name: name,
        needs: settings?.needs ?? [],
        then: settings?.then ?? options.environment.services(needing: name),
        dangerClass: settings?.dangerClass ?? 2,
        probes: probes.map { probe in
          ServiceProfile.Probe(
            probe.name,
            probe.fact,
            source: probe.source,
            isOwn: probe.isOwn,
            isCount: probe.isCount,
            progress: probe.progress.map { .init(done: $0.done, left: $0.left) },
            lag: probe.lag
          )
        },
        readers: Set(connections.sources.map(\.descriptor.id).filter { connections.owner(of: $0) == name }),
        isExpected: settings != nil,
        isOneShot: settings?.isOneShot
      )
    }
  }

  /// The console's own actions, and those of the configuration.
  var catalog: ActionCatalog { ActionCatalog.standard.with(options.settings.actions) }

  /// What can't be done in this environment at all, and why; nothing before ``start(asking:world:_:)``.
  var obstacles: [ActionID: SafeText] {
    guard let services else { return [:] }
    return catalog.obstacles(services)
  }

  /// All sources that can be asked.
  var descriptors: [SourceDescriptor] {
    (connections.sources + ownSources).map(\.descriptor) + connections.waiting
  }

  /// Whether a source feeds the probes of the service whose state a fact tells, or of what it needs.
  func feeds(_ source: String, stateOf name: FactName) -> Bool {
    let profiles = profiles
    var open = profiles.filter { FactName("service", $0.name, "state") == name }
    var seen: Set<String> = []
    while let profile = open.popLast() {
      guard seen.insert(profile.name).inserted else { continue }
      if profile.probeSources.contains(source) { return true }
      open += profiles.filter { profile.needs.contains($0.name) }
    }
    return false
  }

  /// A monitor that knows the session's sources, or some of them, and nothing yet.
  func makeMonitor(of descriptors: [SourceDescriptor]? = nil) -> Monitor {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: profiles, runtime: connections.runtime?.descriptor.id),
      alerts: alerts,
      escalation: options.settings.escalation,
      author: .current(variables: options.variables)
    )
    monitor.introduce(descriptors ?? self.descriptors)
    return monitor
  }

  /// Begins to poll all sources, or those `asked`; the reports of each turn of the loop go to `deliver`.
  ///
  /// `world` is what acts are planned from.
  func start(
    asking asked: Set<String>? = nil,
    world: @escaping @LoopActor @Sendable () -> World,
    _ deliver: @escaping @LoopActor ([SourceReport]) -> Void
  ) {
    let scheduler = SourceScheduler(deliver: deliver)
    self.scheduler = scheduler
    for source in connections.sources + ownSources where asked?.contains(source.descriptor.id) != false {
      scheduler.add(source)
    }
    watchUsage(false)
    // The engine says when something happened; the poll that follows says what.
    connections.docker?.watchEvents { [weak scheduler] in scheduler?.pollNow("runtime") }
    var services = ActionServices(
      environment: options.environment.name,
      profiles: profiles,
      runtime: connections.runtime,
      prober: scheduler,
      world: world,
      clock: LoopClock(),
      timing: ProofTiming(options.settings.gate),
      consumers: connections.consumerReaders,
      quickTest: quickTest,
      acknowledgements: acknowledgements,
      offers: connections,
      exports: ExportDirectory(audit.directory),
      terminal: terminal
    )
    services.credentials = credentials
    services.secretVariables = options.secrets.variables
    self.services = services
    let author = AuditAuthor.current(variables: options.variables)
    let locks = FileTargetLocks(directory: audit.directory, author: author)
    let name = options.environment.name
    executor = Executor(
      services: services,
      audit: board.map { SharedAudit(audit, board: $0, environment: name) } ?? audit,
      locks: board.map { SharedTargetLocks(locks, board: $0, environment: name, author: author) } ?? locks,
      mode: options.writeMode,
      catalog: catalog
    )
  }

  /// What a quick test needs; nil without an API.
  private var quickTest: QuickTestServices? {
    guard let session = connections.offer(BackendSession.self) else { return nil }
    let api = SessionQuickTestAPI(session, account: session.account)
    let reader: any ExecutionReader =
      connections.offer(PostgresClient.self).map { PostgresExecutionReader($0) } ?? APIExecutionReader(api)
    return QuickTestServices(
      recipe: options.settings.quickTest,
      api: api,
      reader: reader,
      touches: options.environment.sources.filter(\.settings.isChangedByTests).map(\.id)
    )
  }

  /// The acts that earlier consoles began and never ended; none if the audit can't be read.
  func openActs() async -> [AuditEntry] {
    (try? await audit.openActs()) ?? []
  }

  /// The rules as they hold in this environment.
  private var alerts: [AlertSettings] { options.environment.alerts(options.settings.alerts) }

  /// Measures what services use while somebody looks or an expression reads it.
  func watchUsage(_ isLookedAt: Bool) {
    guard let runtime = connections.runtime else { return }
    let rules = alerts.flatMap { alert in
      [try? Rule(parsing: alert.when).condition, alert.clear.flatMap { try? Condition(parsing: $0) }]
    }
    let isRead = readsUsage || rules.contains { $0.map(ServiceUsage.isRead) ?? false }
    runtime.watchUsage(isLookedAt || isRead)
    if isLookedAt { scheduler?.pollNow(runtime.descriptor.id) }
  }

  /// What is told of a row beyond its line, read now by who tells of its kind.
  func detail(of item: PanelItem, in world: World) async -> Result<any Snapshot, SourceFailure> {
    let target = ActionTarget(item.kind, row: item.id, name: item.name, title: item.title, in: world)
    return await connections.detail(
      of: DetailSubject(item.kind, name: item.name, source: item.source, identity: target?.identity),
      in: world
    )
  }

  /// The variables for which new values can be given at a service, or of a credential; none is kept from before.
  func credentialFields(of target: ActionTarget) async -> Result<[CredentialAsking.Field], Refusal> {
    credentials.forget()
    do throws(Refusal) {
      let keeper = connections.offer((any CredentialKeeper).self)
      let names = try await credentials.variables(meant: target.subject, keeper)
      return .success(names.map { CredentialAsking.Field(name: $0, isVisible: credentials.isVisible($0)) })
    } catch {
      return .failure(error)
    }
  }

  /// Asks all sources now, with logins that were refused, too.
  func refresh() {
    connections.forgetRefusals()
    scheduler?.pollNow()
  }

  /// Ends polls and connections.
  func close() {
    scheduler?.close()
    scheduler = nil
    connections.close()
  }
}
