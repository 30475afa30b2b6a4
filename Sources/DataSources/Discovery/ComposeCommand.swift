public import Facts

/// The compose CLI's own reading of a project, which knows all of the format.
@LoopActor public enum ComposeCommand {
  /// What came of asking the CLI.
  public enum Reading: Sendable, Equatable {
    /// The project as the CLI reads it, and the program that did.
    case project(ComposeProject, by: String)
    /// A CLI is there and rejects the project; its own words.
    case rejected(SafeText)
    /// There is no compose CLI.
    case absent
  }

  /// v2 is a plugin of `docker` or a program of its own, v1 the program alone.
  nonisolated static let programs = [["docker", "compose"], ["docker-compose"]]

  /// Asks `docker compose config`, else `docker-compose config`, for the files of a plain reading.
  ///
  /// - Parameters:
  ///   - project: the plain reading; its files and, where the CLI tells none, its name are kept.
  ///   - programs: the programs to try instead of the usual ones; tests do.
  ///   - options: what stands between the program and its command: `-p NAME`.
  ///   - environment: variables on top of the console's own.
  ///   - deadline: the time that each may take: a Python program that starts on a busy host takes seconds.
  ///   - catalog: the kinds of sources whose accounts are looked for.
  /// - Returns: the project, why a CLI rejects it, or that there is none.
  public static func read(
    _ project: ComposeProject,
    programs: [[String]]? = nil,
    options: [String] = [],
    environment: [String: String?] = [:],
    deadline: Duration = .seconds(10),
    catalog: SourceCatalog = .standard
  ) async -> Reading {
    var rejection: SafeText?
    for program in programs ?? Self.programs {
      let name = program.joined(separator: " ")
      // Where compose finds the files by itself it also finds what stands beside them.
      let files = project.startedFrom == nil ? project.files.flatMap { ["-f", $0] } : []
      let words = program + options + files + ["config"]
      do throws(SourceFailure) {
        let result = try await ChildProcess.run(
          ChildCommand(
            words,
            environment: environment,
            directory: project.startedFrom ?? project.directory,
            deadline: deadline
          )
        )
        guard result.isSuccess else {
          if let words = Self.words(of: result) { rejection = "\(SafeText(name)) rejects it: \(words)" }
          continue
        }
        switch Self.project(result.stdout, name, over: project, catalog) {
        case .success(let own): return .project(own, by: name)
        case .failure(let error):
          let place = error.location
          rejection = SafeText(
            "the output of \(place.file) can't be read: line \(place.line): \(error.message)",
            limit: 300
          )
        }
      } catch {
        // A program that is not there is no rejection.
        if error.code != .misconfigured { rejection = "\(SafeText(name)): \(SafeText(error.word))" }
      }
    }
    return rejection.map(Reading.rejected) ?? .absent
  }

  /// The CLI's last words; nil when it only says that it has no `compose`.
  private static func words(of result: ChildResult) -> SafeText? {
    let lines = String(decoding: result.stderr, as: UTF8.self).split(separator: "\n")
    let isPluginMissing = lines.contains { line in
      line.contains("is not a docker command") || line.contains("unknown shorthand flag")
        || line.contains("unknown command")
    }
    guard !isPluginMissing else { return nil }
    return SafeText(lines.prefix(2).joined(separator: " "), limit: 300)
  }

  private static func project(
    _ output: [UInt8],
    _ program: String,
    over plain: ComposeProject,
    _ catalog: SourceCatalog
  ) -> Result<ComposeProject, YAMLError> {
    let file = ComposeReader.File(path: "\(program) config", bytes: output)
    var project: ComposeProject
    do throws(YAMLError) {
      // Everything is filled in already, and without a directory no name is made up.
      project = try ComposeReader.read(
        [file],
        directory: "",
        variables: ComposeVariables(process: [:]),
        catalog: catalog,
        content: ComposeFiles.content
      )
    } catch {
      return .failure(error)
    }
    guard !project.services.isEmpty else {
      let start = Location(file: file.path, line: 1, column: 1)
      return .failure(YAMLError("it has no services", at: start))
    }
    project.directory = plain.directory
    project.files = plain.files
    project.startedFrom = plain.startedFrom
    project.place = plain.place
    // The newer program names the project and lists what is on; the older lists everything.
    let listsActive = !project.name.isEmpty
    if project.name.isEmpty { project.name = plain.name }
    for index in project.services.indices {
      let written = plain.services.first { $0.name == project.services[index].name }
      project.services[index].isActive = listsActive || written?.isActive ?? true
      if let written { project.services[index].takePlaces(of: written) }
    }
    return .success(project)
  }
}

extension ComposeService {
  /// Takes over where things are written, which the CLI's output doesn't tell.
  fileprivate mutating func takePlaces(of written: ComposeService) {
    places = written.places
    references = written.references.filter { name, _ in
      name == Self.passwordFlag
        ? requiredPassword == written.requiredPassword : environment[name] == written.environment[name]
    }
  }
}
