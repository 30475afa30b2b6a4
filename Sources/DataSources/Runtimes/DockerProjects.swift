public import Facts

/// A compose project that has containers in an engine.
public struct RunningProject: Sendable, Hashable {
  /// The project's name.
  public var name: String
  /// Where compose was run; nil if compose didn't say.
  public var directory: String?
  /// The compose files in merge order, as compose was given them; may be empty.
  public var files: [String]
  /// How many containers it has, and how many of them run.
  public var containers: Int
  /// How many of its containers run.
  public var running: Int
}

extension DockerRuntime {
  /// The compose projects of an engine, by name: what there is to watch when nothing is configured.
  ///
  /// - Throws: as ``services()``.
  public static func discoverProjects(
    at endpoint: ServerEndpoint,
    client: HTTPClient,
    deadline: Duration = .seconds(2)
  ) async throws(SourceFailure) -> [RunningProject] {
    let engine = DockerEngine(at: endpoint, client: client)
    let path = "/containers/json?all=1&filters=" + dockerFilters(["label": ["com.docker.compose.project"]])
    let list = try await engine.get(
      path,
      as: [DockerListEntry].self,
      until: LoopActor.now().monotonic + deadline
    )
    var projects: [String: RunningProject] = [:]
    for entry in list where !entry.isOneOff {
      guard let name = entry.compose("project") else { continue }
      let files = entry.compose("project.config_files").map { $0.split(separator: ",").map(String.init) }
      var project =
        projects[name]
        ?? RunningProject(
          name: name,
          directory: entry.compose("project.working_dir"),
          files: files ?? [],
          containers: 0,
          running: 0
        )
      project.containers += 1
      if entry.State == "running" { project.running += 1 }
      projects[name] = project
    }
    return projects.values.sorted { $0.name < $1.name }
  }
}
