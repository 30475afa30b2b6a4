public import Facts

/// Gets secrets from where references point: the environment, files and commands.
public struct SecretResolver: Sendable {
  /// What a reference leads to at once.
  public enum Resolution: Sendable {
    /// The secret.
    case secret(Secret)
    /// A program and its arguments that print it; somebody must run it, without a shell.
    case command([String])
  }

  private let environment: @Sendable (String) -> String?
  private let home: String?

  /// Makes a resolver.
  /// - Parameters:
  ///   - home: what `~/` stands for; nil: nothing.
  ///   - environment: looks up a variable.
  public init(home: String?, environment: @escaping @Sendable (String) -> String?) {
    self.environment = environment
    self.home = home
  }

  /// What a reference leads to, for a server at `address`; reads at most one small file.
  /// - Throws: `.misconfigured`, saying which variable or file is at fault and never what is in it.
  public func resolve(
    _ reference: SecretReference,
    for address: String
  ) throws(SourceFailure) -> Resolution {
    switch reference {
    case .command(let arguments):
      guard !arguments.isEmpty else { throw failure("the command is empty", address) }
      return .command(arguments)
    case .environment(let name):
      guard let value = environment(name), !value.isEmpty else {
        throw failure("the environment variable \(name) is not set", address)
      }
      return .secret(Secret(value))
    case .file(let path): return .secret(try file(path, address))
    case .keyInFile(let path, let key): return .secret(try variable(key, in: path, address))
    case .discovered(let secret):
      guard SourceAddress(address)?.isLoopback == true else {
        throw failure("credentials found in a compose file go only to this machine", address)
      }
      return .secret(secret)
    }
  }

  /// The secret itself; `run` executes a command and gives what it printed.
  /// - Throws: `.misconfigured`, or what `run` throws.
  public func secret(
    _ reference: SecretReference,
    for address: String,
    running run: ([String]) async throws(SourceFailure) -> [UInt8]
  ) async throws(SourceFailure) -> Secret {
    switch try resolve(reference, for: address) {
    case .secret(let secret): return secret
    case .command(let arguments):
      guard let secret = Self.firstLine(try await run(arguments)) else {
        throw failure("the command \(arguments[0]) printed nothing", address)
      }
      return secret
    }
  }

  private func file(_ path: String, _ address: String) throws(SourceFailure) -> Secret {
    let file = try read(path, address)
    guard !file.isOpenToOthers else {
      throw failure("the file \(file.path) can be read by others: `chmod 600` it", address)
    }
    guard let secret = Self.firstLine(file.bytes) else {
      throw failure("the file \(file.path) is empty", address)
    }
    return secret
  }

  /// Others may read an env file: compose and the services read the same, and it is told to none of them here.
  private func variable(
    _ name: String,
    in path: String,
    _ address: String
  ) throws(SourceFailure) -> Secret {
    let file = try read(path, address)
    guard !file.isWritableByOthers else {
      throw failure("the file \(file.path) can be written by others: `chmod go-w` it", address)
    }
    let found: [String: String]
    do throws(EnvironmentFile.Failure) {
      found = try EnvironmentFile.parse(String(decoding: file.bytes, as: UTF8.self), lookup: environment)
    } catch {
      throw failure("\(file.path):\(error.line): \(error.message)", address)
    }
    guard let value = found[name], !value.isEmpty else {
      throw failure("the file \(file.path) doesn't set \(name)", address)
    }
    return Secret(value)
  }

  private func read(_ path: String, _ address: String) throws(SourceFailure) -> LocalFile {
    let full = path.hasPrefix("~/") ? UpwardSearch.told(path, in: "/", home: home) : path
    let file: LocalFile
    do {
      file = try LocalFile.read(full, limit: 65_536)
    } catch {
      throw failure("the file \(full): \(error.message)", address)
    }
    guard file.isOurs else { throw failure("the file \(full) belongs to somebody else", address) }
    return file
  }

  /// The first line of what a file or command gives; nil when it is empty.
  static func firstLine(_ bytes: [UInt8]) -> Secret? {
    var line = bytes.prefix { $0 != UInt8(ascii: "\n") }
    if line.last == UInt8(ascii: "\r") { line = line.dropLast() }
    return line.isEmpty ? nil : Secret(String(decoding: line, as: UTF8.self))
  }

  private func failure(_ detail: String, _ address: String) -> SourceFailure {
    SourceFailure(.misconfigured, at: redacted(address), detail: detail)
  }
}
