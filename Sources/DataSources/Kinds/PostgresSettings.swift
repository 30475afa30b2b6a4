public import Facts

/// A Postgres database, as libpq names it.
public struct PostgresSettings: SourceSettings {
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

  /// The word that stands after `type:`.
  public static let type = "postgres"
  /// Runs and validations stand in it.
  public static let isChangedByTests = true

  /// The keys.
  public static let schema = SchemaTable(
    blank: PostgresSettings(),
    fields: [
      Field(
        "url",
        optional: \.url,
        blank: "",
        .address(["postgresql", "postgres"]),
        "The connection address; without it `service`, else libpq's environment."
      ),
      Field(
        "service",
        optional: \.service,
        blank: "",
        .text,
        "A service of pg_service.conf."
      ),
      Field(
        "password",
        optional: \.password,
        blank: .environment(""),
        .secret,
        "The password, by reference; without it libpq looks into PGPASSWORD and .pgpass."
      ),
    ]
  )

  /// The facts that it gives.
  public static let facts: [FactFamily] = [
    .number("runs.attention", called: "runs that need attention", "failed runs"),
    .number("runs.failed_1h", called: "failures of the last hour"),
    .number("runs.failures", called: "failures of the last day"),
    .number("runs.stuck", called: "stuck runs"),
    .other("runs.success_rate_5m", called: "pass rate", "success rate"),
    .number("validations.low_24h", called: "low scores", "low confidence"),
    .number("provider.latency", .milliseconds, called: "provider p95", "provider latency"),
    .number("postgres.connections", called: "database connections"),
  ]

  /// How the tests and their provider fare.
  public var measures: [FactName] {
    ["provider.latency", "runs.attention", "runs.stuck", "runs.success_rate_5m", "validations.low_24h"]
  }

  /// The address; nil for a database that libpq's own environment finds.
  public var address: String? { url }

  /// What libpq would refuse, and two ways that exclude each other.
  public func problems() -> [(key: String, message: String)] {
    guard let url, !url.isEmpty else { return [] }
    var problems: [(key: String, message: String)] = []
    do throws(SourceFailure) {
      _ = try PostgresOptions(address: url, password: nil)
    } catch {
      problems.append(("url", error.detail))
    }
    if service != nil {
      problems.append(("service", "found both `url` and `service`, expected one of them"))
    }
    return problems
  }

  /// libpq encrypts where the server can, unless it is told not to.
  public func isClear(_ address: SourceAddress) -> Bool {
    let query = address.path.split(separator: "?", maxSplits: 1).last ?? ""
    return query.split(separator: "&").contains { ["sslmode=disable", "sslmode=allow"].contains($0) }
  }

  /// Makes the source, a connection for what acts look up, and the deep probe on one of its own.
  @LoopActor public func make(_ context: SourceContext) throws(SourceFailure) -> MadeSource {
    let address = url ?? "postgresql:///?service=\(service ?? "")"
    let options = try PostgresOptions(address: address, password: context.secret(password))
    var thresholds = PostgresSource.Thresholds()
    thresholds.confidence = context.thresholds.validationThreshold
    thresholds.stuckAfter = context.thresholds.runsStuckAfter
    thresholds.slow = context.thresholds.providerSlow
    thresholds.tests = context.thresholds.tests
    let source = PostgresSource(
      id: context.id,
      options,
      thresholds: thresholds,
      interval: context.interval,
      deadline: context.deadline
    )
    let lookups = PostgresClient(options)
    var made = MadeSource([source])
    made.standings = [options.standing]
    let store = PostgresStore(options)
    made.offers = [source, lookups, PostgresTool(options), store, PostgresStatements(options)]
    made.onClose = [{ lookups.close() }, { store.close() }]
    // A connection of its own: a long query must not make the probe wait.
    made.add(PostgresProbe(options), of: Self.type, at: options.address, context)
    return made
  }
}

extension PostgresSettings: DiscoverableSource {
  /// Words in the names of its images.
  public static let images = ["postgres", "postgis", "timescaledb", "pgvector"]
  /// What the runbook uses.
  ///
  /// libpq tries the hosts in turn: the stack publishes 5433, a Postgres of the machine's own 5432.
  public static let usual: PostgresSettings? = PostgresSettings(
    url: "postgresql://postgres@localhost:5433,localhost:5432/voiceai_testing"
  )

  private static let users = ["POSTGRES_USER", "POSTGRESQL_USERNAME"]
  private static let databases = ["POSTGRES_DB", "POSTGRESQL_DATABASE"]
  private static let passwords = ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"]
  private static let adminPassword = "POSTGRESQL_POSTGRES_PASSWORD"
  /// The variables by which its images are told who logs in where.
  public static let accountVariables = users + databases + passwords + [adminPassword]

  /// Found by its port.
  public static func find(in service: ComposeService) -> SourceFinding? {
    guard let port = service.published(5432) else { return nil }
    let user = service.value(of: users) ?? "postgres"
    let database = service.value(of: databases) ?? (service.isBitnami ? "postgres" : user)
    let names =
      service.isBitnami && user == "postgres"
      ? [adminPassword, "POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"] : passwords
    let address = "\(port.host):\(port.published)"
    return SourceFinding(
      PostgresSettings(
        url: "postgresql://\(percentEncoded(user))@\(address)/\(percentEncoded(database))",
        password: service.value(of: names).map { .discovered(Secret($0)) }
      ),
      password: service.reference(of: names),
      passwordPlace: service.place(of: names)
    )
  }
}
