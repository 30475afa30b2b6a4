import Facts

#if canImport(Glibc)
import Glibc
#endif

/// A child process of the tests, ended by its own pid, at the latest when the tests end.
final class TestProcess: Sendable {
  let pid: pid_t
  /// How it ended, as waitpid(2) tells it; nil while it is not reaped.
  private let status = Locked<Int32?>(nil)
  private static let all = Locked<[pid_t]>([])
  private static let directories = Locked<[String]>([])
  private static let registered: Bool = {
    atexit { TestProcess.endAll() }
    return true
  }()

  /// Starts `arguments` (the first is the path), its output into `log`.
  init(_ arguments: [String], log: String) {
    _ = Self.registered
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o666)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    let environment: [String] = ["PATH=/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"]
    let settings: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
    defer { for setting in settings { free(setting) } }
    // Threads of the concurrency runtime block signals, and a child would inherit that.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
    var pid: pid_t = 0
    let status = posix_spawn(&pid, arguments[0], &actions, &attributes, words, settings)
    precondition(status == 0, "cannot start \(arguments[0]): \(status)")
    self.pid = pid
    Self.all.withLock { $0.append(pid) }
    // Reaped as it ends: while a child waits for that, the runner of exit tests, which asks for any child, keeps a core
    // busy until the tests end.
    onThread { [self] in wait() }
  }

  /// Waits for the end and answers the exit status.
  @discardableResult func wait() -> Int32 {
    var info = siginfo_t()
    while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    return status.withLock { known in
      if let known { return known }
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      known = status
      Self.all.withLock { $0.removeAll { $0 == pid } }
      return status
    }
  }

  func send(_ signal: Int32) {
    // Under the lock: once it is reaped, its number is another's.
    status.withLock { status in
      if status == nil { kill(pid, signal) }
    }
  }

  /// A directory of its own for servers, removed when the tests end.
  static func directory() -> String {
    _ = registered
    var template = Array("/tmp/switchboard-test-XXXXXX".utf8CString)
    precondition(mkdtemp(&template) != nil)
    let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    directories.withLock { $0.append(path) }
    return path
  }

  /// A port below the ephemeral ones that nobody listens on, and that nobody else is given.
  static func freePort() -> Int {
    ports.withLock { ports in
      while true {
        if ports.isEmpty { ports = claimedBlock() }
        let port = ports.removeLast()
        if isFree(port) { return port }
      }
    }
  }

  /// What is left of the block that is this process' own.
  private static let ports = Locked<[Int]>([])

  /// Claims a block of ports until this process ends, by the rule of Tests/Stack/switchstack/ports.py: a
  /// server that is stopped leaves its port free, and no other test or stack may take it meanwhile.
  private static func claimedBlock() -> [Int] {
    for block in stride(from: 20_000, to: 32_000, by: 16).shuffled() {
      let guardian = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      let name = [0] + Array("switchboard-ports-\(block)".utf8)
      withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
      let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
      let status = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(guardian, $0, length) }
      }
      if status == 0 { return Array(block..<(block + 16)) }
      close(guardian)
    }
    preconditionFailure("no free ports")
  }

  private static func isFree(_ port: Int) -> Bool {
    let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    defer { close(probe) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(probe, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
      }
    }
  }

  /// The pids of the direct children of `pid`.
  static func children(of pid: pid_t) -> [pid_t] {
    guard let file = fopen("/proc/\(pid)/task/\(pid)/children", "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: " ").compactMap {
      pid_t($0)
    }
  }

  private static func endAll() {
    for pid in all.withLock({ $0 }) {
      for member in children(of: pid) + [pid] {
        kill(member, SIGKILL)
      }
      waitpid(pid, nil, 0)
    }
    for directory in directories.withLock({ $0 }) {
      TestProcess(["/bin/rm", "-rf", directory], log: "/dev/null").wait()
    }
  }
}

/// Runs a program to its end; the tests' own errors stop them.
func runToItsEnd(_ arguments: [String], log: String = "/dev/null") {
  let status = TestProcess(arguments, log: log).wait()
  precondition(
    status == 0,
    "\(arguments.joined(separator: " ").prefix(200)) ended with \(status), see \(log)"
  )
}
