import DataSources

/// The keys of `sources`.
enum SourceSchema {
  private typealias Definition = SourceDefinition

  /// A source: its `type` chooses the keys.
  static let definition = ValueType<SourceDefinition>.union(
    "type",
    [
      ("http", table(.http(HTTPEndpointSettings(base: "")), http)),
      ("prometheus", table(.prometheus(PrometheusSettings(url: "")), prometheus)),
      ("alertmanager", table(.alertmanager(AlertmanagerSettings(url: "")), alertmanager)),
      ("rabbitmq", table(.rabbitmq(RabbitMQSettings(url: "")), rabbitmq)),
      ("postgres", table(.postgres(PostgresSettings()), postgres)),
      ("redis", table(.redis(RedisSettings(url: "")), redis)),
    ],
    word: \.settings.type,
    begin: { $0.settings = $1.settings }
  )

  private static func table(_ blank: SourceSettings, _ fields: [Field<Definition>]) -> SchemaTable<Definition>
  {
    SchemaTable(blank: SourceDefinition(id: "", settings: blank), fields: fields + common)
  }

  private static let common: [Field<Definition>] = [
    Field("interval", optional: \.interval, blank: .zero, .interval, "The time between two polls."),
    Field("deadline", optional: \.deadline, blank: .zero, .duration, "The time a poll may take."),
    Field(
      "allow_cleartext",
      \.allowsCleartext,
      .flag,
      "Whether a password may go to another machine without encryption; from your own configuration only."
    ),
  ]

  private static let webSchemes = ["http", "https"]

  private static let http: [Field<Definition>] = [
    Field("base", \.http.base, .address(webSchemes), isRequired: true, "The address before every path."),
    Field(
      "login",
      optional: \.http.login,
      blank: LoginSettings(email: .text(""), password: .environment("")),
      .table(login),
      "The login; without it only what is open is read."
    ),
  ]

  private static let login = SchemaTable(
    blank: LoginSettings(email: .text(""), password: .environment("")),
    fields: [
      Field("email", \.email, .textOrReference, isRequired: true, "The email, itself or by reference."),
      Field("password", \.password, .secret, isRequired: true, "The password, by reference."),
      Field("path", \.path, .text, "The path of the login route."),
    ]
  )

  private static let prometheus: [Field<Definition>] = [
    Field("url", \.prometheus.url, .address(webSchemes), isRequired: true, "The address, without /api/v1."),
    Field(
      "credentials",
      optional: \.prometheus.credentials,
      blank: .bearer(.environment("")),
      .credentials,
      "Who asks."
    ),
  ]

  private static let alertmanager: [Field<Definition>] = [
    Field("url", \.alertmanager.url, .address(webSchemes), isRequired: true, "The address, without /api/v2."),
    Field(
      "credentials",
      optional: \.alertmanager.credentials,
      blank: .bearer(.environment("")),
      .credentials,
      "Who asks."
    ),
  ]

  private static let rabbitmq: [Field<Definition>] = [
    Field("url", \.rabbitmq.url, .address(webSchemes), isRequired: true, "The management API, without /api."),
    Field("vhost", \.rabbitmq.vhost, .text, "The virtual host."),
    Field("queue", \.rabbitmq.queue, .text, "The queue that `queue.depth` is about."),
    Field("user", \.rabbitmq.user, .text, "The user."),
    Field("ignore", \.rabbitmq.ignore, .texts, "Patterns of queues that are not judged, such as `audit.*`."),
    Field(
      "password",
      optional: \.rabbitmq.password,
      blank: .environment(""),
      .secret,
      "The password, by reference."
    ),
  ]

  private static let postgres: [Field<Definition>] = [
    Field(
      "url",
      optional: \.postgres.url,
      blank: "",
      .address(["postgresql", "postgres"]),
      "The connection address; without it `service`, else libpq's environment."
    ),
    Field(
      "service",
      optional: \.postgres.service,
      blank: "",
      .text,
      "A service of pg_service.conf."
    ),
    Field(
      "password",
      optional: \.postgres.password,
      blank: .environment(""),
      .secret,
      "The password, by reference; without it libpq looks into PGPASSWORD and .pgpass."
    ),
  ]

  private static let redis: [Field<Definition>] = [
    Field(
      "url",
      \.redis.url,
      .address(["redis", "rediss", "unix"]),
      isRequired: true,
      "The address, redis://host:port/database."
    ),
    Field(
      "password",
      optional: \.redis.password,
      blank: .environment(""),
      .secret,
      "The password, by reference."
    ),
  ]
}

// The settings of each kind as a property, so that the schema can name them by key path. Reading one of
// another kind gives a blank; writing one makes the source of that kind.
extension SourceDefinition {
  fileprivate var http: HTTPEndpointSettings {
    get { if case .http(let settings) = settings { settings } else { HTTPEndpointSettings(base: "") } }
    set { settings = .http(newValue) }
  }

  fileprivate var prometheus: PrometheusSettings {
    get { if case .prometheus(let settings) = settings { settings } else { PrometheusSettings(url: "") } }
    set { settings = .prometheus(newValue) }
  }

  fileprivate var alertmanager: AlertmanagerSettings {
    get { if case .alertmanager(let settings) = settings { settings } else { AlertmanagerSettings(url: "") } }
    set { settings = .alertmanager(newValue) }
  }

  fileprivate var rabbitmq: RabbitMQSettings {
    get { if case .rabbitmq(let settings) = settings { settings } else { RabbitMQSettings(url: "") } }
    set { settings = .rabbitmq(newValue) }
  }

  fileprivate var postgres: PostgresSettings {
    get { if case .postgres(let settings) = settings { settings } else { PostgresSettings() } }
    set { settings = .postgres(newValue) }
  }

  fileprivate var redis: RedisSettings {
    get { if case .redis(let settings) = settings { settings } else { RedisSettings(url: "") } }
    set { settings = .redis(newValue) }
  }
}
