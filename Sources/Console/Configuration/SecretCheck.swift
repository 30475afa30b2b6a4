import DataSources
import Facts

/// Whether the secrets that a configuration refers to can be had here and now; commands are not run.
enum SecretCheck {
  /// One problem for each that can't, at the place where it is referred to; never a value.
  static func problems(
    _ configuration: Configuration,
    variables: [String: String]
  ) -> [ConfigurationProblem] {
    let resolver = SecretResolver(home: variables["HOME"]) { variables[$0] }
    var problems: [ConfigurationProblem] = []
    for environment in configuration.settings.environments {
      for source in environment.sources {
        let root = ["environments", environment.name, "sources", source.id]
        for (reference, keys) in source.settings.references {
          do throws(SourceFailure) {
            _ = try resolver.resolve(reference, for: source.settings.address ?? source.id)
          } catch {
            guard let place = configuration.origins[root + keys] else { continue }
            problems.append(ConfigurationProblem(error.detail, at: place))
          }
        }
      }
    }
    return problems.sorted()
  }
}

extension SourceSettings {
  /// The references to secrets and accounts, with the keys that lead to them.
  var references: [(reference: SecretReference, keys: [String])] {
    switch self {
    case .http(let http):
      guard let login = http.login else { return [] }
      var found: [(SecretReference, [String])] = []
      if case .reference(let email) = login.email { found.append((email, ["login", "email"])) }
      return found + [(login.password, ["login", "password"])]
    case .prometheus(let prometheus): return Self.references(of: prometheus.credentials)
    case .alertmanager(let alertmanager): return Self.references(of: alertmanager.credentials)
    case .rabbitmq(let rabbit): return rabbit.password.map { [($0, ["password"])] } ?? []
    case .postgres(let postgres): return postgres.password.map { [($0, ["password"])] } ?? []
    case .redis(let redis): return redis.password.map { [($0, ["password"])] } ?? []
    }
  }

  private static func references(
    of credentials: HTTPCredentialSettings?
  ) -> [(reference: SecretReference, keys: [String])] {
    switch credentials {
    case .basic(_, let password): [(password, ["credentials", "password"])]
    case .bearer(let token): [(token, ["credentials", "token"])]
    case nil: []
    }
  }
}
