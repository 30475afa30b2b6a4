public import Facts

/// A Prometheus-compatible store.
public struct PrometheusSettings: SourceSettings {
  /// The address, without `/api/v1`.
  public var url: String
  /// Who asks; nil: nobody in particular.
  public var credentials: HTTPCredentialSettings?
  /// What else is sent with every question.
  public var headers: [HTTPHeaderSettings]

  /// Makes a store's settings.
  public init(
    url: String,
    credentials: HTTPCredentialSettings? = nil,
    headers: [HTTPHeaderSettings] = []
  ) {
    self.url = url
    self.credentials = credentials
    self.headers = headers
  }

  /// The word that stands after `type:`.
  public static let type = "prometheus"

  /// The keys.
  public static let schema = SchemaTable(
    blank: PrometheusSettings(url: ""),
    fields: [
      Field("url", \.url, .address(["http", "https"]), isRequired: true, "The address, without /api/v1."),
      Field(
        "credentials",
        optional: \.credentials,
        blank: .bearer(.environment("")),
        .credentials,
        "Who asks."
      ),
      Field("headers", \.headers, .headers, "Headers of its own, such as the tenant's `X-Scope-OrgID`."),
    ]
  )

  /// What it says of the queue, beside what the broker does.
  public var measures: [FactName] { ["prom.queue_depth"] }

  /// The address.
  public var address: String? { url }

  /// Makes the source, the check whether the server is alive, and a probe whether it scrapes anything.
  @LoopActor public func make(_ context: SourceContext) -> MadeSource {
    let credentials = context.credentials(credentials, headers, at: url)
    var made = MadeSource([
      PrometheusSource(
        id: context.id,
        base: url,
        credentials: credentials,
        client: context.client,
        interval: context.interval,
        deadline: context.deadline
      )
    ])
    made.addReadyCheck(of: "Prometheus", at: url, credentials, context)
    let fact: FactName = "prom.targets"
    let targets = Connections.Probe(
      name: "targets",
      fact: fact.qualified(by: context.qualifier),
      source: context.id
    )
    made.probes.append((context.service, targets))
    return made
  }
}

extension PrometheusSettings: DiscoverableSource {
  /// Words in the names of its images.
  public static let images = ["prometheus"]
  /// What the runbook uses.
  public static let usual: PrometheusSettings? = PrometheusSettings(url: "http://localhost:9090")

  /// Found by its port.
  public static func find(in service: ComposeService) -> SourceFinding? {
    service.webAddress(9090).map { SourceFinding(PrometheusSettings(url: $0)) }
  }
}

extension MadeSource {
  /// Prometheus and Alertmanager answer on the same path whether they are alive.
  @LoopActor mutating func addReadyCheck(
    of server: String,
    at url: String,
    _ credentials: HTTPCredentials?,
    _ context: SourceContext,
    interval: Duration? = nil,
    deadline: Duration = .seconds(2)
  ) {
    guard !context.hasLiveness else { return }
    let check = LivenessSource(
      service: context.service,
      request: HTTPRequest(
        "GET",
        withoutSlash(url) + "/-/healthy",
        credentials: credentials,
        deadline: deadline
      ),
      expecting: .healthy(server),
      client: context.client,
      interval: interval ?? context.interval(of: .seconds(2))
    )
    sources.append(check)
    let fact = FactName("service", context.service, "liveness")
    probes.append(
      (context.service, Connections.Probe(name: "liveness", fact: fact, source: check.descriptor.id))
    )
  }
}
