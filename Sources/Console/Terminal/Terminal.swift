internal import CGuard
internal import Facts
internal import Glibc
internal import Panels

/// The terminal while the console has it: screens out, keys in, and given back whatever happens.
///
/// Nothing here blocks. While the terminal hasn't taken the last frame no new one is made: what is painted
/// then is the latest screen. Owned by the loop's thread.
final class Terminal {
  /// How it is to be used.
  struct Options {
    /// The environment: TERM, COLORTERM, COLORFGBG, NO_COLOR, ESCDELAY, LC_ALL, LC_CTYPE, LANG.
    var environment: [String: String]
    /// The colours; `NO_COLOR` makes any theme mono.
    var theme: Theme
    /// The colours on a light background; nil: the same.
    var themeOnLight: Theme?
    /// Whether only ASCII was asked for.
    var isASCII = false
    /// Where stderr goes while the screen is on; nil leaves it.
    var errorLog: String?
  }

  /// Columns and rows.
  private(set) var size: (width: Int, height: Int)
  /// Whether the cells must be ASCII: asked for, or the character set has no more.
  let isASCII: Bool

  private let device: TerminalDevice
  private let screen: CursesScreen
  private var palette: ColorPalette
  private var input: InputMachine
  private var shown: CellBuffer?
  private var shownCursor: Point?
  private var isActive = true
  private let hasColors: Bool
  private var themes: (dark: Theme, light: Theme)
  private var background: ScreenBackground
  /// What the user should know of how the terminal was taken; nil: nothing.
  private(set) var notice: SafeText?

  /// Takes the terminal behind the standard output: alternate screen, raw keys, crash guard.
  ///
  /// - Throws: ``TerminalError``; the terminal is then as it was.
  init(_ options: Options) throws(TerminalError) {
    let environment = options.environment
    let device = try TerminalDevice(behind: STDOUT_FILENO)
    let type = environment["TERM"] ?? ""
    isASCII = TerminalLocale.choose(environment) || options.isASCII || TerminalType.hasPoorFont(type)
    do {
      (screen, notice) = try Self.screen(type, colorTerm: environment["COLORTERM"], isASCII: isASCII)
    } catch {
      device.close()
      throw error
    }
    self.device = device
    themes = (options.theme, options.themeOnLight ?? options.theme)
    background = ScreenBackground(colorFGBG: environment["COLORFGBG"]) ?? .dark
    input = InputMachine(patience: InputMachine.patience(escapeDelay: environment["ESCDELAY"]))
    hasColors = environment["NO_COLOR"].map(\.isEmpty) ?? true
    palette = Self.palette(themes, background, hasColors: hasColors, screen)
    size = device.size() ?? (80, 24)
    var found = device.found
    let restore = screen.restoreBytes
    guard guard_arm(device.descriptor, &found, restore, restore.count) == 0 else {
      screen.close()
      device.close()
      throw TerminalError(code: .system, detail: "its restore sequence is too long")
    }
    if let log = options.errorLog { guard_redirect_stderr(log) }
    device.makeRaw()
    screen.resize(width: size.width, height: size.height)
    enter()
    // Answered with the keys, long after the first frame.
    if screen.answersQuestions {
      if screen.synchronized == nil { device.send(Array("\u{1B}[?2026$p".utf8)) }
      if themes.dark != themes.light, palette.depth != .mono {
        device.send(Array("\u{1B}]11;?\u{1B}\\".utf8))
      }
    }
  }

  /// The screen of the type, or of one like it where the database doesn't know the type.
  private static func screen(
    _ type: String,
    colorTerm: String?,
    isASCII: Bool
  ) throws(TerminalError) -> (CursesScreen, SafeText?) {
    guard TerminalType.isName(type) else { throw TerminalError(code: .unknownType, detail: type) }
    let own = TerminalType.candidates(type, colorTerm: colorTerm)
    let others = TerminalType.substitutes(for: type).flatMap {
      TerminalType.candidates($0, colorTerm: colorTerm)
    }
    for candidate in own + others {
      do {
        let screen = try CursesScreen(type: candidate, isASCII: isASCII)
        guard !own.contains(candidate) else { return (screen, nil) }
        return (
          screen,
          "terminal type \(SafeText(TerminalType.shown(type))) is unknown here: taken for \(SafeText(candidate))"
        )
      } catch {
        guard error.code == .unknownType else { throw error }
      }
    }
    throw TerminalError(code: .unknownType, detail: type)
  }

  private static func palette(
    _ themes: (dark: Theme, light: Theme),
    _ background: ScreenBackground,
    hasColors: Bool,
    _ screen: CursesScreen
  ) -> ColorPalette {
    let theme = background == .light ? themes.light : themes.dark
    return ColorPalette(hasColors ? theme : .mono, depth: screen.depth)
  }

  /// For the loop to watch: readable is ``readKeys(at:)``, writable ``flush()`` while ``hasPendingOutput``.
  var descriptor: Int32 { device.descriptor }
  /// Whether a frame has not been taken whole by the terminal yet.
  var hasPendingOutput: Bool { device.hasPending }
  /// Whether the terminal is gone; then nothing can be shown any more.
  var isGone: Bool { device.isGone }
  /// When ``readKeys(at:)`` is to be called even if nothing comes, since an Escape may be alone.
  ///
  /// Nil is never.
  var keyDeadline: MonotonicTime? { input.deadline }
  /// All bytes sent so far, for measuring.
  var sentBytes: Int { device.sentBytes }

