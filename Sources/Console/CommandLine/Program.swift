import DataSources
import Facts
import Operations
import Panels

#if canImport(Glibc)
internal import Glibc
#endif

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
    let arguments: Arguments
    do throws(UsageError) {
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
      Output.line(HelpText.command(arguments.command))
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
    case .configCheck, .configPrint, .configInit:
      return (try await ConfigCommands.run(arguments), nil)
    case .screen:
      return try await ScreenCommand.run(arguments)
    case .status, .check, .wait, .restart, .testQuick, .runsFailed, .validationsLow, .auditVerify:
      let session = try await Opening.session(arguments)
      defer { session.close() }
      switch arguments.command {
      case .status: return (try await StatusCommand(session, arguments).run(), nil)
      case .check: return (try await CheckCommand(session, arguments).run(), nil)
      case .wait: return (try await WaitCommand(session, arguments).run(), nil)
      case .restart, .testQuick: return (try await ActCommand(session, arguments).run(), nil)
      case .runsFailed, .validationsLow: return (try await RowsCommand(session, arguments).run(), nil)
      case .auditVerify: return (await AuditCommand.verify(session), nil)
      case .screen, .keys, .configCheck, .configPrint, .configInit: return (.internalError, nil)
      }
    }
  }
}

/// The standard output and error of the commands without a screen.
enum Output {
  /// Prints one line or several.
  static func line(_ text: String) {
    write(text + "\n", to: STDOUT_FILENO)
  }

  /// Prints text that ends its own lines.
  static func text(_ text: String) {
    write(text, to: STDOUT_FILENO)
  }

  /// Prints a line to the standard error.
  static func error(_ text: String) {
    write(text + "\n", to: STDERR_FILENO)
  }

  /// Prints text that ends its own lines to the standard error.
  static func errorText(_ text: String) {
    write(text, to: STDERR_FILENO)
  }

  private static func write(_ text: String, to descriptor: Int32) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if written < 0 {
        // A reader that has left (`| head`) is no error of ours; nothing else can be told to anybody.
        guard errno == EINTR else { return }
        continue
      }
      bytes = bytes.dropFirst(written)
    }
  }
}
