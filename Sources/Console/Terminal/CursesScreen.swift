internal import CCurses
internal import Glibc
internal import Panels

/// The one owner of ncurses: cells in, bytes for the terminal out; bytes of keys in, keys out.
///
/// ncurses never touches the terminal itself: it writes into a file in memory, which is sent on without
/// blocking, and reads keys from a pipe that holds one whole sequence at a time. So a slow, stopped or vanished
/// terminal can't hold the loop, a frame leaves in one write, and no sequence is ever torn into keys.
final class CursesScreen {
  private static let shortGap = 3
  private static let mostSequences = 256

  private typealias Look = ColorPalette.Look

  private let screen: OpaquePointer
  private let input: UnsafeMutablePointer<FILE>
  private let output: UnsafeMutablePointer<FILE>
  private let keyWriter: Int32
  private let pad: UnsafeMutablePointer<WINDOW>
  private let isASCII: Bool
  private var pairs: [ColorPalette.Pair: Int32] = [:]
  private var line: [cchar_t] = []
  private var sequences: [[UInt8]: KeyPress?] = [:]

  /// What the terminal can show.
  let depth: ColorDepth
  /// Begins and ends a frame that appears at once; nil if the type isn't known to have it.
  let synchronized: (begin: [UInt8], end: [UInt8])?
  /// Whether the terminal understands xterm's questions.
  let answersQuestions: Bool
  /// Switches bracketed paste on and off; empty if the type doesn't have it.
  let bracketedPaste: (on: [UInt8], off: [UInt8])
  /// What gives the terminal back after a crash: attributes, colours, cursor, keypad, main screen.
  let restoreBytes: [UInt8]

  /// Prepares the screen of a terminal type; nothing is written to the terminal.
  ///
  /// - Throws: ``TerminalError`` `unknownType`, `tooSimple` or `system`.
  init(type: String, isASCII: Bool) throws(TerminalError) {
    var ends: [Int32] = [-1, -1]
    let memory = curses_memory_file()
    guard memory >= 0, pipe(&ends) == 0, let output = fdopen(memory, "w"), let input = fdopen(ends[0], "r")
    else {
      throw TerminalError(code: .system, detail: String(cString: strerror(errno)))
    }
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    // Frames are characters like any other: a type may say otherwise of them than its terminal does.
    // The window's size is told by resize, never by LINES and COLUMNS, which go stale. (use_env(false) would
    // do, but then types without a size of their own, such as linux, are refused.)
    setenv("NCURSES_NO_UTF8_ACS", "1", 1)
    unsetenv("LINES")
    unsetenv("COLUMNS")
    let handlers = Self.endingSignals.map { number in
      var action = sigaction()
      sigaction(number, nil, &action)
      return action
    }
    let screen = newterm(type, output, input)
    // ncurses installs handlers of its own that exit(); signals are the loop's.
    for (number, action) in zip(Self.endingSignals, handlers) {
      var action = action
      sigaction(number, &action, nil)
    }
    guard let screen else {
      // For want of a screen ncurses doesn't say which it was.
      var reason: Int32 = 0
      let isKnown = setupterm(type, memory, &reason) == OK
      fclose(output)
      fclose(input)
      Glibc.close(ends[1])
      throw TerminalError(code: isKnown ? .tooSimple : .unknownType, detail: type)
    }
    guard curses_capability("cup") != nil, curses_capability("clear") != nil, let pad = newpad(1, 1) else {
      delscreen(screen)
      fclose(output)
      fclose(input)
      Glibc.close(ends[1])
      throw TerminalError(code: .tooSimple, detail: type)
    }
    self.screen = screen
    self.input = input
    self.output = output
    self.pad = pad
    self.isASCII = isASCII
    keyWriter = ends[1]
    depth = Self.colorDepth()
    synchronized = Self.synchronizedOutput()
    answersQuestions = tigetflag("XT") == 1
    bracketedPaste = (Self.capability("BE"), Self.capability("BD"))
    restoreBytes =
      (synchronized?.end ?? []) + Self.capability("sgr0") + Self.capability("op") + Self.capability("cnorm")
      + Self.capability("rmkx") + bracketedPaste.off + Self.capability("rmcup")
    prepare()
  }

  private static let endingSignals: [Int32] = [SIGINT, SIGTERM, SIGTSTP, SIGWINCH, SIGQUIT]

