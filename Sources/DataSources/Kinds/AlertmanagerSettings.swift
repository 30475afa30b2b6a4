/// An Alertmanager.
public struct AlertmanagerSettings: SourceSettings {
  /// The address, without `/api/v2`.
  public var url: String
  /// Who asks; nil: nobody in particular.
  public var credentials: HTTPCredentialSettings?
  /// What else is sent with every question.
  public var headers: [HTTPHeaderSettings]

  /// Makes an Alertmanager's settings.
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
  public static let type = "alertmanager"

  /// The keys.
  public static let schema = SchemaTable(
    blank: AlertmanagerSettings(url: ""),
    fields: [
      Field("url", \.url, .address(["http", "https"]), isRequired: true, "The address, without /api/v2."),
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

  /// It is asked nothing but whether it is alive.
  public static var defaultInterval: Duration { .seconds(2) }
  /// As long as any liveness check.
  public static var defaultDeadline: Duration { .seconds(2) }

  /// The address.
  public var address: String? { url }

  /// Makes the check whether the server is alive.
  @LoopActor public func make(_ context: SourceContext) -> MadeSource {
    var made = MadeSource()
    made.addReadyCheck(
      of: "Alertmanager",
      at: url,
      context.credentials(credentials, headers, at: url),
      context,
      interval: context.interval,
      deadline: context.deadline
    )
    return made
  }
}

extension AlertmanagerSettings: DiscoverableSource {
  /// Words in the names of its images.
  public static let images = ["alertmanager"]
  /// What the runbook uses.
  public static let usual: AlertmanagerSettings? = AlertmanagerSettings(url: "http://localhost:9093")

  /// Found by its port.
  public static func find(in service: ComposeService) -> SourceFinding? {
    service.webAddress(9093).map { SourceFinding(AlertmanagerSettings(url: $0)) }
  }
}