  /// Shows a screen; sends only what changed.
  ///
  /// - Parameters:
  ///   - buffer: The screen, of the terminal's size.
  ///   - cursor: Where the cursor is shown; nil hides it.
  /// - Returns: What came of it.
  @discardableResult
  func draw(_ buffer: CellBuffer, cursor: Point? = nil) -> Drawn {
    guard isActive, !isGone else { return .waiting }
    if device.hasPending {
      device.flush()
      if device.hasPending { return .waiting }
    }
    let diff = ScreenDiff(from: shown, to: buffer)
    if diff.isEmpty && cursor == shownCursor && shown != nil { return .unchanged }
    screen.paint(buffer, diff, palette: palette, cursor: cursor)
    shown = buffer
    shownCursor = cursor
    device.send(framed(screen.takeOutput()))
    return .sent
  }

  /// What came of a screen that was to be shown.
  enum Drawn: Sendable {
    /// Nothing is to be sent: it is there already.
    case unchanged
    /// What changed was sent.
    case sent
    /// The terminal can't take it now: show the then latest after ``flush()``.
    case waiting
  }

  /// Sends what waits; call when the descriptor is writable.
  func flush() {
    device.flush()
  }

  /// Reads the keys that are there, and those whose time of waiting for more is over; nil if there are none.
  func readKeys(at now: MonotonicTime) -> KeyBatch? {
    // A byte that comes after the deadline doesn't belong to what was held.
    let late = input.expire(at: now)
    let keys = (late + input.feed(device.read(), at: now)).compactMap { token in
      switch token {
      case .key(let key): key
      case .sequence(let bytes): screen.key(of: bytes)
      }
    }
    takeBackground()
    return keys.isEmpty ? nil : KeyBatch(keys: keys, at: now)
  }

  /// Whether the next draw sends everything, though nothing on the screen may have changed.
  var wantsPaint: Bool { isActive && shown == nil }

  /// The terminal's own word on its background stands above that of its environment.
  private func takeBackground() {
    guard let told = input.answers.background.map(ScreenBackground.init), told != background else { return }
    background = told
    palette = Self.palette(themes, background, hasColors: hasColors, screen)
    shown = nil
  }

  /// Asks the terminal for its size; call after SIGWINCH.
  ///
  /// - Returns: Whether it changed; then draw a screen of the new size.
  func resize() -> Bool {
    guard let now = device.size(), now != size else { return false }
    size = now
    screen.resize(width: now.width, height: now.height)
    shown = nil
    return true
  }

  /// Makes the next draw send everything: somebody else wrote on the screen.
  func redraw() {
    screen.repaint()
    shown = nil
  }

  /// Sends a text for the terminal's clipboard (OSC 52); a terminal that doesn't know it ignores it.
  ///
  /// - Returns: Whether it was sent: not while the terminal takes nothing, nor if it is longer than 64 KiB.
  func copy(_ text: String) -> Bool {
    guard isActive, !isGone, !device.hasPending, text.utf8.count <= 65_536 else { return false }
    device.send(Array("\u{1B}]52;c;\(Base64.encode(Array(text.utf8)))\u{07}".utf8))
    return true
  }

  /// Changes the colours, and those on a light background (nil: the same); the next draw sends everything.
  func setTheme(_ theme: Theme, onLight: Theme?) {
    themes = (theme, onLight ?? theme)
    palette = Self.palette(themes, background, hasColors: hasColors, screen)
    shown = nil
  }

  /// Gives the terminal back for a while: before the process stops, or another one runs on it.
  func suspend() {
    guard isActive else { return }
    isActive = false
    screen.leave()
    device.send(screen.bracketedPaste.off + screen.takeOutput())
    device.drain(milliseconds: 500)
    device.restoreModes()
    guard_disarm()
  }

  /// Takes the terminal again after ``suspend()``, or after the process was stopped from outside, whatever
  /// others have made of it meanwhile; the next draw sends everything.
  func resume() {
    if isActive { suspend() }
    isActive = true
    var found = device.found
    let restore = screen.restoreBytes
    guard_arm(device.descriptor, &found, restore, restore.count)
    device.makeRaw()
    enter()
    if !resize() { redraw() }
  }

  /// Gives the terminal back for good.
  ///
  /// Takes half a second at most, if the terminal takes nothing.
  func close() {
    suspend()
    guard_restore_stderr()
    screen.close()
    device.close()
  }

  private func enter() {
    device.send(screen.takeOutput() + screen.bracketedPaste.on)
  }

  /// A large frame is wrapped so that the terminal shows it at once; a small one is one write anyway.
  private func framed(_ bytes: [UInt8]) -> [UInt8] {
    guard bytes.count > 512 else { return bytes }
    if let marks = screen.synchronized { return marks.begin + bytes + marks.end }
    guard input.answers.hasSynchronizedOutput == true else { return bytes }
    return Array("\u{1B}[?2026h".utf8) + bytes + Array("\u{1B}[?2026l".utf8)
  }
}
