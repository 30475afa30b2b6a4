import DataSources
import Facts

/// The secrets of one environment, resolved once before anything connects.
struct SecretStore: Sendable {
  private let values: [(reference: SecretReference, secret: Secret)]
  /// What could not be resolved, one line each; never a value.
  let problems: [String]

  /// The value of a reference; nil if it could not be resolved.
  var lookup: Connections.Secrets {
    let values = values
    return { reference in values.first { $0.reference == reference }?.secret }
  }

  /// Resolves every reference of an environment's sources.
  @LoopActor static func resolve(
    _ environment: EnvironmentSettings,
    variables: [String: String]
  ) async -> SecretStore {
    let resolver = SecretResolver(home: variables["HOME"]) { variables[$0] }
    var values: [(reference: SecretReference, secret: Secret)] = []
    var problems: [String] = []
    for source in environment.sources {
      let address = source.settings.address ?? source.id
      for reference in source.settings.secretReferences {
        do throws(SourceFailure) {
          let secret = try await resolver.secret(reference, for: address) {
            words async throws(SourceFailure) in try await output(of: words)
          }
          values.append((reference, secret))
        } catch {
          problems.append("sources.\(source.id): \(error.detail)")
        }
      }
    }
    return SecretStore(values: values, problems: problems)
  }

  @LoopActor private static func output(of words: [String]) async throws(SourceFailure) -> [UInt8] {
    let result = try await ChildProcess.run(ChildCommand(words, deadline: .seconds(10)))
    guard result.isSuccess else {
      throw SourceFailure(
        .misconfigured,
        at: words.first ?? "",
        detail: "the command \(words.first ?? "") failed"
      )
    }
    return result.stdout
  }
}

extension SourceSettings {
  /// The references to secrets that this source needs.
  fileprivate var secretReferences: [SecretReference] {
    switch self {
    case .http(let http):
      guard let login = http.login else { return [] }
      if case .reference(let email) = login.email { return [email, login.password] }
      return [login.password]
    case .prometheus(let prometheus): return Self.references(of: prometheus.credentials)
    case .alertmanager(let alertmanager): return Self.references(of: alertmanager.credentials)
    case .rabbitmq(let rabbit): return [rabbit.password].compactMap { $0 }
    case .postgres(let postgres): return [postgres.password].compactMap { $0 }
    case .redis(let redis): return [redis.password].compactMap { $0 }
    }
  }

  private static func references(of credentials: HTTPCredentialSettings?) -> [SecretReference] {
    switch credentials {
    case .basic(_, let password): [password]
    case .bearer(let token): [token]
    case nil: []
    }
  }
}
