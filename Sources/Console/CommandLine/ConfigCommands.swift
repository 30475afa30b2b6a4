import DataSources
import Facts

/// `config check`, `config print`, `config schema` and `config init`.
@LoopActor enum ConfigCommands {
  /// Runs one of them.
  static func run(_ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let files = Opening.files(arguments)
    switch arguments.command {
    case .configCheck:
      let result: Result<Configuration, Configuration.Failure>
      do throws(Configuration.Failure) {
        result = .success(try files.read(checks: Opening.checks))
      } catch {
        result = .failure(error)
      }
      return tell(ConfigCommand.check(result))
    case .configPrint:
      let configuration = try Opening.configuration(arguments)
      Output.text(ConfigCommand.print(configuration, origins: arguments.has(.origins)))
      return .ok
    case .configSchema:
      Output.text(ConfigCommand.schema())
      return .ok
    default:
      guard let path = files.userPath else {
        throw ConsoleFailure(
          message: "switchboard: HOME is not set: where should it be written?",
          code: .usage
        )
      }
      let settings = Opening.discovery(files).settings
      let text = ConfigCommand.initial(discovered: settings)
      return tell(ConfigCommand.write(text, to: path, replacing: arguments.has(.force)))
    }
  }

  private static func tell(_ outcome: ConfigCommand.Outcome) -> ExitCode {
    Output.text(outcome.output)
    Output.errorText(outcome.errors)
    return outcome.exitCode
  }
}
