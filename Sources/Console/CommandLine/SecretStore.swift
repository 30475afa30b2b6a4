import DataSources
import Facts

#if canImport(Glibc)
  internal import Glibc
#endif

/// The secrets of one environment, resolved once before anything connects.
struct SecretStore: Sendable {
  private let values: [String: Secret]
  /// What could not be resolved, one line each; never a value.
  let problems: [String]

  /// The value of a reference; nil if it could not be resolved.
  var lookup: Connections.Secrets {
    let values = values
    return { reference in
      if case .discovered(let secret) = reference { return secret }
      return values[Self.key(reference)]
    }
  }

  /// Resolves every reference of an environment's sources.
  @LoopActor static func resolve(
    _ environment: EnvironmentSettings, variables: [String: String]
  ) async -> SecretStore {
    var values: [String: Secret] = [:]
    var problems: [String] = []
    for source in environment.sources {
      for reference in references(of: source.settings) where values[key(reference)] == nil {
        switch await resolve(reference, variables) {
        case .success(let secret): values[key(reference)] = secret
        case .failure(let problem): problems.append("sources.\(source.id): \(problem.message)")
        }
      }
    }
    return SecretStore(values: values, problems: problems)
  }

  private struct Problem: Error {
    let message: String
  }

  @LoopActor private static func resolve(
    _ reference: SecretReference, _ variables: [String: String]
  ) async -> Result<Secret, Problem> {
    switch reference {
    case .environment(let name):
      guard let value = variables[name] else {
        return .failure(Problem(message: "the variable \(name) is not set"))
      }
      return .success(Secret(value))
    case .file(let path):
      return await LoopActor.onThreadPool { read(path) }
    case .command(let words):
      return await run(words)
    case .discovered(let secret): return .success(secret)
    }
  }

  /// A secret's file must belong to nobody else: not readable by group and others.
  private static func read(_ path: String) -> Result<Secret, Problem> {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      return .failure(Problem(message: "\(path): \(String(cString: strerror(errno)))"))
    }
    defer { Glibc.close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
      return .failure(Problem(message: "\(path) is readable by others: chmod 600 it"))
    }
    var bytes = [UInt8](repeating: 0, count: 64 << 10)
    let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { return .failure(Problem(message: "\(path) is empty or can't be read")) }
    return .success(Secret(firstLine(bytes.prefix(count))))
  }

  @LoopActor private static func run(_ words: [String]) async -> Result<Secret, Problem> {
    return .failure(Problem(message: "\(words.first ?? "") not yet"))
  }

  private static func firstLine(_ bytes: ArraySlice<UInt8>) -> String {
    String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
  }

  private static func references(of settings: SourceSettings) -> [SecretReference] {
    switch settings {
    case .http(let http):
      guard let login = http.login else { return [] }
      if case .reference(let email) = login.email { return [email, login.password] }
      return [login.password]
    case .prometheus(let prometheus): return references(of: prometheus.credentials)
    case .alertmanager(let alertmanager): return references(of: alertmanager.credentials)
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

  private static func key(_ reference: SecretReference) -> String {
    switch reference {
    case .environment(let name): "env:\(name)"
    case .file(let path): "file:\(path)"
    case .command(let words): "command:\(words)"
    case .discovered: "discovered"
    }
  }
}
