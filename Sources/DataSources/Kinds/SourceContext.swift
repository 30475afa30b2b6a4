public import Facts

/// What a source is made with.
@LoopActor public struct SourceContext {
  /// The source's id.
  public let id: String
  /// The time between two polls.
  public let interval: Duration
  /// The time a poll may take.
  public let deadline: Duration
  /// The service that it reads: the one that names it as its probe, else the one of its name.
  public let service: String
  /// The services that can't work without that one.
  public let dependents: [String]
  /// The service whose liveness check asks this source; nil: none does.
  public let livenessService: String?
  /// Whether the service has a liveness check of its own.
  public let hasLiveness: Bool
  /// What stands before the names of the source's facts: its id, unless it is the first of its kind.
  public let qualifier: String?
  /// Limits that colour values.
  public let thresholds: ThresholdSettings
  /// What speaks HTTP, for all sources.
  public let client: HTTPClient
  /// What remembers refused logins; nil: nothing does.
  public let loginMemory: (any LoginMemory)?
  /// The least time between two calls of the API.
  public let apiSpacing: Duration
  let refreshInterval: Duration?
  let secrets: Connections.Secrets

  /// The value of a reference; nil if it could not be resolved.
  public func secret(_ reference: SecretReference?) -> Secret? {
    reference.flatMap(secrets)
  }

  /// The headers of the user's own as they are sent.
  func headers(_ settings: [HTTPHeaderSettings]) -> [HTTPCredentials.Header] {
    settings.resolved(secrets)
  }

  /// Who asks the server at an address, and what else it is told; nil: nobody in particular, or the secret isn't
  /// there.
  public func credentials(
    _ settings: HTTPCredentialSettings?,
    _ headers: [HTTPHeaderSettings] = [],
    at url: String
  ) -> HTTPCredentials? {
    guard let origin = WebOrigin(of: url) else { return nil }
    let headers = self.headers(headers)
    let scheme: HTTPCredentials.Scheme? =
      switch settings {
      case .basic(let user, let reference): secrets(reference).map { .basic(user: user, password: $0) }
      case .bearer(let reference): secrets(reference).map { .bearer($0) }
      case nil: headers.isEmpty ? nil : .headersOnly
      }
    return scheme.map { HTTPCredentials($0, headers: headers, for: origin) }
  }

  /// A probe is named for what it asks; that of a second source of one kind for the source, or the two would
  /// be one.
  public func probeName(_ kind: String) -> String {
    qualifier ?? kind
  }

  /// The time between two questions beside the polls, such as of a probe.
  public func interval(of standard: Duration) -> Duration {
    refreshInterval ?? standard
  }
}

/// What is made of one source's settings.
public struct MadeSource {
  /// What is polled.
  public var sources: [any Source] = []
  /// What goes through all others and is polled after them: what fails first has the word.
  public var lateSources: [any Source] = []
  /// The probes and the services that they speak for.
  public var probes: [(service: String, probe: Connections.Probe)] = []
  /// What acts and details can ask, by its type.
  public var offers: [any Sendable] = []
  /// What is closed beside the sources.
  public var onClose: [@LoopActor () -> Void] = []
  /// What is told to try a refused login once more when somebody asks.
  var standings: [LoginStanding] = []

  /// Makes nothing but what is polled.
  public init(_ sources: [any Source] = []) {
    self.sources = sources
  }

  /// Adds a deep probe, which speaks for its services; `isLate` goes through all other sources.
  ///
  /// `interval` is the source's own where the probe is all that is asked; nil: beside the polls.
  @LoopActor public mutating func add(
    _ probe: ServiceProbe,
    _ context: SourceContext,
    interval: Duration? = nil,
    deadline: Duration = .seconds(2),
    isLate: Bool = false,
    onClose: @escaping @LoopActor () -> Void = {}
  ) {
    let source = ProbeSource(
      probe,
      interval: interval ?? context.interval(of: .seconds(2)),
      deadline: deadline,
      onClose: onClose
    )
    if isLate { lateSources.append(source) } else { sources.append(source) }
    for service in probe.services {
      let entry = Connections.Probe(
        name: probe.name,
        fact: FactName("probe", service, probe.name),
        source: source.descriptor.id,
        isOwn: service == probe.services.first,
        order: isLate ? .throughAll : .server
      )
      probes.append((service, entry))
    }
  }

  /// Adds what asks a server of a kind on a connection of its own, for its service and those that need it.
  @LoopActor mutating func add(
    _ probe: any DeepProbe,
    of kind: String,
    at address: String,
    _ context: SourceContext
  ) {
    let asked = ServiceProbe(
      name: context.probeName(kind),
      shown: "\(probe.title) at \(address)",
      services: [context.service] + context.dependents,
      latencyOf: context.service
    ) { await probe.probe(deadline: .seconds(2)) }
    add(asked, context) { probe.close() }
  }
}
