public import Facts

/// A question over a dimmed screen: what would be done, and buttons.
public struct Dialog: Sendable, Hashable {
  /// One button.
  public struct Button: Sendable, Hashable {
    /// What it says.
    public var title: SafeText
    /// Whether it can be chosen.
    public var isEnabled: Bool

    /// Describes a button.
    public init(_ title: SafeText, isEnabled: Bool = true) {
      self.title = title
      self.isEnabled = isEnabled
    }
  }

  /// What was drawn.
  public struct Layout: Sendable, Hashable {
    /// The dialog with its frame.
    public var area: Rect
    /// The first row of the body that is shown; keep it as the next ``Dialog/offset``.
    public var offset: Int
    /// Whether there are rows below those shown: until they are seen, acting buttons stay disabled.
    public var hasMore: Bool
    /// Where the cursor goes; nil without a field.
    public var cursor: Point?
  }

  /// The largest size of a dialog, frame included.
  public static let maximumSize = (width: 68, height: 20)

  /// The title at the left of the frame.
  public var title: SafeText
  /// What stands at the right of the frame: environment and class.
  public var tag: SafeText
  /// The colour of frame and tag: the danger's.
  public var role: ThemeRole
  /// What it says.
  public var body: KeyValueBlock
  /// A text field below the body; nil for none.
  public var field: PromptLine?
  /// The buttons from left to right.
  public var buttons: [Button]
  /// The index of the highlighted button; nil while the field has the focus.
  public var highlighted: Int?
  /// The keys, below the buttons.
  public var hints: [HintLine.Hint]

  /// Describes a dialog; `body.offset` is its scroll position.
  public init(
    title: SafeText,
    tag: SafeText = "",
    role: ThemeRole = .accent,
    body: KeyValueBlock,
    field: PromptLine? = nil,
    buttons: [Button],
    highlighted: Int? = 0,
    hints: [HintLine.Hint] = []
  ) {
    self.title = title
    self.tag = tag
    self.role = role
    self.body = body
    self.field = field
    self.buttons = buttons
    self.highlighted = highlighted
    self.hints = hints
  }

  /// Dims all of `area` and draws the dialog in its middle.
  ///
  /// - Returns: What was drawn.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> Layout {
    let width = min(Self.maximumSize.width, area.width)
    let rows = body.height(width: max(1, width - 6))
    let below = (field == nil ? 0 : 2) + (buttons.isEmpty ? 0 : 2) + (hints.isEmpty ? 0 : 2)
    let frame = area.centered(width: width, height: min(Self.maximumSize.height, rows + below + 3))
    var layout = Layout(area: frame, offset: 0, hasMore: false, cursor: nil)
    OverlayFrame(title: title, tag: tag, role: role).draw(into: &buffer, area: area, frame: frame) {
      drawInside(into: &$0, frame: frame, layout: &layout)
    }
    return layout
  }

  /// The rows from below: keys, buttons, field; the body takes the rest.
  ///
  /// Air goes first, then the keys.
  private func drawInside(into buffer: inout CellBuffer, frame: Rect, layout: inout Layout) {
    var inside = frame.width >= 12 ? frame.inset(columns: 3, rows: 1) : frame.inset(columns: 1, rows: 1)
    let hasAir = inside.height >= 8
    if !hints.isEmpty && inside.height >= 5 {
      let parts = inside.split(bottom: 1)
      let line = parts.bottom.inset(left: -1, right: -1)
      HintLine(hints, last: nil).draw(into: &buffer, area: line)
      inside = hasAir ? parts.rest.inset(bottom: 1) : parts.rest
    }
    if !buttons.isEmpty {
      let parts = inside.split(bottom: 1)
      drawButtons(into: &buffer, row: parts.bottom)
      inside = hasAir ? parts.rest.inset(bottom: 1) : parts.rest
    }
    if let field {
      let parts = inside.split(bottom: 1)
      layout.cursor = field.draw(into: &buffer, area: parts.bottom)
      inside = hasAir ? parts.rest.inset(bottom: 1) : parts.rest
    }
    if hasAir && inside.height > body.height(width: inside.width) { inside = inside.inset(top: 1) }
    let shown = body.draw(into: &buffer, area: inside)
    layout.offset = shown.offset
    layout.hasMore = shown.offset + inside.height < shown.rows
    let mark = Style(role: role, attributes: .bold)
    let edge = frame.x + frame.width - 2
    if layout.hasMore {
      buffer.put(glyph: "↓", at: Point(x: edge, y: inside.y + inside.height - 1), style: mark)
    }
    if shown.offset > 0 { buffer.put(glyph: "↑", at: Point(x: edge, y: inside.y), style: mark) }
  }

  private func drawButtons(into buffer: inout CellBuffer, row: Rect) {
    let widths = buttons.map { $0.title.widthInColumns + 4 }
    let total = widths.reduce(0, +) + 2 * (buttons.count - 1)
    // Where they don't all fit, the highlighted one alone is shown.
    let shown = total <= row.width ? Array(buttons.indices) : [highlighted ?? 0]
    var x = row.x + (total <= row.width ? (row.width - total) / 2 : 0)
    for index in shown where buttons.indices.contains(index) {
      let button = buttons[index]
      let isHighlighted = index == highlighted
      let style =
        isHighlighted
        ? Style(role: .accent, background: .dialog, attributes: [.reverse, .bold])
        : Style(role: button.isEnabled ? .text : .muted, background: .button)
      let title = StyledText("  ", style).then(button.title, style).then("  ", style)
      x += buffer.put(title, at: Point(x: x, y: row.y), maxWidth: row.x + row.width - x) + 2
    }
  }
}