  private func prepare() {
    cbreak()
    noecho()
    nonl()
    typeahead(-1)
    set_escdelay(0)
    curs_set(0)
    keypad(pad, true)
    nodelay(pad, true)
    // Some terminals send these whatever mode they were asked for.
    for (sequence, code) in [
      ("\u{1B}[A", KEY_UP), ("\u{1B}[B", KEY_DOWN), ("\u{1B}[C", KEY_RIGHT), ("\u{1B}[D", KEY_LEFT),
      ("\u{1B}[H", KEY_HOME), ("\u{1B}[F", KEY_END), ("\u{1B}[1~", KEY_HOME), ("\u{1B}[4~", KEY_END),
      ("\u{1B}[Z", KEY_BTAB),
    ] {
      define_key(sequence, code)
    }
  }

  // MARK: Painting

  /// Hands runs of cells to ncurses, which sends what differs from what the terminal shows.
  func paint(_ buffer: CellBuffer, _ diff: ScreenDiff, palette: ColorPalette, cursor: Point?) {
    let window = curses_window()
    for run in diff.runs {
      line.removeAll(keepingCapacity: true)
      var before: (look: Look, column: Int)?
      var known: (style: Style, look: Look)?
      for x in run.columns {
        guard let cell = buffer.cell(at: Point(x: x, y: run.y)), !cell.isRightHalf else { continue }
        // Neighbours mostly look alike.
        var look =
          known?.style == cell.style
          ? known?.look ?? palette.look(of: cell.style) : palette.look(of: cell.style)
        known = (cell.style, look)
        // A short gap is painted in the colour before it, which nobody sees and saves two changes of colour.
        if cell.scalar == " " {
          if let before, x - before.column <= Self.shortGap, look.isBlank, before.look.isBlank,
            before.look.pair.background == look.pair.background
          {
            look = before.look
          }
        } else {
          before = (look, x)
        }
        if let scalar = cell.scalar {
          append(scalar, columns: Int(cell.width), look: look)
        } else {
          append(buffer.text(of: cell), columns: Int(cell.width), look: look)
        }
      }
      mvwadd_wchnstr(window, Int32(run.y), Int32(run.columns.lowerBound), line, Int32(line.count))
    }
    if let cursor { wmove(window, Int32(cursor.y), Int32(cursor.x)) }
    curs_set(cursor == nil ? 0 : 1)
    wnoutrefresh(window)
    doupdate()
  }

  /// Appends a cell of one scalar: nearly all are, so nothing is allocated for it.
  private func append(_ scalar: Unicode.Scalar, columns: Int, look: Look) {
    guard Int(curses_width(scalar.value)) == columns else { return appendPlaceholder(columns, look) }
    var cell = cchar_t()
    curses_set_scalar(&cell, scalar.value, look.bits, number(of: look.pair))
    line.append(cell)
  }

  /// Appends a cluster of several scalars.
  private func append(_ text: String, columns: Int, look: Look) {
    let scalars = text.unicodeScalars
    guard let first = scalars.first, Int(curses_width(first.value)) == columns else {
      return appendPlaceholder(columns, look)
    }
    var wide = scalars.prefix(1).map { wchar_t(bitPattern: $0.value) }
    wide += scalars.dropFirst().filter { curses_width($0.value) == 0 }.map { wchar_t(bitPattern: $0.value) }
    wide.append(0)
    var cell = cchar_t()
    curses_set_cell(&cell, wide, look.bits, number(of: look.pair))
    line.append(cell)
  }

  /// What ncurses measures otherwise than we do becomes a placeholder of its width.
  private func appendPlaceholder(_ columns: Int, _ look: Look) {
    var cell = cchar_t()
    curses_set_scalar(&cell, isASCII ? 0x3F : 0xFFFD, look.bits, number(of: look.pair))
    for _ in 0..<columns { line.append(cell) }
  }

  /// The number of a pair of colours, made when it is first used; without room for more, the default one.
  private func number(of pair: ColorPalette.Pair) -> Int32 {
    if pair.foreground == -1 && pair.background == -1 { return 0 }
    if let known = pairs[pair] { return known }
    let number = Int32(pairs.count + 1)
    guard number < curses_pairs(), init_extended_pair(number, pair.foreground, pair.background) == OK else {
      return 0
    }
    pairs[pair] = number
    return number
  }

