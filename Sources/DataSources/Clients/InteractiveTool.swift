internal import CUV
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// A program that somebody talks to on the terminal: `psql`, `redis-cli`, a shell of a service.
public struct InteractiveTool: Sendable {
  /// How a program is told its password.
  public enum Login: Sendable {
    /// It needs none.
    case none
    /// A password file as libpq reads it, in memory alone, by this variable.
    case passwordFile(variable: String, Secret)
    /// A variable of that process: there is no other way to tell redis-cli. Its user alone can read it.
    case variable(String, Secret)
  }

  /// The program and its arguments; no secret is among them.
  public var arguments: [String]
  /// How it is told its password.
  public var login: Login
  /// The console's own variables that it doesn't get, since secrets of others stand in them.
  public var withheld: Set<String> = []
  /// What to install where it is missing: a package of Debian's.
  public var package: String

  /// Describes a program.
  public init(_ arguments: [String], login: Login = .none, package: String) {
    self.arguments = arguments
    self.login = login
    self.package = package
  }

  /// Runs it on a terminal, to its end.
  ///
  /// - Throws: as ``ChildProcess/run(_:)``.
  @LoopActor public func run(on terminal: Int32) async throws(SourceFailure) -> ChildResult.Ending {
    var command = ChildCommand(arguments)
    command.terminal = terminal
    for name in withheld { command.environment.updateValue(nil, forKey: name) }
    switch login {
    case .none: break
    case .variable(let name, let secret): secret.reveal { command.environment[name] = $0 }
    case .passwordFile(let name, let secret):
      command.inherited = try Self.passwordFile(secret, for: arguments)
      command.environment[name] = "/proc/self/fd/3"
    }
    defer { if let file = command.inherited { close(file) } }
    return try await ChildProcess.run(command).ending
  }

  /// A line `*:*:*:*:password` in memory that libpq takes for a file of its user's alone.
  private static func passwordFile(
    _ secret: Secret,
    for arguments: [String]
  ) throws(SourceFailure) -> Int32 {
    let file = cuv_memory_file("password")
    guard file >= 0, fchmod(file, 0o600) == 0 else { throw unwritten(arguments) }
    var line = Array("*:*:*:*:".utf8)
    secret.reveal { secret in
      for byte in secret.utf8 {
        if byte == UInt8(ascii: ":") || byte == UInt8(ascii: "\\") { line.append(UInt8(ascii: "\\")) }
        line.append(byte)
      }
    }
    line.append(UInt8(ascii: "\n"))
    guard write(file, line, line.count) == line.count else {
      close(file)
      throw unwritten(arguments)
    }
    return file
  }

  private static func unwritten(_ arguments: [String]) -> SourceFailure {
    SourceFailure(.exhausted, at: arguments.first ?? "", detail: "no memory for its password: \(errno)")
  }
}

/// Opens a program on a server that is polled.
public protocol ServerTool: Sendable {
  /// The program: `psql`.
  static var program: String { get }
  /// What it is opened on, as it is called: `PostgreSQL`.
  static var server: String { get }
  /// How it is opened.
  var tool: InteractiveTool { get }
  /// The server, as it may be shown.
  var address: String { get }
}

/// Opens `psql` on a server that is polled.
public struct PostgresTool: ServerTool {
  /// The program.
  public static let program = "psql"
  /// What it is opened on.
  public static let server = "PostgreSQL"
  /// How it is opened.
  public let tool: InteractiveTool
  /// The server, as it may be shown.
  public let address: String

  init(_ options: PostgresOptions) {
    let words = options.parameters.sorted { $0.key < $1.key }.map { key, value in
      let quoted = value.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
      return "\(key)='\(quoted)'"
    }
    tool = InteractiveTool(
      [Self.program, "--dbname=" + words.joined(separator: " ")],
      login: options.password.map { .passwordFile(variable: "PGPASSFILE", $0) } ?? .none,
      package: "postgresql-client"
    )
    address = options.address
  }
}

/// Opens `redis-cli` on a server that is polled.
public struct RedisTool: ServerTool {
  /// The program.
  public static let program = "redis-cli"
  /// What it is opened on.
  public static let server = "Redis"
  /// How it is opened.
  public let tool: InteractiveTool
  /// The server, as it may be shown.
  public let address: String

  init(_ options: RedisOptions) {
    var words = [Self.program]
    switch options.place {
    case .unix(let path): words += ["-s", path]
    case .tcp(let host, let port): words += ["-h", host, "-p", "\(port)"]
    }
    if let tls = options.tls {
      words += ["--tls"]
      if tls.check == .nothing { words += ["--insecure"] }
      for (flag, file) in [("--cacert", tls.authority), ("--cert", tls.certificate), ("--key", tls.key)] {
        if let file { words += [flag, file] }
      }
    }
    if options.database != 0 { words += ["-n", "\(options.database)"] }
    if let user = options.user, options.password != nil { words += ["--user", user] }
    tool = InteractiveTool(
      words,
      login: options.password.map { .variable("REDISCLI_AUTH", $0) } ?? .none,
      package: "redis-tools"
    )
    address = options.address
  }
}

/// Opens a shell inside a service, as its runtime's own program does.
public struct ShellTool: Sendable {
  /// The words of the call for what runs now; nil if none of it does.
  private let words: @LoopActor @Sendable (ServiceReading) -> [String]?
  private let package: String

  /// A shell of a container by the Docker CLI, at the engine that is asked.
  init(docker context: DockerContext) {
    var words = ["docker"]
    if let name = context.name {
      words += ["--context", name]
    } else {
      words += ["--host", context.address]
      if let files = context.certificates {
        words.append(files.isUnchecked ? "--tls" : "--tlsverify")
        let all = [("cacert", files.authority), ("cert", files.certificate), ("key", files.key)]
        for (name, file) in all { words += file.map { ["--tls\(name)", $0] } ?? [] }
      }
    }
    let before = words + ["exec", "-it"]
    self.words = { before + [$0.identity.id, "/bin/sh"] }
    package = "docker.io"
  }

  /// A shell of a container of a cluster by kubectl: in the newest pod that is ready, else in the newest that runs.
  init(kubernetes runtime: KubernetesRuntime) {
    words = { runtime.shell(in: $0) }
    package = "kubernetes-client"
  }

  /// How it is opened in that very thing; nil if nothing of it runs.
  @LoopActor public func tool(for service: ServiceReading) -> InteractiveTool? {
    words(service).map { InteractiveTool($0, package: package) }
  }
}
