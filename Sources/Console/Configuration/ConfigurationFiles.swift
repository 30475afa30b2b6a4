import DataSources

/// Finds and reads the files that make up a configuration.
struct ConfigurationFiles: Sendable {
  /// The variables of the process that matter: `HOME`, `XDG_CONFIG_HOME`, `SWITCHBOARD_CONFIG`.
  var variables: [String: String]
  /// Where the search for `.switchboard.yaml` begins.
  var workingDirectory: String
  /// Whether a project file, by its path and bytes, has been trusted.
  var isTrusted: @Sendable (_ path: String, _ bytes: [UInt8]) -> Bool

  /// The name of a project's file.
  static let projectName = ".switchboard.yaml"

  /// The path of the user's own file, whether or not it exists; nil without `HOME`.
  var userPath: String? {
    let base =
      variables["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
      ?? variables["HOME"].map { UpwardSearch.join($0, ".config") }
    return base.map { UpwardSearch.join($0, "switchboard/config.yaml") }
  }

  /// The path of the nearest project file; nil when there is none.
  var projectPath: String? {
    UpwardSearch.find([Self.projectName], from: workingDirectory, home: variables["HOME"]).map {
      UpwardSearch.join($0.directory, $0.name)
    }
  }

  /// Reads every file there is, weakest first.
  /// - Throws: everything that can't be read, not only the first.
  func layers() throws(Configuration.Failure) -> [ConfigurationLayer] {
    var problems: [ConfigurationProblem] = []
    var layers: [ConfigurationLayer] = []
    let candidates: [(ConfigurationLayer.Kind, String?)] = [
      (.user, userPath), (.project, projectPath), (.variable, variables["SWITCHBOARD_CONFIG"]),
    ]
    for (kind, path) in candidates {
      guard let path, !path.isEmpty else { continue }
      do {
        if let layer = try layer(kind, path) { layers.append(layer) }
      } catch {
        problems.append(error)
      }
    }
    guard problems.isEmpty else { throw Configuration.Failure(problems: problems) }
    return layers
  }

  /// Reads the files and the flags into one configuration.
  /// - Throws: everything that is wrong.
  func read(
    flags: [ConfigurationLayer] = [],
    checks: ExpressionChecks
  ) throws(Configuration.Failure) -> Configuration {
    try Configuration.read(
      try layers() + flags,
      checks: checks,
      surroundings: .around(workingDirectory, variables: variables)
    )
  }

  private func layer(
    _ kind: ConfigurationLayer.Kind,
    _ path: String
  ) throws(ConfigurationProblem) -> ConfigurationLayer? {
    let file: LocalFile
    do {
      file = try LocalFile.read(path)
    } catch {
      if error.isMissing, kind != .variable { return nil }
      throw ConfigurationProblem(unreadable: path, "\(error.message); \(Self.advice(error))")
    }
    do {
      let node = try YAMLReader.read(file.bytes, file: path)
      return ConfigurationLayer(kind, node, isTrusted: kind != .project || isTrusted(path, file.bytes))
    } catch {
      throw ConfigurationProblem(error.message, at: error.location)
    }
  }

  /// What to do about a file that can't be read; only one that was named may not be missing.
  private static func advice(_ failure: LocalFile.Failure) -> String {
    if failure.isMissing { return "correct the path that -c or SWITCHBOARD_CONFIG names, or leave it out" }
    return failure.number == 0
      ? "expected one YAML file of at most 1 MiB" : "let this user read it, or name another file"
  }
}
