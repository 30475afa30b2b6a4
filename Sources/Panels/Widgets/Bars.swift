public import Facts

/// A horizontal bar: a part of a whole, exact to an eighth of a column.
public struct Meter: Sendable, Hashable {
  /// The part that is filled, 0 to 1; clamped.
  public var fraction: Double
  /// The colour of the filled part.
  public var role: ThemeRole
  /// Whether the rest is drawn as `░`.
  public var hasTrack: Bool

  /// Describes a bar.
  public init(_ fraction: Double, role: ThemeRole, hasTrack: Bool = true) {
    self.fraction = fraction.isFinite ? max(0, min(1, fraction)) : 0
    self.role = role
    self.hasTrack = hasTrack
  }

  private static let eighths: [Unicode.Scalar] = ["▏", "▎", "▍", "▌", "▋", "▊", "▉"]

  /// Draws into the first row of `area`.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    let filled = Int((fraction * Double(area.width * 8)).rounded())
    for column in 0..<area.width {
      let point = Point(x: area.x + column, y: area.y)
      let part = filled - column * 8
      if part >= 8 {
        buffer.put(glyph: "█", at: point, style: .role(role))
      } else if part > 0 && !hasTrack {
        buffer.put(glyph: Self.eighths[part - 1], at: point, style: .role(role))
      } else if part >= 4 {
        buffer.put(glyph: "█", at: point, style: .role(role))
      } else if hasTrack {
        buffer.put(glyph: "░", at: point, style: .role(role))
      }
    }
  }

  /// The bar as a line of text `width` columns wide, such as for a table's cell.
  public func text(width: Int) -> StyledText {
    guard width > 0 else { return StyledText() }
    let filled = min(width, Int((fraction * Double(width)).rounded()))
    let text =
      String(repeating: "█", count: filled) + String(repeating: hasTrack ? "░" : " ", count: width - filled)
    return StyledText(SafeText(text), .role(role))
  }
}

/// Counts by class, one row each, with bars to one scale.
public struct Histogram: Sendable, Hashable {
  /// One class.
  public struct Bin: Sendable, Hashable {
    /// Its name or limits.
    public var label: SafeText
    /// How many fall into it.
    public var count: Int
    /// The bar's colour.
    public var role: ThemeRole

    /// Describes one class.
    public init(_ label: SafeText, count: Int, role: ThemeRole = .graph1) {
      self.label = label
      self.count = count
      self.role = role
    }
  }

  /// The classes from top to bottom.
  public var bins: [Bin]

  /// Makes a histogram of its classes.
  public init(_ bins: [Bin]) {
    self.bins = bins
  }

  /// Draws label, bar and count of as many classes as fit.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    let labels = bins.reduce(0) { max($0, $1.label.widthInColumns) }
    let counts = bins.reduce(0) { max($0, String($1.count).utf8.count) }
    let most = max(1, bins.reduce(0) { max($0, $1.count) })
    for (bin, y) in zip(bins, area.rows) {
      let row = Rect(x: area.x, y: y, width: area.width, height: 1)
      let parts = row.split(left: min(labels, area.width))
      buffer.put(StyledText(bin.label, .muted), alignedRightIn: parts.left)
      let bar = parts.rest.inset(left: 1, right: counts + 1)
      Meter(Double(bin.count) / Double(most), role: bin.role, hasTrack: false).draw(into: &buffer, area: bar)
      let end =
        bar.x + min(bar.width, Int((Double(bin.count) / Double(most) * Double(bar.width)).rounded(.up)))
      buffer.put(
        SafeText(String(bin.count)),
        at: Point(x: end + (bin.count > 0 ? 1 : 0), y: y),
        style: bin.count > 0 ? .text : .muted,
        maxWidth: max(0, area.x + area.width - end)
      )
    }
  }
}
