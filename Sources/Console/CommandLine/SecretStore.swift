import DataSources
import Facts
import Operations

/// The secrets of one environment, resolved once before anything connects.
struct SecretStore: Sendable {
  private struct Value: Sendable {
    let reference: SecretReference
    let secret: Secret
    /// Who logs in is no secret; records name them.
    let isAccount: Bool
  }

  private let values: [Value]
  /// What could not be resolved, one line each; never a value.
  let problems: [String]

  /// The value of a reference; nil if it could not be resolved.
  var lookup: Connections.Secrets {
    let values = values
    return { reference in values.first { $0.reference == reference }?.secret }
  }

  /// What hides the secrets in records.
  ///
  /// A password that is also the name of something, as default passwords are, hides nothing: it would take
  /// the name away from every sentence, and tell by that what it is.
  func mask(sparing names: [String]) -> SecretMask {
    SecretMask(
      values.filter { value in
        !value.isAccount && !value.secret.reveal { secret in names.contains { $0.contains(secret) } }
      }.map { ($0.reference.description, $0.secret) }
    )
  }

  /// Resolves every reference of an environment's sources.
  @LoopActor static func resolve(
    _ environment: EnvironmentSettings,
    variables: [String: String]
  ) async -> SecretStore {
    let resolver = SecretResolver(home: variables["HOME"]) { variables[$0] }
    var values: [Value] = []
    var problems: [String] = []
    for source in environment.sources {
      let address = source.settings.address ?? source.id
      let accounts = source.settings.accountReferences
      for reference in accounts + source.settings.secretReferences {
        do throws(SourceFailure) {
          let secret = try await resolver.secret(reference, for: address) {
            words async throws(SourceFailure) in try await output(of: words)
          }
          values.append(
            Value(reference: reference, secret: secret, isAccount: accounts.contains(reference))
          )
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
  /// The references that say who logs in.
  fileprivate var accountReferences: [SecretReference] {
    guard case .http(let http) = self, case .reference(let email)? = http.login?.email else { return [] }
    return [email]
  }

  /// The references to secrets that this source needs.
  fileprivate var secretReferences: [SecretReference] {
    switch self {
    case .http(let http): return [http.login?.password].compactMap { $0 }
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
