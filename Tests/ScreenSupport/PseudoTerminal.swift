public import Glibc

/// A program in a terminal of its own, with keys typed at it and its screen read.
///
/// It runs below a shell that leads the session, as it would from a prompt: else the kernel itself would
/// reset the terminal when the program dies, and nothing would be proven. All waiting has a deadline.
public final class PseudoTerminal {
  /// How long what must come is waited for, in seconds.
  ///
  /// It only ends what hangs and says nothing of how long anything may take: on a machine that builds at the
  /// same time all takes many times as long.
  public static let patience = 90.0

  /// Why the terminal could not be had.
  public struct Failure: Error, CustomStringConvertible {
    /// What failed.
    public var description: String
  }

  /// What the program shows.
  public let screen: VirtualScreen
  /// All bytes that the program has sent.
  public private(set) var receivedBytes = 0
  /// The output since the last ``takeOutput()``, raw.
  public private(set) var output: [UInt8] = []

  private var tail: [UInt8] = []
  private let shell: pid_t
  private var controller: Int32
  /// The terminal's other end, kept to see what the program has not read yet.
  private let user: Int32
  private var found = termios()
  private var isReaped = false

  /// Starts a program of absolute path in a terminal of the given size, in `directory` (nil: the tests' own).
  ///
  /// - Throws: ``Failure`` if the terminal or the program can't be had.
  public init(
    _ command: [String],
    environment: [String: String] = [:],
    directory: String? = nil,
    width: Int = 80,
    height: Int = 24
  ) throws {
    screen = VirtualScreen(width: width, height: height)
    var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    var name = [CChar](repeating: 0, count: 128)
    var ends: (controller: Int32, user: Int32) = (-1, -1)
    guard openpty(&ends.controller, &ends.user, &name, nil, &size) == 0 else { throw Self.failure("openpty") }
    (controller, user) = ends
    tcgetattr(controller, &found)
    for end in [controller, user] { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(controller, F_SETFL, O_NONBLOCK)
    var values = ["TERM": "xterm-256color", "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "HOME": "/tmp"]
    values.merge(environment) { $1 }
    let script = "cd \"$0\" && \"$@\"; echo \"[ended $?]\"; read -r rest"
    shell = try Self.spawn(
      ["/bin/sh", "-c", script, directory ?? "."] + command,
      values.map { "\($0.key)=\($0.value)" },
      terminal: name
    )
  }

  deinit {
    end()
  }

  private static func failure(_ what: String) -> Failure {
    Failure(description: "\(what): \(String(cString: strerror(errno)))")
  }

  private static func spawn(_ command: [String], _ environment: [String], terminal: [CChar]) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // POSIX_SPAWN_SETSID, not visible from Swift: the first terminal opened is then the controlling one.
    posix_spawnattr_setflags(&attributes, 0x80)
    posix_spawn_file_actions_addopen(&actions, 0, terminal, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    let arguments = command.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var pid: pid_t = 0
    let error = posix_spawn(&pid, command[0], &actions, &attributes, arguments, variables)
    guard error == 0 else { throw Failure(description: String(cString: strerror(error))) }
    return pid
  }

  /// The program's process id; nil before it started and after it ended.
  public var program: pid_t? {
    let text = Self.contents("/proc/\(shell)/task/\(shell)/children")
    return text.split(separator: " ").first.flatMap { pid_t($0) }
  }

  /// A small file's text; empty if it can't be read.
  public static func contents(_ path: String) -> String {
    let file = open(path, O_RDONLY)
    guard file >= 0 else { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  /// Types bytes.
  public func type(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(controller, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else {
        pump(milliseconds: 10)
      }
    }
  }

  /// Types text.
  public func type(_ text: String) {
    type(Array(text.utf8))
  }

  /// Changes the window's size; the program gets SIGWINCH.
  public func resize(width: Int, height: Int) {
    screen.resize(width: width, height: height)
    var size = winsize(ws_row: UInt16(height), ws_col: UInt16(width), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(controller, UInt(TIOCSWINSZ), &size)
  }

  /// Sends a signal to the program alone.
  public func signal(_ number: Int32) {
    if let program { kill(program, number) }
  }

  /// Closes the window: the program gets SIGHUP and its terminal is gone.
  public func hangUp() {
    close(controller)
    controller = -1
  }

  /// Reads what the program sends for some time; nothing is read meanwhile elsewhere.
  public func pump(milliseconds: Int32) {
    var ready = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
    guard controller >= 0, poll(&ready, 1, milliseconds) > 0 else { return }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(controller, &bytes, bytes.count)
    guard count > 0 else { return }
    receivedBytes += count
    output += bytes.prefix(count)
    tail = (tail + bytes.prefix(count)).suffix(4_096)
    let answer = screen.feed(Array(bytes.prefix(count)))
    if !answer.isEmpty { type(answer) }
  }

  /// Takes the raw output so far.
  public func takeOutput() -> [UInt8] {
    defer { output = [] }
    return output
  }

  /// Reads until `condition` holds.
  ///
  /// - Returns: Whether it held before the deadline.
  @discardableResult
  public func wait(seconds: Double = patience, until condition: (VirtualScreen) -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while !condition(screen) {
      if ContinuousClock.now >= deadline { return false }
      pump(milliseconds: 20)
    }
    return true
  }

  /// Reads until the text is on the screen.
  @discardableResult
  public func wait(for text: String, seconds: Double = patience) -> Bool {
    wait(seconds: seconds) { $0.text.contains(text) }
  }

  /// Reads until all that was typed has been read, and then nothing came for some time.
  ///
  /// - Returns: Whether it came to that.
  @discardableResult
  public func settle(milliseconds: Int32 = 150) -> Bool {
    let deadline = ContinuousClock.now + .seconds(Self.patience)
    while ContinuousClock.now < deadline {
      let (before, isRead) = (receivedBytes, isInputRead)
      pump(milliseconds: milliseconds)
      if isRead, before == receivedBytes { return true }
    }
    return false
  }

  /// Whether the program has read all that was typed.
  public var isInputRead: Bool {
    var count: Int32 = 0
    return ioctl(user, UInt(FIONREAD), &count) != 0 || count == 0
  }

  /// Waits for the program's end; the shell's number of it (128 + signal), nil past the deadline.
  public func exitStatus(seconds: Double = patience) -> Int? {
    var status: Int?
    // Read from the bytes: after a resize in the alternate screen libvterm may lose the main one's rows.
    wait(seconds: seconds) { _ in
      let text = String(decoding: tail, as: UTF8.self)
      guard let start = text.range(of: "[ended ") else { return false }
      status = Int(text[start.upperBound...].prefix { $0.isNumber })
      return status != nil
    }
    return status
  }

  /// Whether the terminal's modes are those it had before the program.
  public var areModesRestored: Bool {
    var now = termios()
    guard tcgetattr(controller, &now) == 0 else { return false }
    return now.c_iflag == found.c_iflag && now.c_oflag == found.c_oflag && now.c_lflag == found.c_lflag
      && now.c_cflag == found.c_cflag
  }

  /// Ends the program and its shell, and waits for the shell's end.
  public func end() {
    guard !isReaped else { return }
    isReaped = true
    if let program { kill(program, SIGKILL) }
    kill(shell, SIGKILL)
    var status: Int32 = 0
    waitpid(shell, &status, 0)
    if controller >= 0 { close(controller) }
    close(user)
  }
}

extension String {
  /// The first place of a text in this one.
  fileprivate func range(of text: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
