public import Facts

/// What carries out on a compose project what the Engine API has no call for; tests have one of their own.
@LoopActor public protocol ComposeRunner: AnyObject, Sendable {
  /// The project's name.
  var project: String { get }
  /// Asks a CLI how it reads the project now.
  /// - Throws: `misconfigured` with words: there are no files, they are another project's, there is no CLI, or it
  ///   rejects them, as it says itself.
  func read() async throws(SourceFailure) -> ComposeControl.Reading
  /// Runs a command to its end, whatever that is.
  /// - Throws: it could not be started; `timedOut` and `cancelled` leave the outcome unknown.
  func run(_ call: ComposeControl.Call) async throws(SourceFailure) -> ComposeControl.Answer
  /// The variables of which a container of this service has another value than the newest reading, by name; nil if the
  /// files give it none, or a container's values aren't known.
  func differing(_ containers: [ServiceReading], from service: String) -> [String]?
  /// The same of one container by the files as the console reads them itself, within milliseconds, asking nobody: empty
  /// if they give it none, nil if its own values aren't known.
  /// - Throws: `misconfigured` with words: there are no files, they are another project's or don't name the service.
  func outdated(_ container: ServiceReading) async throws(SourceFailure) -> [String]?
}

/// A compose project, as its own CLI changes it.
///
/// The CLI is asked for its reading of the project before each act, so that what it refuses is told before anything
/// runs. It is run by its words, never by a shell, always with the project's name, and never told to take away
/// volumes, images or what the files don't name.
@LoopActor public final class ComposeControl: ComposeRunner {
  /// Where compose files are looked for, and by which variables.
  public struct Place: Sendable {
    /// The directory that the console stands in.
    public var directory: String
    /// The process' variables.
    public var variables: [String: String]

    /// Names a place.
    public init(directory: String, variables: [String: String]) {
      self.directory = directory
      self.variables = variables
    }
  }

  /// The project as a CLI reads it, and how that one is called.
  public struct Reading: Sendable, Equatable {
    /// The project, its files filled in.
    public var project: ComposeProject
    /// The CLI's words, before any command: `docker compose -p shop`.
    public var program: [String]
    /// Where it runs.
    public var directory: String

    /// The services that belong to no profile or to one that is on.
    public var active: [ComposeService] { project.services.filter(\.isActive) }
    /// A service of the files; nil if they have none of that name.
    public func service(_ name: String) -> ComposeService? { project.services.first { $0.name == name } }

    /// The run of a command on it.
    public func call(_ words: [String]) -> Call { Call(words: program + words, directory: directory) }

    /// Makes a reading; tests do.
    public init(_ project: ComposeProject, program: [String], directory: String) {
      self.project = project
      self.program = program
      self.directory = directory
    }
  }

  /// One run of the CLI: what is previewed is what is run.
  public struct Call: Sendable, Hashable {
    /// The program and its arguments.
    public let words: [String]
    /// Where it runs.
    public let directory: String

    /// The words as the preview shows them, and as a shell would take them.
    public var shown: String { ShellWords.line(words) }
  }

  /// What a run came to: whether it succeeded, and what the CLI said, line by line as it came.
  public struct Answer: Sendable, Hashable {
    /// How it ended.
    public let ending: ChildResult.Ending
    /// Its errors' lines, where compose tells what it does, too.
    public let lines: [SafeText]

    /// Whether it exited with 0.
    public var isSuccess: Bool { ending == .status(0) }

    /// Makes an answer; tests do.
    public init(_ ending: ChildResult.Ending, lines: [SafeText] = []) {
      self.ending = ending
      self.lines = lines
    }
  }

  /// What is set for every run: nothing that the files don't name is ever taken away.
  private nonisolated static let settings: [String: String?] = ["COMPOSE_REMOVE_ORPHANS": "false"]
  /// The most lines that are kept of what it says.
  private nonisolated static let mostLines = 200

  /// The project's name.
  public let project: String
  let files: [String]
  let place: Place
  private let environment: [String: String?]
  private let programs: [[String]]
  private let within: Duration
  let runtime: DockerRuntime
  private var newest: Reading?

