import DataSources
import Facts
import Operations

#if canImport(Glibc)
import Glibc
#endif

/// The terminal of a command without a screen: it is given as it is.
@LoopActor final class PlainTerminal: TerminalLender {
  /// Runs `program` on the process' own terminal.
  func lend<Result: Sendable>(
    to program: @LoopActor (_ terminal: Int32) async throws(SourceFailure) -> Result
  ) async throws(SourceFailure) -> Result {
    // An open file of its own: the console's may not wait for input, and the program's must.
    let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
    guard terminal >= 0 else {
      throw SourceFailure(.rejected, at: "/dev/tty", detail: "there is no terminal to open it on")
    }
    defer { close(terminal) }
    // What the keyboard sends to all of the group is the program's; a stop stops both.
    let kept = [SIGINT, SIGQUIT].map { number in
      var (ignored, former) = (sigaction(), sigaction())
      ignored.__sigaction_handler.sa_handler = SIG_IGN
      sigaction(number, &ignored, &former)
      return (number, former)
    }
    defer {
      for (number, former) in kept {
        var former = former
        sigaction(number, &former, nil)
      }
    }
    return try await program(terminal)
  }
}