  /// Tells the new size; the next paint sends everything.
  func resize(width: Int, height: Int) {
    resizeterm(Int32(height), Int32(width))
    repaint()
  }

  /// Makes the next paint send everything.
  func repaint() {
    clearok(curses_window(), true)
  }

  /// Leaves the alternate screen until the next paint.
  func leave() {
    endwin()
  }

  /// Takes what ncurses has written since the last call.
  func takeOutput() -> [UInt8] {
    fflush(output)
    let file = fileno(output)
    let length = lseek(file, 0, SEEK_CUR)
    guard length > 0 else { return [] }
    let bytes = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, count in
      count = max(0, pread(file, buffer.baseAddress, Int(length), 0))
    }
    lseek(file, 0, SEEK_SET)
    // A big frame's memory is given back; small ones are overwritten.
    if length > 65_536 { ftruncate(file, 0) }
    return bytes
  }

  // MARK: Keys

  /// The key of a whole sequence; nil if the terminal's type has none.
  func key(of sequence: [UInt8]) -> KeyPress? {
    if let known = sequences[sequence] { return known }
    guard write(keyWriter, sequence, sequence.count) == sequence.count else { return nil }
    var codes: [(kind: Int32, code: wint_t)] = []
    var code: wint_t = 0
    while case let kind = wget_wch(pad, &code), kind != ERR {
      // ncurses puts one of these in front after each change of size.
      if kind != KEY_CODE_YES || Int32(bitPattern: code) != KEY_RESIZE { codes.append((kind, code)) }
    }
    // What ncurses takes apart is no key of this terminal.
    let isKey = codes.count == 1 && codes[0].kind == KEY_CODE_YES
    let key = isKey ? Self.named(Int32(bitPattern: codes[0].code)) : nil
    if sequences.count < Self.mostSequences { sequences[sequence] = .some(key) }
    return key
  }

  private static func named(_ code: Int32) -> KeyPress? {
    switch code {
    case KEY_UP: .up
    case KEY_DOWN: .down
    case KEY_LEFT: .left
    case KEY_RIGHT: .right
    case KEY_HOME: .home
    case KEY_END: .end
    case KEY_PPAGE: .pageUp
    case KEY_NPAGE: .pageDown
    case KEY_BTAB: .backTab
    case KEY_ENTER: .enter
    case KEY_BACKSPACE: .backspace
    case KEY_DC: .delete
    case KEY_IC: .insert
    case (KEY_F0 + 1)...(KEY_F0 + 12): .function(Int(code - KEY_F0))
    default: nil
    }
  }

  /// Ends ncurses and closes what it held.
  func close() {
    delwin(pad)
    delscreen(screen)
    fclose(input)
    fclose(output)
    Glibc.close(keyWriter)
  }

  // MARK: Capabilities

  private static func colorDepth() -> ColorDepth {
    guard has_colors(), start_color() == OK, use_default_colors() == OK else { return .mono }
    let colors = curses_colors()
    if colors >= 1 << 24, tigetflag("RGB") == 1 || tigetnum("RGB") > 0 { return .direct }
    if colors >= 256 { return .indexed }
    return colors >= 8 ? .few(colors >= 16 ? 16 : 8) : .mono
  }

  private static func synchronizedOutput() -> (begin: [UInt8], end: [UInt8])? {
    guard let capability = curses_capability("Sync"), let begin = curses_parameterised(capability, 1) else {
      return nil
    }
    let beginning = bytes(begin)
    guard let end = curses_parameterised(capability, 2) else { return nil }
    return (beginning, bytes(end))
  }

  private static func capability(_ name: String) -> [UInt8] {
    curses_capability(name).map(bytes) ?? []
  }

  /// A capability's bytes without its padding, `$<5>`, which no terminal of this century needs.
  private static func bytes(_ capability: UnsafePointer<CChar>) -> [UInt8] {
    var result: [UInt8] = []
    var isPadding = false
    for byte in String(cString: capability).utf8 {
      if isPadding {
        if byte == UInt8(ascii: ">") { isPadding = false }
      } else if byte == UInt8(ascii: "<"), result.last == UInt8(ascii: "$") {
        result.removeLast()
        isPadding = true
      } else {
        result.append(byte)
      }
    }
    return result
  }
}
