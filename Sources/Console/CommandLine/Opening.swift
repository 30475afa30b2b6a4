import DataSources
import Facts
import Operations

#if canImport(Glibc)
internal import Glibc
#endif

/// From the command line to an open session: configuration, environment, secrets, write mode.
enum Opening {
  /// The environment variables of the process.
  static func variables() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let line = String(cString: text)
      if let equals = line.firstIndex(of: "=") {
        result[String(line[..<equals])] = String(line[line.index(after: equals)...])
      }
      entry += 1
    }
    return result
  }

  /// The configuration files that the command line and the variables name.
  static func files(_ arguments: Arguments) -> ConfigurationFiles {
    var variables = variables()
    if let path = arguments.options[.config] { variables["SWITCHBOARD_CONFIG"] = path }
    let trusted = TrustedFiles(variables: variables)
    return ConfigurationFiles(
      variables: variables,
      workingDirectory: workingDirectory(),
      isTrusted: { trusted.contains($0, $1) }
    )
  }

  /// The expressions of a configuration are checked where they stand.
  static let checks = ExpressionChecks(
    condition: { text in
      do throws(ExpressionError) {
        _ = try Condition(parsing: text)
        return nil
      } catch {
        return (error.message, error.offset)
      }
    },
    rule: { text in
      do throws(ExpressionError) {
        _ = try Rule(parsing: text)
        return nil
      } catch {
        return (error.message, error.offset)
      }
    },
    gate: { text in
      do throws(ExpressionError) {
        _ = try Gate(parsing: text)
        return nil
      } catch {
        return (error.message, error.offset)
      }
    }
  )

  /// The configuration in effect: the files', or what discovery finds when there is none.
  static func configuration(_ arguments: Arguments) throws(ConsoleFailure) -> Configuration {
    let files = files(arguments)
    do throws(Configuration.Failure) {
      let configuration = try files.read(checks: checks)
      return configuration.settings.environments.isEmpty
        ? configuration.found(by: discovery(files)) : configuration
    } catch {
      throw ConsoleFailure(message: error.description, code: .config)
    }
  }

  /// What is found where the program stands: a compose project, else the runbook's ports.
  static func discovery(_ files: ConfigurationFiles) -> Discovery {
    Discovery.find(from: files.workingDirectory, variables: files.variables)
  }

  /// The configuration with the compose CLI's own reading of the project; nil when that changes nothing.
  ///
  /// Takes up to some seconds: the screen asks after its first frame.
  @LoopActor static func refined(_ configuration: Configuration) async -> Configuration? {
    guard var discovery = configuration.discovery, let project = discovery.project else { return nil }
    switch await ComposeCommand.read(project, catalog: discovery.catalog) {
    case .absent: return nil
    case .rejected(let words):
      discovery.notes.append("\(words); the files are read plainly")
    case .project(let own, let program):
      discovery.project = own
      discovery.notes = ["not configured: project \(SafeText(own.name)) as \(SafeText(program)) reads it"]
    }
    return configuration.found(by: discovery)
  }

  /// Tells what has no effect, what was found and what is not followed: every command does.
  @LoopActor static func tell(_ configuration: Configuration) {
    for warning in configuration.warnings { Output.error("\(warning)") }
    for note in configuration.notes { Output.error("switchboard: \(note)") }
  }

  /// A session of the environment that the command line names.
  @LoopActor static func session(_ arguments: Arguments) async throws(ConsoleFailure) -> Session {
    let plain = try configuration(arguments)
    let configuration = await refined(plain) ?? plain
    tell(configuration)
    return try await session(configuration, environment: arguments.options[.env], arguments)
  }

  /// A session that only knows the secrets of the configuration, and asks nothing; nil, and said so, where it can't be had.
  @LoopActor static func quiet(_ arguments: Arguments) async throws(ConsoleFailure) -> Session? {
    let plain = try configuration(arguments)
    do throws(ConsoleFailure) {
      return try await session(plain, environment: arguments.options[.env], arguments)
    } catch {
      Output.error(
        "\(error.message)\nswitchboard: passwords that only the configuration knows are not struck out"
      )
      return nil
    }
  }

  /// A session of one environment of a configuration.
  ///
  /// With `isAtOnce` no command is run for a secret: the sources that need one are waited for, and a session
  /// opened without it has them.
  @LoopActor static func session(
    _ configuration: Configuration,
    environment name: String?,
    _ arguments: Arguments,
    isAtOnce: Bool = false
  ) async throws(ConsoleFailure) -> Session {
    let variables = variables()
    var environment: EnvironmentSettings
    do throws(UsageFailure) {
      environment = try configuration.environment(name)
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error)", code: .usage)
    }
    let docker = try docker(environment, variables)
    environment = environment.resolved(dockerHost: docker.address)
    let waiting = isAtOnce ? SecretStore.waiting(environment) : []
    environment.postpone(waiting)
    let secrets = await SecretStore.resolve(environment, variables: variables)
    for problem in secrets.problems { Output.error("switchboard: \(problem)") }
    do throws(SourceFailure) {
      return try Session(
        Session.Options(
          settings: configuration.settings,
          environment: environment,
          variables: variables,
          writeMode: try writeMode(configuration, environment, variables, arguments),
          secrets: secrets,
          docker: docker,
          waiting: waiting,
          notes: configuration.notes + SecretStore.notes(of: waiting),
          file: arguments.options[.config],
          directory: workingDirectory()
        )
      )
    } catch {
      throw ConsoleFailure(
        message: "switchboard: \(SafeText(error.address)): \(SafeText(error.detail))",
        code: .config
      )
    }
  }

  /// The engine that docker's own context leads to; only an environment that asks it can fail by it.
  private static func docker(
    _ environment: EnvironmentSettings,
    _ variables: [String: String]
  ) throws(ConsoleFailure) -> DockerContext {
    guard case .compose(_, let engine, _) = environment.runtime, engine ?? "" == "" else { return .usual }
    do throws(SourceFailure) {
      return try DockerContext.current(variables)
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error.detail)", code: .config)
    }
  }

  /// Read-only by flag, variable or configuration can't be lifted; production's can.
  private static func writeMode(
    _ configuration: Configuration,
    _ environment: EnvironmentSettings,
    _ variables: [String: String],
    _ arguments: Arguments
  ) throws(SourceFailure) -> WriteMode {
    if arguments.has(.readOnly) {
      return WriteMode(.forced(why: "it was started with --read-only; started without it, it acts"))
    }
    if let value = variables["SWITCHBOARD_READ_ONLY"], !value.isEmpty, value != "0", value != "false" {
      return WriteMode(.forced(why: "SWITCHBOARD_READ_ONLY is set; unset it and start again to act"))
    }
    if let refusal = configuration.discovery?.refusal {
      return WriteMode(.forced(why: "the project is not known: \(refusal)"))
    }
    if environment.readOnly {
      let why = "the configuration says read_only: true; only changing that lets it act"
      return WriteMode(.forced(why: why))
    }
    var mode = WriteMode(environment.isProduction ? .production : .none)
    if let reason = arguments.options[.write], environment.isProduction {
      do throws(WriteMode.LiftError) {
        try mode.lift(for: .seconds(600), reason: reason, now: LoopActor.now().monotonic)
      } catch {
        throw SourceFailure(.misconfigured, at: "--write", detail: error.sentence)
      }
    }
    return mode
  }

  static func workingDirectory() -> String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}
