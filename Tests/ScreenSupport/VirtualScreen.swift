internal import CVTerm

/// What a person would see: a terminal emulator (libvterm) fed with a program's output.
public final class VirtualScreen {
  /// One cell of the screen.
  public struct Look: Sendable, Hashable {
    /// Its text; empty for a blank cell and for the right half of a wide one.
    public var text: String
    /// Whether it is the right half of a wide character.
    public var isRightHalf: Bool
    /// The columns it takes.
    public var width: Int
    /// The palette's index, 0x1000000 | rgb, or -1 for the terminal's own.
    public var foreground: Int
    /// The palette's index, 0x1000000 | rgb, or -1 for the terminal's own.
    public var background: Int
    /// Whether it is bold.
    public var isBold: Bool
    /// Whether its colours are exchanged.
    public var isReversed: Bool
  }

  /// Columns and rows.
  public private(set) var size: (width: Int, height: Int)
  /// Whether the alternate screen is on.
  public fileprivate(set) var isAlternate = false
  /// Whether the cursor is shown.
  public fileprivate(set) var isCursorVisible = true

  private let terminal: OpaquePointer
  private let screen: OpaquePointer

  /// Makes an empty screen.
  ///
  /// libvterm 0.1.4 crashes on a wide character in a screen of one column: it gets two, one unseen.
  public init(width: Int, height: Int) {
    size = (width, height)
    terminal = vterm_new(Int32(height), Int32(max(2, width)))
    vterm_set_utf8(terminal, 1)
    screen = vterm_obtain_screen(terminal)
    vterm_screen_enable_altscreen(screen, 1)
    vterm_screen_set_callbacks(screen, Self.callbacks, Unmanaged.passUnretained(self).toOpaque())
    vterm_screen_reset(screen, 1)
  }

  deinit {
    vterm_free(terminal)
  }

  // libvterm keeps the pointer to the table: one for the whole process, never freed.
  private nonisolated(unsafe) static let callbacks: UnsafeMutablePointer<VTermScreenCallbacks> = {
    let table = UnsafeMutablePointer<VTermScreenCallbacks>.allocate(capacity: 1)
    var callbacks = VTermScreenCallbacks()
    callbacks.settermprop = { property, value, user in
      guard let user, let value else { return 1 }
      let screen = Unmanaged<VirtualScreen>.fromOpaque(user).takeUnretainedValue()
      if property == VTERM_PROP_ALTSCREEN { screen.isAlternate = vterm_value_truth(value) != 0 }
      if property == VTERM_PROP_CURSORVISIBLE { screen.isCursorVisible = vterm_value_truth(value) != 0 }
      return 1
    }
    table.initialize(to: callbacks)
    return table
  }()

  /// Feeds output of the program.
  ///
  /// - Returns: What the terminal answers to questions in it.
  public func feed(_ bytes: [UInt8]) -> [UInt8] {
    bytes.withUnsafeBytes { buffer in
      _ = vterm_input_write(terminal, buffer.bindMemory(to: CChar.self).baseAddress, bytes.count)
    }
    vterm_screen_flush_damage(screen)
    var answer = [CChar](repeating: 0, count: 1_024)
    let count = vterm_output_read(terminal, &answer, answer.count)
    return answer.prefix(count).map { UInt8(bitPattern: $0) }
  }

  /// Changes the size.
  public func resize(width: Int, height: Int) {
    size = (width, height)
    vterm_set_size(terminal, Int32(height), Int32(max(2, width)))
  }

  /// Where the cursor is.
  public var cursor: (x: Int, y: Int) {
    var position = VTermPos()
    vterm_state_get_cursorpos(vterm_obtain_state(terminal), &position)
    return (Int(position.col), Int(position.row))
  }

  /// The cell at a place.
  public func look(x: Int, y: Int) -> Look {
    var cell = VTermScreenCell()
    vterm_screen_get_cell(screen, VTermPos(row: Int32(y), col: Int32(x)), &cell)
    var text = ""
    var isRightHalf = false
    withUnsafeBytes(of: cell.chars) { raw in
      for value in raw.bindMemory(to: UInt32.self) {
        if value == 0 { break }
        if value == UInt32.max {
          isRightHalf = true
          break
        }
        if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
      }
    }
    return Look(
      text: text,
      isRightHalf: isRightHalf,
      width: Int(cell.width),
      foreground: Int(vterm_color_number(&cell.fg, 0)),
      background: Int(vterm_color_number(&cell.bg, 1)),
      isBold: cell.attrs.bold != 0,
      isReversed: cell.attrs.reverse != 0
    )
  }

  /// The text of a row, without blanks at its end.
  public func row(_ y: Int) -> String {
    var text = ""
    for x in 0..<size.width {
      let look = look(x: x, y: y)
      text += look.isRightHalf ? "" : look.text.isEmpty ? " " : look.text
    }
    while text.last == " " { text.removeLast() }
    return text
  }

  /// The text of the screen, row by row.
  public var text: String {
    (0..<size.height).map(row).joined(separator: "\n")
  }
}
