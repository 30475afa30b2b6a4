// The same program as floor.c in Swift, linked statically with Foundation as the console is: what the language
// costs by itself.
internal import CCurses
internal import FoundationEssentials
internal import Glibc

struct Floor {
  private static let rowCount = 40
  private static let reverse: Int32 = 4
  private let window: UnsafeMutablePointer<WINDOW>
  private let pad: UnsafeMutablePointer<WINDOW>
  private var selected = 0

  init?() {
    setlocale(LC_CTYPE, "")
    guard let window = initscr(), let pad = newpad(1, 1) else { return nil }
    cbreak()
    noecho()
    nonl()
    curs_set(0)
    keypad(pad, true)
    nodelay(pad, true)
    set_escdelay(25)
    self.window = window
    self.pad = pad
  }

  private func padded(_ number: Int, _ width: Int, with filler: Character) -> String {
    let digits = String(number)
    return String(repeating: filler, count: max(0, width - digits.count)) + digits
  }

  private func drawRow(_ row: Int) {
    let name = padded(row, 2, with: "0")
    let delay = padded(row * 7 % 90, 3, with: " ")
    let hours = padded(row % 24, 2, with: " ")
    let mark = row == selected ? ">" : " "
    if row == selected { wattr_on(window, curses_attributes(Self.reverse), nil) }
    wmove(window, Int32(row + 1), 1)
    let state = "healthy   \(delay) ms   up \(hours)h   restarts \(row % 3)"
    let share = padded(row % 100, 2, with: " ")
    let memory = padded(row * 11 % 900, 3, with: " ")
    let size = "cpu \(share) %   memory \(memory) MB   image registry.internal/service-\(name)"
    waddnstr(window, "\(mark) service-\(name)   \(state)   \(size)", -1)
    wclrtoeol(window)
    if row == selected { wattr_off(window, curses_attributes(Self.reverse), nil) }
  }

  private func drawClock() {
    var now = time_t(Date().timeIntervalSince1970)
    var parts = tm()
    localtime_r(&now, &parts)
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0), 2, with: "0") }
    wmove(window, 0, 1)
    waddnstr(window, "floor   \(Self.rowCount) rows   \(clock.joined(separator: ":"))", -1)
    wclrtoeol(window)
    // The whole line is sent, as of a line of which every value has changed.
    wredrawln(window, 0, 1)
  }

  private func drawAll() {
    drawClock()
    for row in 0..<Self.rowCount { drawRow(row) }
    wrefresh(window)
  }

  private func millisecondsToNextSecond() -> Int32 {
    let now = Date().timeIntervalSince1970
    return Int32((now.rounded(.down) + 1 - now) * 1_000) + 1
  }

  /// Takes the keys that wait; false on q.
  private mutating func takeKeys() -> Bool {
    while true {
      switch wgetch(pad) {
      case ERR: return true
      case Int32(UInt8(ascii: "q")): return false
      case KEY_DOWN: selected = min(selected + 1, Self.rowCount - 1)
      case KEY_UP: selected = max(selected - 1, 0)
      case KEY_RESIZE:
        werase(window)
        drawAll()
      default: break
      }
    }
  }

  mutating func run() -> Int32 {
    drawAll()
    while true {
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      if poll(&input, 1, millisecondsToNextSecond()) == 0 {
        drawClock()
        wrefresh(window)
      }
      let before = selected
      guard takeKeys() else {
        endwin()
        return 0
      }
      if selected != before {
        drawRow(before)
        drawRow(selected)
        wrefresh(window)
      }
      if input.revents & Int16(POLLHUP | POLLERR) != 0 { return 1 }
    }
  }
}

guard var floor = Floor() else { exit(69) }
exit(floor.run())
