import DataSources
import Facts
import Operations
import Panels

/// The console on the terminal.
enum ScreenCommand {
  /// Opens the screen and runs until the user leaves: exit code, and the signal that ended it.
  @LoopActor static func run(_ arguments: Arguments) async throws(ConsoleFailure) -> (ExitCode, Int32?) {
    let configuration = try Opening.configuration(arguments)
    let session = try await Opening.session(
      configuration,
      environment: arguments.options[.env],
      arguments,
      isAtOnce: true
    )
    let isWaiting = !session.options.waiting.isEmpty
    let themes = BuiltInThemes.all()
    let name = arguments.options[.theme] ?? configuration.settings.theme
    guard let theme = themes[name] else {
      let known = themes.keys.sorted().joined(separator: ", ")
      throw ConsoleFailure(
        message:
          "switchboard: no theme is called \(SafeText(name))\(DidYouMean.clause(name, among: themes.keys.sorted())); there are \(known)",
        code: .usage
      )
    }
    let terminal: Terminal
    do throws(TerminalError) {
      terminal = try Terminal(
        Terminal.Options(
          environment: session.options.variables,
          theme: theme,
          themeOnLight: BuiltInThemes.onLight(name, themes),
          isASCII: arguments.has(.ascii),
          errorLog: session.errorLog()
        )
      )
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error)", code: .unavailable)
    }
    let open: @LoopActor (Configuration, String?) async -> Result<Session, ConsoleFailure> = {
      do throws(ConsoleFailure) {
        return .success(try await Opening.session($0, environment: $1, arguments))
      } catch {
        return .failure(error)
      }
    }
    let application = Application(
      session: session,
      terminal: terminal,
      themes: themes,
      makeSession: { await open(configuration, $0) },
      refine: {
        let refined = await Opening.refined(configuration)
        guard refined != nil || isWaiting else { return nil }
        return await open(refined ?? configuration, arguments.options[.env])
      }
    )
    let signal = await application.run()
    return (.ok, signal)
  }
}
