internal import Facts

/// What the usual images call the account that they are set up with: the official ones and bitnami's.
struct ComposeCredentials {
  /// The names of accounts, passwords and databases; each may end in `_FILE`.
  static let names: Set = [
    "POSTGRES_USER", "POSTGRES_PASSWORD", "POSTGRES_DB", "POSTGRESQL_USERNAME", "POSTGRESQL_PASSWORD",
    "POSTGRESQL_DATABASE", "POSTGRESQL_POSTGRES_PASSWORD", "RABBITMQ_DEFAULT_USER", "RABBITMQ_DEFAULT_PASS",
    "RABBITMQ_DEFAULT_VHOST", "RABBITMQ_USERNAME", "RABBITMQ_PASSWORD", "RABBITMQ_VHOST", "REDIS_PASSWORD",
  ]

  private let service: ComposeService

  init(_ service: ComposeService) {
    self.service = service
  }

  private var userNames: [String] {
    service.role == .postgres
      ? ["POSTGRES_USER", "POSTGRESQL_USERNAME"] : ["RABBITMQ_DEFAULT_USER", "RABBITMQ_USERNAME"]
  }

  private var spaceNames: [String] {
    service.role == .postgres
      ? ["POSTGRES_DB", "POSTGRESQL_DATABASE"] : ["RABBITMQ_DEFAULT_VHOST", "RABBITMQ_VHOST"]
  }

  /// The account; nil: the image's own.
  var user: String? {
    switch service.role {
    case .postgres: value(userNames) ?? "postgres"
    case .rabbitmq: value(userNames) ?? (isBitnami ? "user" : "guest")
    case .redis, .prometheus, .alertmanager, .grafana, .backend, nil: nil
    }
  }

  /// The database or virtual host; nil: the image's own.
  var space: String? {
    switch service.role {
    case .postgres: value(spaceNames) ?? (isBitnami ? "postgres" : user)
    case .rabbitmq: value(spaceNames) ?? "/"
    case .redis, .prometheus, .alertmanager, .grafana, .backend, nil: nil
    }
  }

  /// Where the compose file tells the account.
  var userPlace: Location? { place(userNames) }
  /// Where the compose file tells the database or virtual host.
  var spacePlace: Location? { place(spaceNames) }

  /// The password; nil: none is told.
  var password: Secret? {
    switch service.role {
    case .redis: (service.requiredPassword ?? passwordName.flatMap { value([$0]) }).map { Secret($0) }
    case .rabbitmq: Secret(passwordName.flatMap { value([$0]) } ?? (isBitnami ? "bitnami" : "guest"))
    case .postgres: passwordName.flatMap { value([$0]) }.map { Secret($0) }
    case .prometheus, .alertmanager, .grafana, .backend, nil: nil
    }
  }

  /// Where the password is to be had again; nil when it stands in the compose file itself.
  var passwordReference: SecretReference? {
    if service.role == .redis, service.requiredPassword != nil {
      return service.references[ComposeService.passwordFlag]
    }
    return passwordName.flatMap { service.references[$0] }
  }

  /// Where the compose file tells the password or what it is read from.
  var passwordPlace: Location? { place([passwordName].compactMap { $0 }) }

  private var passwordName: String? {
    let names: [String] =
      switch service.role {
      case .postgres where isBitnami && user == "postgres":
        ["POSTGRESQL_POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD", "POSTGRES_PASSWORD"]
      case .postgres: ["POSTGRES_PASSWORD", "POSTGRESQL_PASSWORD"]
      case .rabbitmq: ["RABBITMQ_DEFAULT_PASS", "RABBITMQ_PASSWORD"]
      case .redis: ["REDIS_PASSWORD"]
      case .prometheus, .alertmanager, .grafana, .backend, nil: []
      }
    return names.first { value([$0]) != nil }
  }

  private var isBitnami: Bool { service.image?.contains("bitnami") ?? false }

  private func value(_ names: [String]) -> String? {
    names.compactMap { service.fileValues[$0] ?? service.environment[$0] }.first { !$0.isEmpty }
  }

  private func place(_ names: [String]) -> Location? {
    names.lazy.filter { value([$0]) != nil }
      .compactMap { service.places["environment.\($0)"] ?? service.places["environment.\($0)_FILE"] }.first
  }
}
