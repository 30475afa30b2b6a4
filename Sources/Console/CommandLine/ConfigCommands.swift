import DataSources
import Facts
import Operations

/// `config check`, `config print`, `config schema` and `config init`.
@LoopActor enum ConfigCommands {
  /// Runs one of them.
  static func run(_ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    switch arguments.command {
    case .configCheck: return try await check(arguments)
    case .configPrint:
      let configuration = try await refined(arguments)
      Opening.tell(configuration)
      Output.text(ConfigCommand.print(configuration, origins: arguments.has(.origins)))
      return .ok
    case .configSchema:
      Output.text(ConfigCommand.schema())
      return .ok
    default: return try await initialise(arguments)
    }
  }

  private static func check(_ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let configuration = try await refined(arguments)
    let secrets = SecretCheck.problems(configuration, variables: Opening.variables())
    let live = arguments.has(.live) ? try await live(configuration, arguments) : []
    var checked = configuration
    checked.warnings = (configuration.warnings + live).filter { $0.severity == .warning }.sorted()
    let errors = (secrets + live).filter { $0.severity == .error }.sorted()
    guard errors.isEmpty else {
      return tell(
        ConfigCommand.check(.failure(Configuration.Failure(problems: (errors + checked.warnings).sorted())))
      )
    }
    return tell(ConfigCommand.check(.success(checked)))
  }

  /// Asks the stack once, and compares what it tells with what is configured.
  private static func live(
    _ configuration: Configuration,
    _ arguments: Arguments
  ) async throws(ConsoleFailure) -> [ConfigurationProblem] {
    let session = try await Opening.session(configuration, environment: arguments.options[.env], arguments)
    defer { session.close() }
    let headless = HeadlessSession(session, arguments)
    await headless.hear()
    let monitor = headless.monitor
    for source in monitor.failingSources {
      Output.error(
        "switchboard: \(SafeText(source.id)) \(SafeText(source.word)): what it would tell is not checked"
      )
    }
    let told = monitor.services?.services.filter { $0.reading != nil }.map(\.service) ?? []
    return LiveCheck.problems(
      configuration,
      session.options.environment,
      services: told.isEmpty ? nil : told,
      facts: headless.knowsAll ? monitor.world.facts.facts(at: LoopActor.now().monotonic) : []
    )
  }

  private static func initialise(_ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let files = Opening.files(arguments)
    // Where it is told, and nowhere else.
    let told = files.variables["SWITCHBOARD_CONFIG"].flatMap { $0.isEmpty ? nil : $0 }
    guard let path = told ?? files.userPath else {
      throw ConsoleFailure(
        message: "switchboard: HOME is not set: where should it be written?",
        code: .usage
      )
    }
    let found = Configuration(settings: Settings(), warnings: [], origins: [:])
      .found(by: Opening.discovery(files))
    let configuration = await Opening.refined(found) ?? found
    if let refusal = configuration.discovery?.refusal {
      throw ConsoleFailure(message: "switchboard: \(refusal): nothing is written", code: .config)
    }
    Opening.tell(configuration)
    let initial = InitialConfiguration(
      discovered: configuration.settings,
      references: configuration.discovery?.references ?? [:],
      places: configuration.discovery?.passwordPlaces ?? [:],
      variables: files.variables
    )
    var outcome = ConfigCommand.write(initial.text, to: path, replacing: arguments.has(.force))
    if outcome.exitCode == .ok, !initial.demands.isEmpty {
      outcome.output += "before it works:\n" + initial.demands.map { "  \(SafeText($0))\n" }.joined()
    }
    return tell(outcome)
  }

  /// The configuration in effect, as every other command reads it.
  private static func refined(_ arguments: Arguments) async throws(ConsoleFailure) -> Configuration {
    let plain = try Opening.configuration(arguments)
    return await Opening.refined(plain) ?? plain
  }

  private static func tell(_ outcome: ConfigCommand.Outcome) -> ExitCode {
    Output.text(outcome.output)
    Output.errorText(outcome.errors)
    return outcome.exitCode
  }
}
