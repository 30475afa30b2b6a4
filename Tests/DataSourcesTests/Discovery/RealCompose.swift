import DataSources
import Foundation
import Testing

/// The real compose of the tests' Python environment, asked for its own reading of a directory.
enum RealCompose {
  /// A project in words that can be compared; nil when it is refused.
  struct Reading: Equatable {
    var name: String
    /// One line for each thing of each service, sorted.
    var lines: [String]
  }

  private static let program = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent(".venv-test/bin/docker-compose").path

  /// What `docker compose config` says in a directory; nil when it refuses.
  static func read(_ directory: String, _ variables: [String: String]) throws -> Reading? {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: program)
    child.arguments = ["config", "--format", "json"]
    child.currentDirectoryURL = URL(fileURLWithPath: directory)
    child.environment = variables
    let output = Pipe()
    child.standardOutput = output
    child.standardError = FileHandle.nullDevice
    try #require(FileManager.default.isExecutableFile(atPath: program), "make setup-test installs \(program)")
    try child.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    child.waitUntilExit()
    guard child.terminationStatus == 0 else { return nil }
    let root = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
    var lines: [String] = []
    for (name, value) in root["services"] as? [String: [String: Any]] ?? [:] {
      lines += self.lines(of: value, root["secrets"] as? [String: [String: Any]] ?? [:]).map {
        "\(name): \($0)"
      }
    }
    return Reading(name: root["name"] as? String ?? "", lines: lines.sorted())
  }

  private static func lines(
    of service: [String: Any],
    _ secrets: [String: [String: Any]]
  ) -> [String] {
    var lines = ["image \(service["image"] as? String ?? "–")", "check \(hasCheck(service))"]
    if let name = service["container_name"] as? String { lines.append("container \(plain(name))") }
    for port in service["ports"] as? [[String: Any]] ?? [] where port["protocol"] as? String == "tcp" {
      guard let published = port["published"] as? String, let first = published.split(separator: "-").first
      else {
        continue
      }
      lines.append("port \(port["host_ip"] as? String ?? "") \(first) \(port["target"] ?? "")")
    }
    for need in (service["depends_on"] as? [String: Any] ?? [:]).keys { lines.append("needs \(need)") }
    for profile in service["profiles"] as? [String] ?? [] { lines.append("profile '\(profile)'") }
    for word in service["command"] as? [String] ?? [] { lines.append("command \(plain(word))") }
    for (name, value) in service["environment"] as? [String: Any] ?? [:] {
      // A variable without a name, as a last line without `=` gives one, is nothing to anybody.
      if let text = value as? String, !name.isEmpty { lines.append("env \(name)=\(plain(text))") }
    }
    for secret in service["secrets"] as? [[String: Any]] ?? [] {
      let source = secrets[secret["source"] as? String ?? ""] ?? [:]
      guard let file = source["file"] as? String else { continue }
      let target = secret["target"] as? String ?? ""
      lines.append("secret \(target.hasPrefix("/") ? "" : "/run/secrets/")\(target) \(file)")
    }
    return lines
  }

  private static func hasCheck(_ service: [String: Any]) -> Bool {
    guard let check = service["healthcheck"] as? [String: Any] else { return false }
    return check["disable"] as? Bool != true && check["test"] as? [String] != ["NONE"]
  }

  /// The output doubles every `$`, so that it can be read again.
  private static func plain(_ text: String) -> String {
    text.replacingOccurrences(of: "$$", with: "$")
  }
}

extension RealCompose.Reading {
  /// Our own reading of a directory in the same words; nil when it is refused.
  init?(own discovery: Discovery) {
    guard let project = discovery.project else { return nil }
    name = project.name
    lines =
      project.services.filter(\.isActive).flatMap { service in
        Self.lines(of: service).map { "\(service.name): \($0)" }
      }.sorted()
  }

  private static func lines(of service: ComposeService) -> [String] {
    var lines = ["image \(service.image ?? "–")", "check \(service.hasHealthCheck)"]
    if let name = service.containerName { lines.append("container \(name)") }
    lines += service.ports.map { "port \($0.hostAddress) \($0.published) \($0.target)" }
    lines += service.dependsOn.map { "needs \($0)" }
    lines += service.profiles.map { "profile '\($0)'" }
    lines += service.command.map { "command \($0)" }
    lines += service.environment.filter { !$0.key.isEmpty }.map { "env \($0.key)=\($0.value)" }
    for (target, reference) in service.secrets {
      if case .file(let file) = reference { lines.append("secret \(target) \(file)") }
    }
    return lines
  }
}
