import DataSources
import Foundation
import Glibc
import ScreenSupport
import Testing

/// What a rotation changes on a bench, and how it is watched.
extension ComposeBench {
  /// Writes a new value into a file beside the project; its path.
  func give(_ value: String, mode: Int = 0o600) throws -> String {
    let path = own("new")
    try value.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  /// What stands in `.env`.
  var environmentFile: String { (try? String(contentsOfFile: "\(directory)/.env", encoding: .utf8)) ?? "" }

  /// The values that both services were started with.
  func started() throws -> [String?] {
    try [containers(of: "till"), containers(of: "borrower", variable: "BORROWED")].map {
      #expect($0.count == 1)
      return $0.first?.key
    }
  }

  /// What stands in the console's own files.
  var kept: [String: String] {
    var files: [String: String] = [:]
    for name in LocalFile.names(in: state) {
      files[name] = try? String(contentsOfFile: "\(state)/\(name)", encoding: .utf8)
    }
    return files
  }
}

/// The console in a process that can be killed.
final class RunningConsole {
  private var pid: pid_t = 0
  private var status: Int32?

  init(_ bench: ComposeBench, _ words: [String]) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    // A thread of the tests holds signals back, which its children would inherit: SIGCHLD among them.
    var attributes = posix_spawnattr_t()
    var (none, all) = (sigset_t(), sigset_t())
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_init(&attributes)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for descriptor in 0..<Int32(3) {
      posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
    }
    let variables = ProcessInfo.processInfo.environment.merging(bench.variables) { $1 }
    // The shell becomes the console, so that the pid is its own.
    let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", bench.directory, LiveStack.binary]
    let arguments = (shell + words).map { strdup($0) } + [nil]
    let environment = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in arguments + environment { free(pointer) } }
    let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, arguments, environment)
    try #require(code == 0)
  }

  var isRunning: Bool {
    var status: Int32 = 0
    if self.status == nil, waitpid(pid, &status, WNOHANG) == pid { self.status = status }
    return self.status == nil
  }

  func kill() async throws {
    if isRunning { Glibc.kill(pid, SIGKILL) }
    try await wait()
  }

  /// Waits for its end; 0 where it ended well.
  @discardableResult
  func wait() async throws -> Int32 {
    // Whoever holds a thread here holds up what stands between the console and the engine.
    while isRunning { try await Task.sleep(for: .milliseconds(1)) }
    return status ?? -1
  }
}

/// Looks again and again whether a text stands in the arguments of any process, or in the environment of the console or
/// of a compose CLI.
final class ProcessWatch: @unchecked Sendable {
  private let text: String
  private let thread: Thread
  private let lock = NSLock()
  private var found: Set<String> = []
  private var isOver = false
  private let ended = DispatchSemaphore(value: 0)

  init(for text: String) {
    self.text = text
    let box = Box()
    thread = Thread { box.watch?.look() }
    box.watch = self
    thread.start()
  }

  final class Box: @unchecked Sendable {
    var watch: ProcessWatch?
  }

  private func look() {
    while !lock.withLock({ isOver }) {
      for pid in LocalFile.names(in: "/proc") where Int(pid) != nil {
        let words = contents("/proc/\(pid)/cmdline")
        if words.contains(text) { lock.withLock { _ = found.insert("argument of \(pid)") } }
        guard words.contains("switchboard") || words.contains("docker-compose") else { continue }
        if contents("/proc/\(pid)/environ").contains(text) {
          lock.withLock { _ = found.insert("environment of \(pid)") }
        }
      }
      usleep(5_000)
    }
    ended.signal()
  }

  private func contents(_ path: String) -> String {
    PseudoTerminal.contents(path)
  }

  /// Stops looking; what was found.
  func end() -> [String] {
    lock.withLock { isOver = true }
    ended.wait()
    return found.sorted()
  }
}
