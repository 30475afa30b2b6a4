import CGuard
import DataSources

#if canImport(Glibc)
internal import Glibc
#endif

/// The program's entry point: guard, loop, one command, exit.
@main
struct Main {
  static func main() {
    // Before anything can crash: Swift's own crash handler would prompt on the terminal and print memory.
    guard_install("switchboard")
    Output.occupyClosedDescriptors()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let outcome = Outcome()
    LoopActor.task {
      outcome.value = await Program(arguments).run()
      LoopActor.loop.stop()
    }
    LoopActor.loop.run()
    let (code, signal) = outcome.value
    if let signal {
      // The shell must see that a signal ended the program.
      guard_raise(signal)
    }
    // Not `exit`: at its end libuv joins its pool, where a lookup at a frozen host may sit for minutes.
    _exit(code.rawValue)
  }

  /// Carries the result from the loop's last turn to the code after it, on the same thread.
  private final class Outcome: @unchecked Sendable {
    var value: (code: ExitCode, signal: Int32?) = (.internalError, nil)
  }
}
