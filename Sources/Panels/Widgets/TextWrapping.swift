public import Facts

extension StyledText {
  /// The line broken at spaces into rows of at most `width` columns; words longer than that are cut in two.
  ///
  /// A width below 1 has no rows.
  public func wrapped(to width: Int) -> [StyledText] {
    guard width > 0 else { return [] }
    var rows: [StyledText] = []
    var row: [Slice] = []
    var columns = 0
    var lastSpace: Int?
    for span in spans {
      for piece in CellText(span.text) {
        if columns + piece.width > width && !(piece.scalar == " ") {
          let rest = lastSpace.map { Array(row[($0 + 1)...]) } ?? []
          rows.append(Self.joined(lastSpace.map { row[..<$0] } ?? row[...]))
          row = rest
          columns = rest.reduce(0) { $0 + $1.piece.width }
          lastSpace = nil
        }
        if piece.scalar == " " {
          if columns >= width {
            rows.append(Self.joined(row[...]))
            row = []
            columns = 0
            lastSpace = nil
            continue
          }
          lastSpace = row.count
        }
        row.append(Slice(piece: piece, style: span.style))
        columns += piece.width
      }
    }
    if !row.isEmpty || rows.isEmpty { rows.append(Self.joined(row[...])) }
    return rows
  }

  /// The same behind a head: the rows after the first stand under the text, not under the head.
  func wrapped(to width: Int, behind head: StyledText) -> [StyledText] {
    let indent = head.widthInColumns
    guard width > indent + 10 else { return (head + self).wrapped(to: width) }
    let lead = StyledText(SafeText(String(repeating: " ", count: indent)))
    return wrapped(to: width - indent).enumerated().map { ($0.offset == 0 ? head : lead) + $0.element }
  }

  private struct Slice {
    var piece: CellText.Piece
    var style: Style
  }

  private static func joined(_ slices: ArraySlice<Slice>) -> StyledText {
    var spans: [Span] = []
    var text = ""
    var style = Style.text
    for slice in slices {
      if slice.style != style && !text.isEmpty {
        spans.append(Span(SafeText(text, limit: .max), style))
        text = ""
      }
      style = slice.style
      text.unicodeScalars.append(slice.piece.scalar)
      text.unicodeScalars.append(contentsOf: slice.piece.marks)
    }
    if !text.isEmpty { spans.append(Span(SafeText(text, limit: .max), style)) }
    return StyledText(spans: spans)
  }
}

/// Paragraphs of wrapped text that can be scrolled.
public struct TextBlock: Sendable, Hashable {
  /// The paragraphs.
  public var lines: [StyledText]
  /// The first row shown, counted after wrapping; clamped.
  public var offset: Int

  /// Makes a block of paragraphs.
  public init(_ lines: [StyledText], offset: Int = 0) {
    self.lines = lines
    self.offset = offset
  }

  /// Draws as many rows as fit.
  ///
  /// - Returns: The first row shown and the number of all rows.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> (offset: Int, rows: Int) {
    let rows = lines.flatMap { $0.wrapped(to: area.width) }
    let first = max(0, min(offset, rows.count - area.height))
    for (row, y) in zip(rows[min(first, rows.count)...], area.rows) {
      buffer.put(row, at: Point(x: area.x, y: y), maxWidth: area.width)
    }
    return (first, rows.count)
  }
}

/// Labels at the left, muted, and their values at the right, wrapped.
public struct KeyValueBlock: Sendable, Hashable {
  /// One label with its values.
  public struct Entry: Sendable, Hashable {
    /// The label; may be empty.
    public var key: SafeText
    /// The values, each on rows of its own.
    public var values: [StyledText]

    /// Makes an entry of a label and its values.
    public init(_ key: SafeText, _ values: StyledText...) {
      self.key = key
      self.values = values
    }
  }

  /// The entries from top to bottom.
  public var entries: [Entry]
  /// The first row shown; clamped.
  public var offset: Int

  /// Makes a block of entries.
  public init(_ entries: [Entry], offset: Int = 0) {
    self.entries = entries
    self.offset = offset
  }

  /// The number of rows at a width.
  public func height(width: Int) -> Int {
    rows(width: width).count
  }

  /// Draws as many rows as fit.
  ///
  /// - Returns: The first row shown and the number of all rows.
  @discardableResult
  public func draw(into buffer: inout CellBuffer, area: Rect) -> (offset: Int, rows: Int) {
    let rows = rows(width: area.width)
    let first = max(0, min(offset, rows.count - area.height))
    let indent = indent(width: area.width)
    for (row, y) in zip(rows[min(first, rows.count)...], area.rows) {
      buffer.put(row.key, at: Point(x: area.x, y: y), style: .muted, maxWidth: max(0, indent - 1))
      buffer.put(row.value, at: Point(x: area.x + indent, y: y), maxWidth: area.width - indent)
    }
    return (first, rows.count)
  }

  /// Each value with the label of its entry, and its rows.
  func lines(width: Int) -> [PageLine] {
    let indent = indent(width: width)
    return entries.flatMap { entry in
      let values = entry.values.isEmpty ? [StyledText()] : entry.values
      return values.enumerated().map { offset, value in
        let rows = value.wrapped(to: width - indent).enumerated().map { place, row in
          guard indent > 0 else { return row }
          let label: SafeText = offset == 0 && place == 0 ? entry.key : ""
          let key =
            label.widthInColumns < indent ? label : SafeText(String(label.string.prefix(indent - 1)))
          let gap = SafeText(String(repeating: " ", count: max(1, indent - key.widthInColumns)))
          return StyledText(key, .muted).then(gap) + row
        }
        return PageLine("\(entry.key) \(value.plain)", rows)
      }
    }
  }

  private func indent(width: Int) -> Int {
    let keys = entries.reduce(0) { max($0, $1.key.widthInColumns) }
    return keys == 0 ? 0 : min(keys + 2, width / 3)
  }

  private func rows(width: Int) -> [(key: SafeText, value: StyledText)] {
    let room = width - indent(width: width)
    return entries.flatMap { entry in
      let lines = entry.values.isEmpty ? [StyledText()] : entry.values.flatMap { $0.wrapped(to: room) }
      return lines.enumerated().map { (key: $0.offset == 0 ? entry.key : "", value: $0.element) }
    }
  }
}
