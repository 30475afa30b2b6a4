import DataSources
import Foundation
import Testing

/// A console's own environment on a (fake) cluster, whose one Secret is rotated by command.
final class KubernetesSweepBench {
  private let fake = FakeKubernetes()
  private let variables: [String: String]

  init() throws {
    EventLoop.runOnOwnThread()
    variables = try fake.console(
      """
          services:
            backend: {class: 1}
      gate: {within: 10s, settling: 1s}
      credentials: {soundhound: {variables: [SOUNDHOUND_API_KEY], test: false}}
      """
    )
    fake.set(#"{"step": 0.1}"#)
  }

  deinit { fake.stop() }

  /// Writes a new value into a file; its path.
  func give(_ value: String) throws -> String { try fake.give(value) }

  func rotate(from file: String) throws -> RunningConsole {
    try RunningConsole(["rotate", "soundhound", "--from-file", file, "--yes"], variables, in: fake.directory)
  }

  func rollBack() async throws -> LiveStack.Outcome {
    try await switchboard("rotate", "--rollback", "--yes")
  }

  func switchboard(_ words: String...) async throws -> LiveStack.Outcome {
    try await LiveStack.run([LiveStack.binary] + words, variables, in: fake.directory)
  }

  /// Waits until no request has come for a while.
  func quiet() async throws {
    var last = -1
    while fake.requests.count != last {
      last = fake.requests.count
      try await Task.sleep(for: .milliseconds(300))
    }
  }

  /// The value that stands in the Secret.
  func value() throws -> String {
    let secret = try answer("get?collection=secrets&name=soundhound-credentials")
    let text = try #require(secret["data"]?["api-key"]?.text)
    return String(decoding: try #require(Data(base64Encoded: text)), as: UTF8.self)
  }

  /// What each pod of the backend was started with.
  func started() throws -> [String] {
    let pods = try answer("started?container=backend&variable=SOUNDHOUND_API_KEY")
    return try #require(pods["values"]?.list).compactMap(\.text)
  }

  private func answer(_ path: String) throws -> JSONValue {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/curl")
    process.arguments = ["-sf", "http://127.0.0.1:\(fake.port)/fake/\(path)"]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return try #require(JSONValue(parsing: Array(data)))
  }

  /// What stands in the console's own files.
  var kept: [String: String] {
    let state = "\(fake.directory)/state/switchboard/prod"
    var files: [String: String] = [:]
    for name in LocalFile.names(in: state) {
      files[name] = try? String(contentsOfFile: "\(state)/\(name)", encoding: .utf8)
    }
    return files
  }
}

extension FakeKubernetes {
  /// The variables of a console on it with an environment of its own; `more` of its settings, two spaces in where they
  /// are the environment's.
  func console(_ more: String = "") throws -> [String: String] {
    let path = "\(directory)/switchboard.yaml"
    let text = """
      version: 1
      environments:
        prod:
          production: false
          runtime: {kind: kubernetes, context: prod, namespace: voiceai, kubeconfig: \(kubeconfig)}

      """
    try (text + more).write(toFile: path, atomically: true, encoding: .utf8)
    return [
      "SWITCHBOARD_CONFIG": path, "XDG_STATE_HOME": "\(directory)/state", "HOME": directory,
      "XDG_CONFIG_HOME": "\(directory)/settings",
    ]
  }

  /// Writes a new value into a file that only its owner reads; its path.
  func give(_ value: String) throws -> String {
    let path = "\(directory)/new"
    try value.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    return path
  }
}
