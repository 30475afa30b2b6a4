internal import Facts

/// How the API's token is had: `POST path` with the email and password.
public struct LoginSettings: Sendable, Equatable {
  /// The email, itself or by reference.
  public var email: TextOrReference
  /// The password.
  public var password: SecretReference
  /// The path of the login route.
  public var path: String

  /// Makes a login; the path is the framework's own unless told.
  public init(
    email: TextOrReference,
    password: SecretReference,
    path: String = "/api/v1/auth/login"
  ) {
    self.email = email
    self.password = password
    self.path = path
  }

  fileprivate static let blank = LoginSettings(email: .text(""), password: .environment(""))

  fileprivate static let schema = SchemaTable(
    blank: blank,
    fields: [
      Field("email", \.email, .textOrReference, isRequired: true, "The email, itself or by reference."),
      Field("password", \.password, .secret, isRequired: true, "The password, by reference."),
      Field("path", \.path, .text, "The path of the login route."),
    ]
  )
}

/// The backend's HTTP API.
public struct HTTPEndpointSettings: SourceSettings {
  /// The address before every path, without a slash at the end.
  public var base: String
  /// The login; nil: only what is open is read.
  public var login: LoginSettings?
  /// What is sent with every call.
  public var headers: [HTTPHeaderSettings]

  /// Makes an endpoint.
  public init(base: String, login: LoginSettings? = nil, headers: [HTTPHeaderSettings] = []) {
    self.base = base
    self.login = login
    self.headers = headers
  }

  /// The word that stands after `type:`.
  public static let type = "http"
  /// The key of the address.
  public static let addressKey = "base"

  /// The keys.
  public static let schema = SchemaTable(
    blank: HTTPEndpointSettings(base: ""),
    fields: [
      Field("base", \.base, .address(["http", "https"]), isRequired: true, "The address before every path."),
      Field(
        "login",
        optional: \.login,
        blank: .blank,
        .table(LoginSettings.schema),
        "The login; without it only what is open is read."
      ),
      Field("headers", \.headers, .headers, "Headers of its own, such as a gateway's key."),
    ]
  )

  /// The address before every path.
  public var address: String? { base }
  /// The same: any path may be asked.
  public var webAddress: String? { base }

  /// Without its login: what is open is read all the same.
  public var withoutSecrets: HTTPEndpointSettings? {
    HTTPEndpointSettings(base: base, headers: headers.open)
  }

  /// Makes the session and the canary, which goes through all that the backend needs.
  @LoopActor public func make(_ context: SourceContext) -> MadeSource {
    var login: BackendLogin?
    if let settings = self.login, let password = context.secret(settings.password) {
      let email: String? =
        switch settings.email {
        case .text(let text): text
        case .reference(let reference): context.secret(reference)?.reveal { $0 }
        }
      login = email.map { BackendLogin(email: $0, password: password, path: settings.path) }
    }
    let session = BackendSession(
      base: base,
      login: login,
      memory: context.loginMemory,
      client: context.client,
      headers: context.headers(headers),
      spacing: context.apiSpacing
    )
    var made = MadeSource()
    made.offers = [session]
    var canary = ServiceProbe.canary(
      session: session,
      services: [context.livenessService ?? context.service],
      deadline: context.deadline
    )
    canary.name = context.probeName(canary.name)
    made.add(canary, context, interval: context.interval, deadline: context.deadline, isLate: true)
    return made
  }
}

extension HTTPEndpointSettings: DiscoverableSource {
  /// The id of the first that is found.
  public static let foundID = "api"
  /// It is built, so that no image tells.
  public static let images: [String] = []
  /// The path by which a backend is asked whether it lives.
  public static let livenessPath: String? = "/health"
  /// What the runbook uses.
  public static let usual: HTTPEndpointSettings? = HTTPEndpointSettings(base: "http://localhost:8000")

  /// By its name or by the usual port, whatever its image is called.
  public static func claim(on service: ComposeService) -> ComposeClaim? {
    if service.name == "backend" { return .name }
    return service.published(8000) == nil ? nil : .port
  }

  /// Any published port will do.
  public static func find(in service: ComposeService) -> SourceFinding? {
    (service.published(8000) ?? service.ports.first).map {
      SourceFinding(HTTPEndpointSettings(base: $0.webAddress))
    }
  }
}
