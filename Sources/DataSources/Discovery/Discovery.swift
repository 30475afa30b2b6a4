public import Facts

/// What was found without any configuration: a compose project, else the runbook's ports.
public struct Discovery: Sendable {
  /// The compose project; nil when there is no compose file that can be read.
  public var project: ComposeProject?
  /// Why a compose project that is there is not read, as a sentence: then its name isn't known either.
  public var refusal: SafeText?
  /// What people should know: what was found, what was not understood; never a value.
  public var notes: [SafeText]
  /// The kinds of sources that are looked for.
  public var catalog: SourceCatalog

  /// The names of compose files, in the order that compose prefers them.
  public static let fileNames = [
    "compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml",
  ]

  /// Makes a discovery.
  public init(
    project: ComposeProject?,
    notes: [SafeText] = [],
    catalog: SourceCatalog = .standard
  ) {
    self.project = project
    self.notes = notes
    self.catalog = catalog
  }

  /// Looks for a compose file from `directory` upwards and reads it; reads small local files only.
  /// - Parameters:
  ///   - directory: where the search begins.
  ///   - variables: the process' variables, `HOME` and `COMPOSE_*` among them.
  ///   - catalog: the kinds of sources to look for.
  /// - Returns: what was found; a compose file that can't be read is a note.
  public static func find(
    from directory: String,
    variables: [String: String],
    catalog: SourceCatalog = .standard
  ) -> Discovery {
    // Which engine is asked is docker's own to say when the environment is opened.
    var discovery = Discovery(project: nil, catalog: catalog)
    do throws(ComposeFiles.Refusal) {
      let files = try ComposeFiles(from: directory, process: variables)
      guard !files.paths.isEmpty else {
        discovery.notes.append("no compose file found: the runbook's ports on this machine are used")
        return discovery
      }
      var project = try read(try files.contents(), files, catalog)
      project.startedFrom = directory
      discovery.notes += project.notes
      discovery.project = project
    } catch {
      let sentence = SafeText(error.sentence, limit: 400)
      discovery.refusal = sentence
      discovery.notes.append(
        "\(sentence): the project is not known, nothing can be changed; the runbook's ports are shown"
      )
    }
    return discovery
  }

  /// Reads the compose files that somebody names, in merge order.
  /// - Returns: the project; nil when it can't be read, which its notes tell.
  public static func read(_ files: [String], variables: [String: String]) -> Discovery {
    var discovery = Discovery(project: nil)
    guard let first = files.first else { return discovery }
    var process = variables
    process["COMPOSE_FILE"] = files.joined(separator: ":")
    process["COMPOSE_PATH_SEPARATOR"] = ":"
    do throws(ComposeFiles.Refusal) {
      let found = try ComposeFiles(from: UpwardSearch.directory(of: first), process: process)
      discovery.project = try read(try found.contents(), found, discovery.catalog)
    } catch {
      discovery.refusal = SafeText(error.sentence, limit: 400)
    }
    return discovery
  }

  private static func read(
    _ contents: [ComposeReader.File],
    _ files: ComposeFiles,
    _ catalog: SourceCatalog
  ) throws(ComposeFiles.Refusal) -> ComposeProject {
    do throws(YAMLError) {
      return try ComposeReader.read(
        contents,
        directory: files.directory,
        variables: files.variables,
        catalog: catalog,
        content: ComposeFiles.content
      )
    } catch {
      throw ComposeFiles.Refusal(sentence: error.description)
    }
  }
}
