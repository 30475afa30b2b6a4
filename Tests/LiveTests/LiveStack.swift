import DataSources
import Facts
import Foundation
import ScreenSupport
import Testing

/// The miniature stack of real servers, and the built console beside it.
///
/// One is brought up a test process and taken down with it; those of killed test processes are swept.
final class LiveStack: Sendable {
  /// What a program printed and how it ended.
  struct Outcome {
    let code: Int
    let output: String
    let errors: String
    /// The output read as JSON; null if it is none.
    var json: JSONValue { JSONValue(parsing: Array(output.utf8)) ?? .null }
  }

  /// Why there is no stack; a missing server is a failure, never a skip.
  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  /// The one that the suites share, with today’s schema.
  static let shared = Task { try await LiveStack() }
  /// Another one with the runbook's schema.
  static let older = Task { try await LiveStack(schema: "runbook") }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  private static let script = root.appending(path: "Stack/stack").path
  private static let base = "/tmp/switchboard-live-"

  let directory: String
  /// What the console needs to look at it.
  let variables: [String: String]

  /// Brings a stack up whose alerts fire and whose proofs give up within seconds.
  init(schema: String = "current") async throws {
    EventLoop.runOnOwnThread()
    try await Self.sweep()
    directory = "\(Self.base)\(getpid())-\(schema)"
    Self.takeDownAtExit(directory)
    let up = try await Self.run([
      Self.script, "--dir", directory, "up", "--schema", schema, "--rate-limit", "100000",
      "--auth-rate-limit", "10000", "--no-runs",
    ])
    guard up.code == 0 else { throw Missing(description: up.output + up.errors) }
    let told = try await Self.run([Self.script, "--dir", directory, "env", "--json"])
    var variables: [String: String] = [:]
    if case .object(let told) = told.json { for (name, value) in told { variables[name] = value.text } }
    let path = variables["SWITCHBOARD_CONFIG"] ?? ""
    let written = try String(contentsOfFile: path, encoding: .utf8)
    let quick = written.replacing("for 2m", with: "for 4s").replacing("for 5m", with: "for 6s")
    // The seed's scores and pass rate would hide what a fault adds; its failed runs stay a reason to look.
    let tests = "runs: {pass_warn: 0, pass_crit: 0}\nvalidations: {low_share: 1}\n"
    let gate = "gate: {within: 15s, then: 15s, api_interval: 500ms, settling: 2s}\n"
    try (quick + tests + gate).write(toFile: path, atomically: true, encoding: .utf8)
    self.variables = variables
  }

  /// The exit code of `status` while nothing is broken: the seed's failed runs wait for somebody.
  static let wellCode = 1

  /// Breaks something; see `stack fault list`.
  func fault(_ name: String) async throws {
    try await stack("fault", name)
  }

  /// Undoes every fault and waits until every part is well.
  func heal() async throws {
    try await stack("heal")
  }

  private func stack(_ words: String...) async throws {
    let outcome = try await Self.run([Self.script, "--dir", directory] + words)
    guard outcome.code == 0 else {
      throw Missing(description: "\(words): \(outcome.output + outcome.errors)")
    }
  }

  /// Runs the console without a screen.
  func switchboard(_ words: String..., environment: [String: String] = [:]) async throws -> Outcome {
    try await switchboard(words, environment: environment)
  }

  /// Runs the console without a screen.
  func switchboard(_ words: [String], environment: [String: String] = [:]) async throws -> Outcome {
    try await Self.run([Self.binary] + words, variables.merging(environment) { $1 })
  }

  /// Opens the console in a terminal of its own.
  func console(
    _ words: String...,
    environment: [String: String] = [:],
    width: Int = 160,
    height: Int = 48
  ) throws -> PseudoTerminal {
    try console(words, environment: environment, width: width, height: height)
  }

  /// Opens the console in a terminal of its own.
  func console(
    _ words: [String],
    environment: [String: String] = [:],
    width: Int = 160,
    height: Int = 48
  ) throws -> PseudoTerminal {
    try PseudoTerminal(
      [Self.binary] + words,
      environment: variables.merging(environment) { $1 },
      width: width,
      height: height
    )
  }

  /// The lines of the audit, each read.
  var auditLines: [JSONValue] {
    let path = "\(variables["XDG_STATE_HOME"] ?? "")/switchboard/demo/audit.jsonl"
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { JSONValue(parsing: Array($0.utf8)) }
  }

  /// The log of a service of the stack.
  func log(of service: String) -> String {
    (try? String(contentsOfFile: "\(variables["STACK_LOGS"] ?? "")/\(service).log", encoding: .utf8)) ?? ""
  }

  /// The built console, beside the tests.
  static var binary: String {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: "switchboard").path
  }

  /// Runs a program to its end, in `directory` (nil: the tests' own).
  static func run(
    _ words: [String],
    _ environment: [String: String] = [:],
    in directory: String? = nil
  ) async throws -> Outcome {
    let command = ChildCommand(
      words,
      environment: environment.mapValues { $0 },
      directory: directory,
      deadline: .seconds(150),
      cap: 8 << 20
    )
    let result = try await ChildProcess.run(command)
    let code: Int =
      switch result.ending {
      case .status(let code): code
      case .signal(let number): 128 + number
      }
    return Outcome(
      code: code,
      output: String(decoding: result.stdout, as: UTF8.self),
      errors: String(decoding: result.stderr, as: UTF8.self)
    )
  }

  /// Takes down what killed test processes have left.
  private static func sweep() async throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: "/tmp")
    for name in names where "/tmp/\(name)".hasPrefix(base) {
      let owner = "/tmp/\(name)".dropFirst(base.count).prefix { $0.isNumber }
      guard let pid = pid_t(owner), kill(pid, 0) != 0 else { continue }
      _ = try await run([script, "--dir", "/tmp/\(name)", "down"])
    }
  }

  /// At the process' end there is no loop any more: a plain child does it.
  private static func takeDownAtExit(_ directory: String) {
    directories.withLock { $0.append(directory) }
    _ = takesDownAtExit
  }

  private static let directories = Locked<[String]>([])
  private static let takesDownAtExit: Bool = {
    atexit {
      for directory in LiveStack.directories.withLock({ $0 }) {
        runToItsEnd([LiveStack.script, "--dir", directory, "down"])
      }
    }
    return true
  }()
}
