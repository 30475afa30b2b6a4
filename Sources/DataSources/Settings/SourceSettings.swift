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
}

/// The backend's HTTP API.
public struct HTTPEndpointSettings: Sendable, Equatable {
  /// The address before every path, without a slash at the end.
  public var base: String
  /// The login; nil: only what is open is read.
  public var login: LoginSettings?

  /// Makes an endpoint.
  public init(base: String, login: LoginSettings? = nil) {
    self.base = base
    self.login = login
  }
}

/// Who asks an HTTP server, by reference.
public enum HTTPCredentialSettings: Sendable, Equatable {
  /// HTTP Basic.
  case basic(user: String, password: SecretReference)
  /// A bearer token.
  case bearer(SecretReference)
}

/// A Prometheus-compatible store.
public struct PrometheusSettings: Sendable, Equatable {
  /// The address, without `/api/v1`.
  public var url: String
  /// Who asks; nil: nobody in particular.
  public var credentials: HTTPCredentialSettings?

  /// Makes a store's settings.
  public init(url: String, credentials: HTTPCredentialSettings? = nil) {
    self.url = url
    self.credentials = credentials
  }
}

/// An Alertmanager.
public struct AlertmanagerSettings: Sendable, Equatable {
  /// The address, without `/api/v2`.
  public var url: String
  /// Who asks; nil: nobody in particular.
  public var credentials: HTTPCredentialSettings?

  /// Makes an Alertmanager's settings.
  public init(url: String, credentials: HTTPCredentialSettings? = nil) {
    self.url = url
    self.credentials = credentials
  }
}

/// RabbitMQ's management API.
public struct RabbitMQSettings: Sendable, Equatable {
  /// The address of the management API, without `/api`.
  public var url: String
  /// The virtual host.
  public var vhost: String
  /// The queue that `queue.depth` is about.
  public var queue: String
  /// The user.
  public var user: String
  /// The password; nil: the broker's own default for `guest` is not assumed, nothing is sent.
  public var password: SecretReference?
  /// Patterns (`*`, `?`) of queues that are not told nor judged; the main queue always is.
  public var ignore: [String]

  /// Makes a broker's settings; vhost `/`, queue `celery`, user `guest` unless told.
  public init(
    url: String,
    vhost: String = "/",
    queue: String = "celery",
    user: String = "guest",
    password: SecretReference? = nil,
    ignore: [String] = []
  ) {
    self.url = url
    self.vhost = vhost
    self.queue = queue
    self.user = user
    self.password = password
    self.ignore = ignore
  }
}

/// A Postgres database, as libpq names it.
public struct PostgresSettings: Sendable, Equatable {
  /// The connection URI, without a password; nil: by `service`, else libpq's own environment.
  public var url: String?
  /// The name of a service in `pg_service.conf`; nil: none, but `PGSERVICE` still works.
  public var service: String?
  /// The password; nil: libpq looks into `PGPASSWORD` and `.pgpass` itself.
  public var password: SecretReference?

  /// Makes a database's settings.
  public init(url: String? = nil, service: String? = nil, password: SecretReference? = nil) {
    self.url = url
    self.service = service
    self.password = password
  }
}

/// A Redis server.
public struct RedisSettings: Sendable, Equatable {
  /// The address, `redis://[user@]host[:port][/database]` or `unix:///path`, without a password.
  public var url: String
  /// The password; nil: none is sent.
  public var password: SecretReference?

  /// Makes a server's settings.
  public init(url: String, password: SecretReference? = nil) {
    self.url = url
    self.password = password
  }
}

/// What a source is and where.
public enum SourceSettings: Sendable, Equatable {
  case http(HTTPEndpointSettings)
  case prometheus(PrometheusSettings)
  case alertmanager(AlertmanagerSettings)
  case rabbitmq(RabbitMQSettings)
  case postgres(PostgresSettings)
  case redis(RedisSettings)

  /// The word that stands after `type:`.
  public var type: String {
    switch self {
    case .http: "http"
    case .prometheus: "prometheus"
    case .alertmanager: "alertmanager"
    case .rabbitmq: "rabbitmq"
    case .postgres: "postgres"
    case .redis: "redis"
    }
  }

  /// The address as configured; nil for a Postgres that libpq's own environment finds.
  public var address: String? {
    switch self {
    case .http(let settings): settings.base
    case .prometheus(let settings): settings.url
    case .alertmanager(let settings): settings.url
    case .rabbitmq(let settings): settings.url
    case .postgres(let settings): settings.url
    case .redis(let settings): settings.url
    }
  }

  /// The time between two polls unless configured.
  public var defaultInterval: Duration {
    switch self {
    case .rabbitmq, .redis: .seconds(5)
    case .http, .prometheus, .alertmanager, .postgres: .seconds(10)
    }
  }

  /// The time a poll may take unless configured.
  public var defaultDeadline: Duration {
    switch self {
    case .rabbitmq, .redis: .seconds(2)
    case .http, .prometheus, .alertmanager, .postgres: .seconds(5)
    }
  }
}

/// One entry of `sources`: an id, what it is, and how often it is asked.
public struct SourceDefinition: Sendable, Equatable {
  /// The id, unique in its environment.
  public var id: String
  /// What it is and where.
  public var settings: SourceSettings
  /// The time between two polls; nil: the kind's own, see ``SourceSettings/defaultInterval``.
  public var interval: Duration?
  /// The time a poll may take; nil: the kind's own, see ``SourceSettings/defaultDeadline``.
  public var deadline: Duration?
  /// Whether a password may go to another machine without encryption.
  public var allowsCleartext = false
  /// Where it is written; nil when it was found, not written.
  public var location: Location?

  /// Makes a definition.
  public init(
    id: String,
    settings: SourceSettings,
    interval: Duration? = nil,
    deadline: Duration? = nil,
    location: Location? = nil
  ) {
    self.id = id
    self.settings = settings
    self.interval = interval
    self.deadline = deadline
    self.location = location
  }
}
