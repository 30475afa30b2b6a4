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

  /// The variables that secrets were taken from.
  var variables: Set<String> {
    Set(
      values.compactMap { value in
        if case .environment(let name) = value.reference, !value.isAccount { name } else { nil }
      }
    )
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

  /// The sources of an environment whose secrets a command must print first.
  static func waiting(_ environment: EnvironmentSettings) -> [SourceDefinition] {
    environment.sources.filter { source in
      source.settings.references.contains(where: \.reference.isCommand)
    }
  }

  /// What is said while they are waited for: `waiting for the secret of rabbitmq: command pass`.
  static func notes(of waiting: [SourceDefinition]) -> [SafeText] {
    waiting.map { source in
      let command = source.settings.references.first { $0.reference.isCommand }?.reference.description
      return SafeText("waiting for the secret of \(source.id): \(command ?? "")")
    }
  }

  /// Resolves every reference of an environment's sources.
  @LoopActor static func resolve(
    _ environment: EnvironmentSettings,
    variables: [String: String]
  ) async -> SecretStore {
    let resolver = SecretResolver(home: variables["HOME"]) { variables[$0] }
    var values: [Value] = []
    var problems: [String] = []
    for source in environment.sources where !environment.waiting.contains(source.id) {
      let address = source.settings.address ?? source.id
      for (reference, _, isAccount) in source.settings.references {
        do throws(SourceFailure) {
          let secret = try await resolver.secret(reference, for: address) {
            words async throws(SourceFailure) in try await output(of: words)
          }
          values.append(Value(reference: reference, secret: secret, isAccount: isAccount))
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

extension EnvironmentSettings {
  /// Lets those wait that need a secret that isn't there yet; what can be asked without it is meanwhile.
  mutating func postpone(_ waiting: [SourceDefinition]) {
    for index in sources.indices where waiting.contains(where: { $0.id == sources[index].id }) {
      if let settings = sources[index].settings.withoutSecrets as (any SourceSettings)? {
        sources[index].settings = settings
      } else {
        self.waiting.insert(sources[index].id)
      }
    }
  }
}

extension SecretReference {
  /// Whether a command has to print it first.
  fileprivate var isCommand: Bool {
    if case .command = self { true } else { false }
  }
}
