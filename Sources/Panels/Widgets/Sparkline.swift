internal import Facts

/// A row of small bars, one column each; a gap is blank.
public struct Sparkline: Sendable, Hashable {
  /// The values, oldest first; nil is a gap.
  ///
  /// More than fit are joined, the greatest counts.
  public var values: [Double?]
  /// What a full bar stands for; nil is the greatest value.
  public var top: Double?
  /// The colour.
  public var style: Style

  /// Describes a sparkline.
  public init(_ values: [Double?], top: Double? = nil, style: Style = .muted) {
    self.values = values
    self.top = top
    self.style = style
  }

  private static let bars: [Unicode.Scalar] = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]

  /// Draws into the first row of `area`, the newest value at the right edge.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    for (column, glyph) in glyphs(width: area.width).enumerated() {
      guard let glyph else { continue }
      buffer.put(glyph: glyph, at: Point(x: area.x + column, y: area.y), style: style)
    }
  }

  /// The sparkline as a line of text `width` columns wide, such as for a table's cell.
  public func text(width: Int) -> StyledText {
    var text = ""
    for glyph in glyphs(width: width) { text.unicodeScalars.append(glyph ?? " ") }
    return StyledText(.init(text), style)
  }

  private func glyphs(width: Int) -> [Unicode.Scalar?] {
    let shown = Resampling.columns(values, width, isStretched: false)
    let greatest = top ?? shown.reduce(0) { max($0, $1 ?? 0) }
    let missing: [Unicode.Scalar?] = Array(repeating: nil, count: max(0, width - shown.count))
    return missing
      + shown.map { value in
        guard let value, value.isFinite else { return nil }
        guard greatest > 0, value > 0 else { return Self.bars[0] }
        return Self.bars[min(7, Int(min(value / greatest, 1) * 7.999))]
      }
  }
}

/// Fits a series into a number of columns.
enum Resampling {
  /// One value for each of at most `count` columns: the greatest of those that fall into it.
  ///
  /// A series shorter than `count` stays as it is, or is stretched to fill it.
  static func columns(_ values: [Double?], _ count: Int, isStretched: Bool) -> [Double?] {
    guard count > 0, !values.isEmpty else { return [] }
    if values.count <= count && !isStretched { return values }
    return (0..<count).map { column in
      let from = column * values.count / count
      let to = max(from + 1, (column + 1) * values.count / count)
      return values[from..<to].reduce(nil) { greatest, value in
        guard let value, value.isFinite else { return greatest }
        return max(greatest ?? value, value)
      }
    }
  }
}