  /// Makes the control of a project.
  ///
  /// `files` empty: those found from the place. `engine` is an address that the configuration names; nil: the CLI's own
  /// way to it. `within` is the time that a run may take: images may have to be fetched.
  init(
    _ project: String,
    files: [String],
    engine: String?,
    at place: Place,
    runtime: DockerRuntime,
    programs: [[String]] = ComposeCommand.programs,
    within: Duration = .seconds(600)
  ) {
    self.project = project
    self.files = files
    self.place = place
    self.runtime = runtime
    self.programs = programs
    self.within = within
    // Of an engine that is named here docker's own context says nothing.
    let own: [String: String?] =
      engine.map {
        ["DOCKER_HOST": $0, "DOCKER_CONTEXT": nil, "DOCKER_TLS_VERIFY": nil, "DOCKER_CERT_PATH": nil]
      } ?? [:]
    environment = Self.settings.merging(own) { $1 }
  }

  /// Asks `docker compose`, else `docker-compose`.
  public func read() async throws(SourceFailure) -> Reading {
    let plain = try await plainReading()
    let asked = await ComposeCommand.read(
      plain,
      programs: programs,
      options: ["-p", project],
      environment: environment
    )
    switch asked {
    case .absent:
      throw failure("there is no compose CLI here: neither docker compose nor docker-compose")
    case .rejected(let words): throw failure(words.string)
    case .project(var project, let name):
      guard let program = programs.first(where: { $0.joined(separator: " ") == name }) else {
        throw failure("\(name) is no compose CLI")
      }
      project.name = self.project
      let named = plain.startedFrom == nil ? plain.files.flatMap { ["-f", $0] } : []
      let reading = Reading(
        project,
        program: program + ["-p", self.project] + named,
        directory: plain.startedFrom ?? plain.directory
      )
      newest = reading
      return reading
    }
  }

  /// Runs it; its errors' lines are kept as they come.
  public func run(_ call: Call) async throws(SourceFailure) -> Answer {
    let result = try await ChildProcess.run(
      ChildCommand(call.words, environment: environment, directory: call.directory, deadline: within)
    )
    let lines = result.stderr.split(separator: 0x0A).map { SafeText(utf8: $0.filter { $0 != 0x0D }) }
    return Answer(result.ending, lines: lines.suffix(Self.mostLines).map { $0 })
  }

  /// Compares what containers were given with the newest reading.
  public func differing(_ containers: [ServiceReading], from service: String) -> [String]? {
    newest?.service(service).flatMap { differing(containers, from: $0) }
  }

  /// Compares what a container was given with the files as they are now.
  public func outdated(_ container: ServiceReading) async throws(SourceFailure) -> [String]? {
    guard let service = try await plainReading().services.first(where: { $0.name == container.name }) else {
      throw failure("the compose files have no service \(container.name)")
    }
    return service.environment.isEmpty ? [] : differing([container], from: service)
  }

  /// Whether a container runs another image than the files name; nil if either doesn't tell.
  public nonisolated static func isAnotherImage(
    _ container: ServiceReading,
    _ service: ComposeService
  ) -> Bool? {
    guard let image = service.image, !container.image.isEmpty else { return nil }
    return image != container.image
  }

  private func differing(_ containers: [ServiceReading], from service: ComposeService) -> [String]? {
    guard !service.environment.isEmpty, !containers.isEmpty else { return nil }
    var names: Set<String> = []
    for container in containers {
      guard let found = runtime.differing(service.environment, in: container) else { return nil }
      names.formUnion(found)
    }
    return names.sorted()
  }

  private func plainReading() async throws(SourceFailure) -> ComposeProject {
    let (files, place, project) = (files, place, project)
    let discovery = await LoopActor.onThreadPool {
      files.isEmpty
        ? Discovery.find(from: place.directory, variables: place.variables)
        : Discovery.read(
          files.map { UpwardSearch.absolute($0, in: place.directory) },
          variables: place.variables
        )
    }
    if let refusal = discovery.refusal { throw failure(refusal.string) }
    guard let found = discovery.project else {
      throw failure(
        "no compose file is found from \(place.directory): start the console where it is, or name it in `files`"
      )
    }
    // A file that is only near is not this project's; one that is named is, whatever it calls itself.
    guard !files.isEmpty || found.name == project else {
      throw failure("the compose file here is of the project \(found.name), not of \(project)")
    }
    return found
  }

  func failure(_ words: String) -> SourceFailure {
    SourceFailure(.misconfigured, at: "compose \(project)", detail: words)
  }
}
