import DataSources
import Facts
import Foundation
import Testing

/// A compose project of a test's own on the private engine, changed by a real compose CLI that the console finds in PATH.
///
/// Its services need no network and nothing but busybox. Another project of the same services must never be touched.
final class ComposeBench: Sendable {
  /// A compose CLI of this machine.
  enum CLI: String, CaseIterable, Sendable {
    /// Debian's, by the older format.
    case v1
    /// Today's, of the tests' Python environment.
    case v2

    /// The directory that it is found in.
    var directory: String {
      switch self {
      case .v1: "/usr/bin"
      case .v2:
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
          .deletingLastPathComponent().appending(path: ".venv-test/bin").path
      }
    }
  }

  static let secret = "swordfish-7"

  let engine: TestEngine
  let project: String
  let directory: String
  private let base: String
  private let cli: CLI
  private let idle = "{ trap 'exit 0' TERM; while sleep 0.1; do :; done; }"

  init(_ cli: CLI) async throws {
    EventLoop.runOnOwnThread()
    self.cli = cli
    engine = try TestEngine.shared.get()
    project = "till\(cli.rawValue)\(UInt16.random(in: 0...9_999))"
    base = TestProcess.directory()
    directory = "\(base)/\(project)"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    try write(services: services)
    try write(key: "first")
    try configure()
    try await compose("up", "-d")
  }

  /// The services: one with a secret of `.env` and a health check, one that can be there often, two that can't.
  private var services: String {
    let common = "image: \"\(TestEngine.image)\", init: true, network_mode: none"
    return """
        till: {\(common), env_file: [.env], environment: {COUNTER: "${COUNTER:-7}"}, command: [sh, -c, "\(idle)"], \
      healthcheck: {test: [CMD, "true"], interval: 1s}}
        pool: {\(common), command: [sh, -c, "\(idle)"]}
        named: {\(common), container_name: \(project)-named, command: [sh, -c, "\(idle)"]}

      """
  }

  /// Writes the compose file, with more services behind those that there are.
  func write(services: String? = nil, more: String = "") throws {
    try "version: \"2.4\"\nservices:\n\(services ?? self.services)\(more)"
      .write(toFile: "\(directory)/docker-compose.yml", atomically: true, encoding: .utf8)
  }

  /// Writes the configuration, with what a credential is proven by.
  func configure(_ credential: String = "test: false", variables: String = "TILL_KEY") throws {
    try """
    version: 1
    gate: {within: 6s, then: 6s, settling: 2s}
    credentials: {till: {variables: [\(variables)], \(credential)}}

    """.write(toFile: "\(base)/config.yaml", atomically: true, encoding: .utf8)
  }

  /// Another service that gets the secret of `.env`, by its name, and with `file` from a file of its own, too.
  func addBorrower(file: Bool = false) async throws {
    if file {
      try "# till\nTILL_KEY=\(Self.secret)-first\n"
        .write(toFile: "\(directory)/second.env", atomically: true, encoding: .utf8)
    }
    try write(
      more: """
          borrower: {image: "\(TestEngine.image)", init: true, network_mode: none, command: [sh, -c, "\(idle)"], \
        \(file ? "env_file: [second.env], " : "")environment: {BORROWED: "${TILL_KEY}"}, \
        healthcheck: {test: [CMD, "true"], interval: 1s}}

        """
    )
    try await compose("up", "-d")
  }

  /// The path of a file beside the project that nobody else reads.
  func own(_ name: String) -> String { "\(base)/\(name)" }
  /// The directory of the console's own files.
  var state: String { "\(base)/state/switchboard/local" }
  func write(key: String) throws {
    try "TILL_KEY=\(Self.secret)-\(key)\n"
      .write(toFile: "\(directory)/.env", atomically: true, encoding: .utf8)
  }

  var variables: [String: String] {
    [
      "DOCKER_HOST": "unix://\(engine.socket)", "HOME": base, "XDG_STATE_HOME": "\(base)/state",
      "XDG_CONFIG_HOME": "\(base)/none", "SWITCHBOARD_CONFIG": "\(base)/config.yaml",
      // Whatever else is in PATH would answer first.
      "PATH": "\(cli.directory):/usr/sbin:/sbin:/bin",
    ]
  }

  /// Runs the compose CLI as a colleague would.
  func compose(_ words: String...) async throws {
    let outcome = try await LiveStack.run(
      ["\(cli.directory)/docker-compose"] + words,
      variables,
      in: directory
    )
    guard outcome.code == 0 else {
      throw LiveStack.Missing(description: "docker-compose \(words): \(outcome.errors)")
    }
  }

  /// Runs the console without a screen, standing in the project's directory.
  func switchboard(_ words: String..., environment: [String: String] = [:]) async throws -> LiveStack.Outcome
  {
    try await switchboard(words, environment: environment)
  }

  /// Runs the console without a screen, standing in the project's directory.
  func switchboard(_ words: [String], environment: [String: String] = [:]) async throws -> LiveStack.Outcome {
    try await LiveStack.run([LiveStack.binary] + words, variables.merging(environment) { $1 }, in: directory)
  }

  /// The words of the audit in short: `end till done`.
  var auditLines: [String] {
    let text =
      (try? String(contentsOfFile: "\(base)/state/switchboard/local/audit.jsonl", encoding: .utf8)) ?? ""
    #expect(!text.contains(Self.secret))
    return text.split(separator: "\n").compactMap { JSONValue(parsing: Array($0.utf8)) }.map { line in
      [line["event"]?.text, line["target"]?.text, line["verdict"]?.text].compactMap { $0 }
        .filter { !$0.isEmpty }.joined(separator: " ")
    }
  }

  /// A container as the engine tells it.
  struct Container: Hashable {
    let id: String
    let startedAt: String
    let key: String?
  }

  /// The containers of the project by service, oldest first.
  func containers(of service: String) throws -> [Container] {
    try containers(of: service, variable: "TILL_KEY")
  }

  /// The same, with what another variable of them holds.
  func containers(of service: String, variable: String) throws -> [Container] {
    let filters =
      "%7B%22label%22%3A%5B%22com.docker.compose.project%3D\(project)%22%2C%22com.docker.compose.service%3D\(service)%22%5D%7D"
    let list = JSONValue(
      parsing: Array(try engine.ask("GET", "/containers/json?all=1&filters=\(filters)").utf8)
    )
    return (list?.list ?? []).compactMap { $0["Id"]?.text }.compactMap { id in
      // One that is made anew meanwhile is gone.
      guard let told = try? engine.ask("GET", "/containers/\(id)/json") else { return nil }
      let json = JSONValue(parsing: Array(told.utf8))
      let variables = json?["Config"]?["Env"]?.list?.compactMap(\.text) ?? []
      return Container(
        id: id,
        startedAt: json?["State"]?["StartedAt"]?.text ?? "",
        key: variables.first { $0.hasPrefix("\(variable)=") }.map { String($0.dropFirst(variable.count + 1)) }
      )
    }
  }

  /// Takes it all away.
  func remove() async throws {
    try await compose("down")
  }
}
