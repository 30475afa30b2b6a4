public import Facts

/// What was found without any configuration: a compose project, else the runbook's ports.
public struct Discovery: Sendable {
  /// The compose project; nil when there is no compose file that can be read.
  public var project: ComposeProject?
  /// The address of the Docker Engine when the environment names one; nil: the usual socket.
  public var engine: String?
  /// What people should know: what was found, what was not understood; never a value.
  public var notes: [SafeText]

  /// The names of compose files, in the order that compose prefers them.
  public static let fileNames = [
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
  ]

  /// Makes a discovery.
  public init(project: ComposeProject?, engine: String? = nil, notes: [SafeText] = []) {
    self.project = project
    self.engine = engine
    self.notes = notes
  }

  /// Looks for a compose file from `directory` upwards and reads it; reads small local files only.
  /// - Parameters:
  ///   - directory: where the search begins.
  ///   - variables: the process' variables, `HOME`, `DOCKER_HOST` and `COMPOSE_*` among them.
  /// - Returns: what was found; a compose file that can't be read is a note.
  public static func find(from directory: String, variables: [String: String]) -> Discovery {
    var discovery = Discovery(
      project: nil,
      engine: variables["DOCKER_HOST"].flatMap { $0.isEmpty ? nil : $0 }
    )
    guard let (root, paths) = files(from: directory, variables) else {
      discovery.notes.append("no compose file found: the runbook's ports on this machine are used")
      return discovery
    }
    var environment = ComposeVariables(process: variables)
    if let text = content(UpwardSearch.join(root, ".env")) {
      environment.file = ComposeVariables.parseEnvFile(text, over: environment)
    }
    do {
      let files = paths.compactMap { path in
        (try? LocalFile.read(path)).map { ComposeReader.File(path: path, bytes: $0.bytes) }
      }
      guard files.count == paths.count else {
        let names = paths.joined(separator: ", ")
        discovery.notes.append(SafeText("\(names) can't be read: the runbook's ports are used"))
        return discovery
      }
      let project = try ComposeReader.read(
        files,
        directory: root,
        variables: environment,
        environmentFile: content
      )
      discovery.notes += project.notes
      discovery.project = project
    } catch {
      discovery.notes.append(SafeText("\(error.description): the runbook's ports are used"))
    }
    return discovery
  }

  /// The compose files: those of `COMPOSE_FILE`, else the nearest and its override.
  private static func files(
    from directory: String,
    _ variables: [String: String]
  ) -> (directory: String, paths: [String])? {
    if let list = variables["COMPOSE_FILE"], !list.isEmpty {
      let separator = variables["COMPOSE_PATH_SEPARATOR"]?.first ?? ":"
      let paths = list.split(separator: separator).map { UpwardSearch.join(directory, String($0)) }
      let first = paths.first ?? ""
      return (String(first.prefix(upTo: first.lastIndex(of: "/") ?? first.startIndex)), paths)
    }
    guard let (root, name) = UpwardSearch.find(fileNames, from: directory, home: variables["HOME"]) else {
      return nil
    }
    let stem = name.prefix { $0 != "." }
    let overrides = ["\(stem).override.yaml", "\(stem).override.yml"]
    let found = overrides.map { UpwardSearch.join(root, $0) }.first(where: LocalFile.isOurs)
    return (root, [UpwardSearch.join(root, name)] + (found.map { [$0] } ?? []))
  }

  /// The text of a small file that belongs to this user or to root; nil when it can't be had.
  private static func content(_ path: String) -> String? {
    guard let file = try? LocalFile.read(path), file.isOurs else { return nil }
    return String(decoding: file.bytes, as: UTF8.self)
  }
}
