public import Facts

/// What runs the services.
public enum RuntimeSettings: Sendable, Equatable {
  /// A compose project, by the Docker Engine API. `engine` is `unix:///…`, nil: the usual socket;
  /// `files` are the compose files in merge order, empty: found from the working directory.
  case compose(project: String, engine: String?, files: [String])
  /// A supervisor: `unix:///…` of its XML-RPC socket; programs of `hide` are not shown.
  case command(supervisor: String, hide: [String])
  /// A namespace of a Kubernetes cluster, by kubectl.
  case kubernetes(KubernetesSettings)
  /// Nothing that the console could ask.
  case none

  /// The word that stands after `kind:`.
  public var kind: String {
    switch self {
    case .compose: "compose"
    case .command: "command"
    case .kubernetes: "kubernetes"
    case .none: "none"
    }
  }
}

/// How a service is asked whether it lives, beside its runtime's own health check.
public struct LivenessSettings: Sendable, Equatable {
  /// The id of the http source to ask; nil when `url` is given.
  public var source: String?
  /// The path below the source's base, or with `url` nil and `source` nil nothing at all.
  public var path: String?
  /// The whole address, instead of a source and path.
  public var url: String?
  /// The condition over `status`, `latency`, `header."x"` and `body.a.b`.
  public var when: String
  /// Where the condition is written; nil when it is the default.
  public var location: Location?

  /// Makes a liveness check; any 200 passes unless told.
  public init(
    source: String? = nil,
    path: String? = nil,
    url: String? = nil,
    when: String = "status == 200",
    location: Location? = nil
  ) {
    self.source = source
    self.path = path
    self.url = url
    self.when = when
    self.location = location
  }
}

/// What the console knows of one service beyond its runtime.
public struct ServiceSettings: Sendable, Equatable {
  /// The name in the runtime.
  public var name: String
  /// The danger class of restarting it: 1 mild, 2 disruptive.
  public var dangerClass: Int
  /// The liveness check; nil: none.
  public var liveness: LivenessSettings?
  /// The id of the source whose probe proves this service; nil: the source of the same id, if any.
  public var probe: String?
  /// The services it can't work without; nil: compose's `depends_on`.
  public var needs: [String]?
  /// The services whose probes are waited for after a restart of this one; nil: those that need it.
  public var then: [String]?
  /// Whether it is meant to end, so that "exited 0" is well; nil: where another service waits for its good end.
  public var isOneShot: Bool?

  /// Makes a service's settings; class 2 unless told.
  public init(
    name: String,
    dangerClass: Int = 2,
    liveness: LivenessSettings? = nil,
    probe: String? = nil,
    needs: [String]? = nil,
    then: [String]? = nil
  ) {
    self.name = name
    self.dangerClass = dangerClass
    self.liveness = liveness
    self.probe = probe
    self.needs = needs
    self.then = then
  }
}

/// One environment: a runtime, its sources and its services.
public struct EnvironmentSettings: Sendable, Equatable {
  /// The name, as `--env` takes it.
  public var name: String
  /// What the header shows; the name in capitals unless told.
  public var label: String
  /// The header's colour: a name of the eight or `#rrggbb`.
  public var color: String
  /// What runs the services.
  public var runtime: RuntimeSettings
  /// The sources, ids unique.
  public var sources: [SourceDefinition]
  /// The services, names unique.
  public var services: [ServiceSettings]
  /// Whether nothing may be changed, and that can't be lifted from inside.
  public var readOnly: Bool
  /// Whether it starts read-only; nil: assumed from the addresses, see ``isProduction``.
  public var production: Bool?
  /// The ids of the sources that can't be asked yet, since their secrets are still to come.
  public var waiting: Set<String> = []

  /// Makes an environment; blue, no runtime, nothing in it unless told.
  public init(
    name: String,
    label: String? = nil,
    color: String = "blue",
    runtime: RuntimeSettings = .none,
    sources: [SourceDefinition] = [],
    services: [ServiceSettings] = [],
    readOnly: Bool = false,
    production: Bool? = nil
  ) {
    self.name = name
    self.label = label ?? name.uppercased()
    self.color = color
    self.runtime = runtime
    self.sources = sources
    self.services = services
    self.readOnly = readOnly
    self.production = production
  }

  /// Whether the environment is treated as production: as told, else when anything is not on this machine.
  public var isProduction: Bool {
    production ?? !isLocal
  }

  /// Whether every source, liveness address and engine is on this machine.
  public var isLocal: Bool {
    // Of a server that a library finds by itself nobody here can tell that it is local.
    let addresses =
      sources.map { $0.settings.address ?? "" } + services.compactMap(\.liveness?.url) + runtimeAddresses
    return addresses.allSatisfy { SourceAddress($0)?.isLoopback ?? false }
  }

  /// The environment with the engine that it will really ask: that of docker's context where it names none
  /// itself.
  public func resolved(dockerHost: String?) -> EnvironmentSettings {
    guard case .compose(let project, let engine, let files) = runtime, engine ?? "" == "",
      let dockerHost, !dockerHost.isEmpty
    else { return self }
    var resolved = self
    resolved.runtime = .compose(project: project, engine: dockerHost, files: files)
    return resolved
  }

  private var runtimeAddresses: [String] {
    switch runtime {
    case .compose(_, let engine, _): engine.map { [$0] } ?? []
    case .command(let supervisor, _): [supervisor]
    // Wherever its API server is: what runs there is nobody's own machine.
    case .kubernetes(let settings): ["kubernetes:\(settings.context)"]
    case .none: []
    }
  }

  /// The source of that id; nil when there is none.
  public func source(_ id: String) -> SourceDefinition? {
    sources.first { $0.id == id }
  }

  /// The facts of its sources that are told as measures.
  public var measures: [FactName] {
    sources.flatMap { source in
      source.settings.measures.map { $0.qualified(by: qualifier(of: source)) }
    }
  }

  /// What stands before the names of a source's facts: its id, unless it is the first of its kind.
  public func qualifier(of source: SourceDefinition) -> String? {
    sources.first { $0.settings.type == source.settings.type }?.id == source.id ? nil : source.id
  }

  /// The service of that name; nil when nothing is configured for it.
  public func service(_ name: String) -> ServiceSettings? {
    services.first { $0.name == name }
  }

  /// The names of the services that say they can't work without that one.
  public func services(needing name: String) -> [String] {
    services.filter { $0.needs?.contains(name) ?? false }.map(\.name)
  }
}
