internal import CGuard
internal import Facts
internal import Glibc
internal import Panels
internal import Synchronization

private let wakeUp = Atomic<Int32>(-1)
private let pendingSignal = Atomic<Int32>(0)
private let hasResized = Atomic<Bool>(false)

/// A program with nothing but a screen: the tests drive it, and crash it on demand.
@main
struct Probe {
  static func main() {
    guard_install("ScreenProbe")
    do {
      try run()
    } catch {
      print(error)
      exit(69)
    }
  }

  private static func run() throws(TerminalError) {
    var environment: [String: String] = [:]
    for name in [
      "TERM", "NO_COLOR", "LANG", "LC_ALL", "LC_CTYPE", "PROBE_LOG", "PROBE_THEME", "COLORTERM", "COLORFGBG",
      "ESCDELAY",
    ] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    let theme = try sampleTheme(environment["PROBE_THEME"] ?? "default")
    let terminal = try Terminal(
      Terminal.Options(
        environment: environment,
        theme: theme,
        themeOnLight: try sampleTheme("light"),
        errorLog: environment["PROBE_LOG"]
      )
    )
    var ends: [Int32] = [-1, -1]
    pipe(&ends)
    wakeUp.store(ends[1], ordering: .relaxed)
    for number in [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGWINCH] {
      signal(number) { number in
        if number == SIGWINCH {
          hasResized.store(true, ordering: .relaxed)
        } else {
          pendingSignal.store(number, ordering: .relaxed)
        }
        var byte: UInt8 = 0
        write(wakeUp.load(ordering: .relaxed), &byte, 1)
      }
      if number != SIGWINCH { guard_watch(number) }
    }
    var state = ProbeState()
    var buffer = CellBuffer(
      width: terminal.size.width,
      height: terminal.size.height,
      isASCII: terminal.isASCII
    )
    while !terminal.isGone {
      let cursor = ProbeScreen.draw(state, into: &buffer)
      terminal.draw(buffer, cursor: cursor)
      wait(terminal, wakeUp: ends[0])
      if hasResized.exchange(false, ordering: .relaxed), terminal.resize() {
        buffer = CellBuffer(
          width: terminal.size.width,
          height: terminal.size.height,
          isASCII: terminal.isASCII
        )
      }
      let number = pendingSignal.exchange(0, ordering: .relaxed)
      if number != 0 {
        terminal.close()
        end(by: number)
      }
      guard let batch = terminal.readKeys(at: now()) else { continue }
      for key in batch.keys where !take(key, &state, terminal) {
        terminal.close()
        return
      }
    }
    terminal.close()
  }

  private static func wait(_ terminal: Terminal, wakeUp: Int32) {
    let events = Int16(terminal.hasPendingOutput ? POLLIN | POLLOUT : POLLIN)
    var ready = [
      pollfd(fd: terminal.descriptor, events: events, revents: 0),
      pollfd(fd: wakeUp, events: Int16(POLLIN), revents: 0),
    ]
    let patience = terminal.keyDeadline.map { Int32(($0 - now()).milliseconds) + 1 }
    poll(&ready, 2, patience ?? -1)
    if ready[1].revents != 0 {
      var byte: UInt8 = 0
      read(wakeUp, &byte, 1)
    }
    terminal.flush()
  }

  /// Takes one key; false ends the program.
  private static func take(_ key: KeyPress, _ state: inout ProbeState, _ terminal: Terminal) -> Bool {
    state.keys = state.keys.suffix(60) + (state.keys.isEmpty ? "" : " ") + "\(key)"
    state.count += 1
    switch key {
    case .character("q"): return false
    case .character("j"), .down: state.selected = min(ProbeScreen.services.count - 1, state.selected + 1)
    case .character("k"), .up: state.selected = max(0, state.selected - 1)
    case .character("d"): state.hasDialog.toggle()
    case .tab: state.button = (state.button + 1) % 4
    case .character("T"):
      let index = state.selected
      print([1, 2][index + 1_000])
    case .character("S"): kill(getpid(), SIGSEGV)
    case .character("P"): UnsafeMutablePointer<Int>(bitPattern: 16)?.pointee = 1
    case .character("A"): abort()
    case .character("H"): while true { usleep(100_000) }
    case .control("z"):
      terminal.suspend()
      kill(getpid(), SIGSTOP)
      terminal.resume()
    case .control("l"): terminal.redraw()
    default: break
    }
    return true
  }

  private static func end(by number: Int32) {
    signal(number, SIG_DFL)
    var set = sigset_t()
    sigemptyset(&set)
    sigaddset(&set, number)
    raise(number)
    sigprocmask(SIG_UNBLOCK, &set, nil)
  }

  private static func now() -> MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// An embedded theme, read line by line: good enough for our own flat files.
  private static func sampleTheme(_ name: String) throws(TerminalError) -> Theme {
    guard let file = Theme.embeddedFiles.first(where: { $0.name == name }) else { return .mono }
    let entries = String(decoding: file.yaml, as: UTF8.self).split(separator: "\n").filter { $0.first != "#" }
      .compactMap { line -> (role: String, color: String)? in
        let parts = line.split(separator: " ").map { String($0.filter { $0 != "\"" && $0 != ":" }) }
        return parts.count == 2 ? (parts[0], parts[1]) : nil
      }
    do {
      return try Theme(named: name, entries: entries)
    } catch {
      throw TerminalError(code: .system, detail: error.description)
    }
  }
}
