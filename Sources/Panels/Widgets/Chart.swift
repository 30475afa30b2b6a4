public import Facts

/// A series over time as dots, with its thresholds as dotted lines and their values at the left.
public struct Chart: Sendable, Hashable {
  /// A limit of the series.
  public struct Threshold: Sendable, Hashable {
    /// Where the line is.
    public var value: Double
    /// What stands beside it.
    public var label: SafeText
    /// The colour of the line and of everything from there up.
    public var role: ThemeRole

    /// Describes a limit.
    public init(_ value: Double, label: SafeText, role: ThemeRole) {
      self.value = value
      self.label = label
      self.role = role
    }
  }

  /// The values at equal distances, oldest first; nil is a gap.
  ///
  /// They fill the whole width.
  public var values: [Double?]
  /// The limits, in any order.
  public var thresholds: [Threshold]
  /// What the upper edge stands for; nil leaves some air above the greatest value and limit.
  public var top: Double?
  /// The colour below all limits.
  public var role: ThemeRole
  /// What stands under the left end, such as `-30m`.
  public var start: SafeText
  /// What stands under the right end.
  public var end: SafeText

  /// Describes a chart.
  public init(
    _ values: [Double?],
    thresholds: [Threshold] = [],
    top: Double? = nil,
    role: ThemeRole = .graph1,
    start: SafeText = "",
    end: SafeText = "now"
  ) {
    self.values = values
    self.thresholds = thresholds
    self.top = top
    self.role = role
    self.start = start
    self.end = end
  }

  /// Draws labels, lines, dots and axis; where there is little room labels and axis are left out.
  public func draw(into buffer: inout CellBuffer, area: Rect) {
    buffer.withClip(area) { draw(clipped: &$0, area: area) }
  }

  private func draw(clipped buffer: inout CellBuffer, area: Rect) {
    guard !area.isEmpty else { return }
    let hasAxis = area.height >= 4 && !(start.isEmpty && end.isEmpty)
    let labels = thresholds.reduce(0) { max($0, $1.label.widthInColumns) }
    let gutter = area.width >= labels + 14 && labels > 0 ? labels + 1 : 0
    let plot = area.inset(left: gutter, bottom: hasAxis ? 1 : 0)
    let columns = Resampling.columns(values, plot.width * 2, isStretched: true)
    let scale = scale(columns)
    for threshold in thresholds where threshold.value > 0 && threshold.value <= scale {
      let y = row(of: threshold.value, scale: scale, plot: plot)
      for x in plot.columns {
        buffer.put(glyph: "┈", at: Point(x: x, y: y), style: .role(threshold.role))
      }
      if gutter > 0 {
        buffer.put(
          StyledText(threshold.label, .role(threshold.role)),
          alignedRightIn: Rect(x: area.x, y: y, width: gutter - 1, height: 1)
        )
      }
    }
    drawDots(into: &buffer, plot: plot, columns: columns, scale: scale)
    if hasAxis {
      let axis = Rect(x: plot.x, y: area.y + area.height - 1, width: plot.width, height: 1)
      buffer.put(start, at: axis.origin, style: .muted)
      if plot.width >= start.widthInColumns + end.widthInColumns + 2 {
        buffer.put(StyledText(end, .muted), alignedRightIn: axis)
      }
    }
  }

  private func scale(_ columns: [Double?]) -> Double {
    if let top, top > 0 { return top }
    let greatest = columns.reduce(0) { max($0, $1 ?? 0) }
    let limit = thresholds.reduce(0) { max($0, $1.value) }
    return max(greatest * 1.02, limit * 1.25, 1e-9)
  }

  private func row(of value: Double, scale: Double, plot: Rect) -> Int {
    let dots = dots(for: value, scale: scale, height: plot.height)
    return plot.y + plot.height - 1 - min(plot.height - 1, max(0, dots - 1) / 4)
  }

  private func dots(for value: Double, scale: Double, height: Int) -> Int {
    let fraction = max(0, min(1, value / scale))
    let dots = Int((fraction * Double(height * 4)).rounded())
    return value > 0 ? max(1, dots) : dots
  }

  /// Braille patterns: two columns of four dots a cell, filled from below.
  private func drawDots(into buffer: inout CellBuffer, plot: Rect, columns: [Double?], scale: Double) {
    let left: [UInt32] = [0, 0x40, 0x44, 0x46, 0x47]
    let right: [UInt32] = [0, 0x80, 0xA0, 0xB0, 0xB8]
    for cell in 0..<(columns.count / 2) {
      let heights = [columns[cell * 2], columns[cell * 2 + 1]].map {
        $0.map { dots(for: $0, scale: scale, height: plot.height) } ?? 0
      }
      for level in 0..<plot.height {
        let dots = heights.map { max(0, min(4, $0 - level * 4)) }
        if dots == [0, 0] { break }
        guard let glyph = Unicode.Scalar(0x2800 + left[dots[0]] + right[dots[1]]) else { continue }
        let y = plot.y + plot.height - 1 - level
        buffer.put(
          glyph: glyph,
          at: Point(x: plot.x + cell, y: y),
          style: style(at: y, scale: scale, plot: plot)
        )
      }
    }
  }

  /// The colour of a row: that of the highest limit whose line is on it or below it.
  private func style(at y: Int, scale: Double, plot: Rect) -> Style {
    let passed = thresholds.filter { row(of: $0.value, scale: scale, plot: plot) > y }
    return .role(passed.max { $0.value < $1.value }?.role ?? role)
  }
}
