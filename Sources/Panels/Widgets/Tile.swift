public import Facts

/// A framed area with its title, where the values come from, and how old they are.
public struct Tile: Sendable, Hashable {
  /// The title, bold.
  public var title: SafeText
  /// What narrows the rows, as bright as a warning: hidden rows must not pass for absent ones.
  public var filter: SafeText
  /// The source and what of it is shown, muted after the title; may be empty.
  public var source: SafeText
  /// How the source looks: muted unless it says what is wrong.
  public var sourceStyle = Style.muted
  /// `live`, the age, or whatever stands at the right; may be empty.
  public var age: StyledText
  /// Whether the keys go here: the frame is in the focus colour.
  public var isFocused: Bool
  /// The worst state inside; WARN and worse colour the title.
  public var state: FactState

  /// Describes a tile.
  public init(
    title: SafeText,
    filter: SafeText = "",
    source: SafeText = "",
    age: StyledText = StyledText(),
    isFocused: Bool = false,
    state: FactState = .ok
  ) {
    self.title = title
    self.filter = filter
    self.source = source
    self.age = age
    self.isFocused = isFocused
    self.state = state
  }

  /// Draws the frame; where it is narrow the source goes first, then the title is cut, the age stays.
  ///
  /// - Returns: The area inside, with a column of air at both sides.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> Rect {
    let style = Style(role: isFocused ? .focus : .border)
    buffer.box(area, style: style)
    let inside = area.inset(columns: 1, rows: 1)
    guard !area.isEmpty, area.width >= 6 else { return inside }
    let top = area.row(0).inset(left: 2, right: 2)
    let ageWidth = min(age.widthInColumns, top.width - 2)
    if ageWidth > 0 {
      let label = StyledText(" ", style) + age + StyledText(" ", style)
      buffer.put(label, alignedRightIn: top)
    }
    let room = top.width - (ageWidth > 0 ? ageWidth + 3 : 0) - 2
    if room >= 3 {
      var used = 1
      buffer.put(" ", at: top.origin, style: style)
      used += buffer.put(title, at: Point(x: top.x + used, y: top.y), style: titleStyle, maxWidth: room)
      if !filter.isEmpty, room - used >= 3 {
        let label = StyledText(" ").then(filter, Style(role: .accent, attributes: .bold))
        used += buffer.put(label, at: Point(x: top.x + used, y: top.y), maxWidth: room - used + 1)
      }
      let remaining = room - used + 1
      if !source.isEmpty, remaining >= 8 {
        used += buffer.put(" · ", at: Point(x: top.x + used, y: top.y), style: .muted)
        used += buffer.put(
          source,
          at: Point(x: top.x + used, y: top.y),
          style: sourceStyle,
          maxWidth: remaining - 3
        )
      }
      buffer.put(" ", at: Point(x: top.x + used, y: top.y), style: style)
    }
    return Self.inside(area)
  }

  /// What is left inside the frame, with a column of air at both sides.
  static func inside(_ area: Rect) -> Rect {
    let inside = area.inset(columns: 1, rows: 1)
    return area.width >= 12 ? inside.inset(left: 1, right: 1) : inside
  }

  /// Says at the right of the lower edge what of the rows is seen.
  func drawPosition(_ text: SafeText, into buffer: inout CellBuffer, area: Rect) {
    let bottom = area.row(area.height - 1).inset(left: 2, right: 2)
    guard !text.isEmpty, area.height >= 3, bottom.width >= text.widthInColumns + 2 else { return }
    let frame = Style(role: isFocused ? .focus : .border)
    buffer.put(StyledText(" ", frame).then(text, .muted).then(" ", frame), alignedRightIn: bottom)
  }

  /// Names keys at the left of the lower edge, as many as fit beside the position.
  func drawKeys(_ keys: [KeyHint], beside position: SafeText, into buffer: inout CellBuffer, area: Rect) {
    let bottom = area.row(area.height - 1).inset(left: 2, right: 2)
    guard area.height >= 3 else { return }
    let room = bottom.width - (position.isEmpty ? 0 : position.widthInColumns + 3)
    var line = StyledText()
    for key in keys {
      let next = line.then(line.isEmpty ? " " : "  ").then(key.key, .accent).then(" ").then(key.word, .muted)
      guard next.widthInColumns < room else { break }
      line = next
    }
    if !line.isEmpty { buffer.put(line.then(" "), at: bottom.origin, maxWidth: room) }
  }

  private var titleStyle: Style {
    switch state {
    case .ok, .nodata: .strong
    case .warn, .crit, .stale, .error: Style.state(state).bold
    }
  }
}
