import Foundation
import Glibc
import Testing

/// The console in a process that can be killed.
final class RunningConsole {
  private var pid: pid_t = 0
  private var status: Int32?

  convenience init(_ bench: ComposeBench, _ words: [String]) throws {
    try self.init(words, bench.variables, in: bench.directory)
  }

  /// Starts it in `directory`; its output goes to the file `output`.
  ///
  /// One that is deaf finds every signal blocked that can be, and those ignored that a shell can ignore for it.
  init(
    _ words: [String],
    _ environment: [String: String],
    in directory: String,
    output: String = "/dev/null",
    isDeaf: Bool = false
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    // A thread of the tests holds signals back, which its children would inherit: SIGCHLD among them.
    var attributes = posix_spawnattr_t()
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    var mask = isDeaf ? all : none
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setsigmask(&attributes, &mask)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDWR, 0)
    for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
      posix_spawn_file_actions_addopen(&actions, descriptor, output, O_RDWR | O_CREAT | O_APPEND, 0o600)
    }
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // The shell becomes the console, so that the pid is its own.
    let deafness = isDeaf ? "trap '' CHLD PIPE TERM INT QUIT; " : ""
    let shell = ["/bin/sh", "-c", "\(deafness)cd \"$0\" && exec \"$@\"", directory, LiveStack.binary]
    let arguments = (shell + words).map { strdup($0) } + [nil]
    let settings = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + settings { free(pointer) } }
    let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, settings)
    try #require(code == 0)
  }

  var isRunning: Bool {
    var status: Int32 = 0
    if self.status == nil, waitpid(pid, &status, WNOHANG) == pid { self.status = status }
    return self.status == nil
  }

  func kill() async throws {
    signal(SIGKILL)
    try await wait()
  }

  func signal(_ number: Int32) {
    if isRunning { Glibc.kill(pid, number) }
  }

  /// Waits for its end; 0 where it ended well.
  @discardableResult
  func wait() async throws -> Int32 {
    // Whoever holds a thread here holds up what stands between the console and the engine.
    while isRunning { try await Task.sleep(for: .milliseconds(1)) }
    return status ?? -1
  }
}
