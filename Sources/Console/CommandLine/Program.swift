import DataSources
import Facts
import Operations
import Panels

/// One run of the program: reads the command line, opens what it needs, runs the command.
@LoopActor struct Program {
  /// The version that `--version` prints.
  static let version = "0.1.0"

  private let words: [String]

  /// Takes what follows the program's name.
  init(_ words: [String]) {
    self.words = words
  }

  /// Runs to the end: the exit code, and the signal that ended it if one did.
  func run() async -> (ExitCode, Int32?) {
    let (code, signal) = await runCommand()
    return (Output.code(code), signal)
  }

  private func runCommand() async -> (ExitCode, Int32?) {
    let arguments: Arguments
    do throws(UsageFailure) {
      arguments = try Arguments(parsing: words)
    } catch {
      Output.error("switchboard: \(error.message)")
      return (.usage, nil)
    }
    if arguments.has(.version) {
      Output.line("switchboard \(Self.version)")
      return (.ok, nil)
    }
    if arguments.has(.help) {
      Output.line(arguments.helpGroup.map(HelpText.group) ?? HelpText.command(arguments.command))
      return (.ok, nil)
    }
    do throws(ConsoleFailure) {
      return try await run(arguments)
    } catch {
      Output.error(error.message)
      return (error.code, nil)
    }
  }

  private func run(_ arguments: Arguments) async throws(ConsoleFailure) -> (ExitCode, Int32?) {
    switch arguments.command {
    case .keys:
      Output.line(Keymap.standard.markdown())
      return (.ok, nil)
    case .configCheck, .configPrint, .configInit, .configSchema:
      return (try await ConfigCommands.run(arguments), nil)
    case .runbookLint:
      return (try RunbookCommands.lint(arguments), nil)
    case .causes where !arguments.words.isEmpty:
      return (try await CausesCommand.run(arguments), nil)
    case .logs where arguments.options[.file] != nil:
      // Nothing is asked, but what the configuration keeps secret is struck out of a file as of any other log.
      let session = try await Opening.quiet(arguments)
      defer { session?.close() }
      return (try await LogFileCommand(arguments).run(), nil)
    case .trust:
      return (try TrustCommand.run(arguments), nil)
    case .screen:
      return try await ScreenCommand.run(arguments)
    default:
      let session = try await Opening.session(arguments)
      defer { session.close() }
      switch arguments.command {
      case .status: return (try await StatusCommand(session, arguments).run(), nil)
      case .check: return (try await CheckCommand(session, arguments).run(), nil)
      case .wait: return (try await WaitCommand(session, arguments).run(), nil)
      case .logs where LogsCommand.isMeant(arguments):
        return (try await LogsCommand(session, arguments).run(), nil)
      case .runShow: return (try await RunShowCommand(session, arguments).run(), nil)
      case .runsFailed, .validationsLow, .causes:
        return (try await RowsCommand(session, arguments).run(), nil)
      case .runbookList: return (await RunbookCommands.list(session), nil)
      case .runbookRun: return (try await RunbookCommand.run(session, arguments), nil)
      case .runbookResume: return (try await RunbookCommand.resume(session, arguments), nil)
      case .runbookGiveUp: return (try await RunbookCommand.giveUp(session, arguments), nil)
      case .rotate: return (try await RotateCommand(session, arguments).run(), nil)
      case .ownAction: return (try await ActCommand.own(session, arguments), nil)
      case .auditVerify: return (await AuditCommand.verify(session), nil)
      default:
        let action = ActionCatalog.standard.all.first { $0.command == arguments.command.rawValue }
        guard let action else { return (.internalError, nil) }
        return (try await ActCommand(session, arguments, action).run(), nil)
      }
    }
  }
}
