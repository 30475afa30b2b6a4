import DataSources
import Facts
import Operations

/// The screen's terminal, given to a program while that runs.
@LoopActor final class LentScreen: TerminalLender {
  private weak var application: Application?

  /// Lends the terminal of `application`.
  init(_ application: Application) {
    self.application = application
  }

  /// Leaves the screen, runs `program`, and paints again.
  func lend<Result: Sendable>(
    to program: @LoopActor (_ terminal: Int32) async throws(SourceFailure) -> Result
  ) async throws(SourceFailure) -> Result {
    guard let application else { throw SourceFailure(.cancelled, at: "terminal") }
    application.leaveScreen()
    defer { application.returnToScreen() }
    return try await PlainTerminal().lend(to: program)
  }
}
