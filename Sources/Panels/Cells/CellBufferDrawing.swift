public import Facts

extension CellBuffer {
  /// Writes text on one row; what doesn't fit is cut and ends in `…`.
  ///
  /// - Parameters:
  ///   - text: What to write.
  ///   - point: Where its first column goes.
  ///   - style: How it looks.
  ///   - maxWidth: The columns it may take; nil is up to the clip's right edge.
  ///   - isTruncationMarked: Whether a cut shows as `…`; false cuts silently.
  /// - Returns: The columns used.
  @discardableResult
  public mutating func put(
    _ text: SafeText,
    at point: Point,
    style: Style = .text,
    maxWidth: Int? = nil,
    isTruncationMarked: Bool = true
  ) -> Int {
    let limit = min(maxWidth ?? .max, clip.x + clip.width - point.x)
    guard limit > 0, clip.rows.contains(point.y) else { return 0 }
    let isCut = !fits(text, in: limit)
    let end = isCut && isTruncationMarked ? limit - 1 : limit
    var used = 0
    for piece in CellText(text) {
      if used + piece.width > end { break }
      let place = Point(x: point.x + used, y: point.y)
      if isASCII {
        write(ASCIIFolding.fold(piece), at: place, style: style)
        if piece.width == 2 { put(glyph: "?", at: Point(x: place.x + 1, y: place.y), style: style) }
      } else {
        write(piece, at: place, style: style)
      }
      used += piece.width
    }
    if isCut && isTruncationMarked {
      put(glyph: "…", at: Point(x: point.x + used, y: point.y), style: style)
      used += 1
    }
    return used
  }

  /// Writes a line in several styles; what doesn't fit is cut and ends in `…`.
  ///
  /// - Returns: The columns used.
  @discardableResult
  public mutating func put(_ line: StyledText, at point: Point, maxWidth: Int? = nil) -> Int {
    let limit = min(maxWidth ?? .max, clip.x + clip.width - point.x)
    guard limit > 0 else { return 0 }
    var used = 0
    for (index, span) in line.spans.enumerated() {
      let left = limit - used
      // A span that just fits must still be cut if another one follows.
      let isFollowed = line.spans[(index + 1)...].contains { !$0.text.isEmpty }
      if isFollowed && !fits(span.text, in: left - 1) {
        let shown = put(
          span.text,
          at: Point(x: point.x + used, y: point.y),
          style: span.style,
          maxWidth: left - 1,
          isTruncationMarked: false
        )
        put(glyph: "…", at: Point(x: point.x + used + shown, y: point.y), style: span.style)
        return min(limit, used + shown + 1)
      }
      used += put(span.text, at: Point(x: point.x + used, y: point.y), style: span.style, maxWidth: left)
    }
    return used
  }

  /// Writes a line so that it ends at the right edge of `area`'s first row.
  ///
  /// - Returns: The columns used.
  @discardableResult
  public mutating func put(_ line: StyledText, alignedRightIn area: Rect) -> Int {
    let width = min(line.widthInColumns, area.width)
    return put(line, at: Point(x: area.x + area.width - width, y: area.y), maxWidth: width)
  }

  /// Writes one glyph of 1 column.
  public mutating func put(glyph: Unicode.Scalar, at point: Point, style: Style = .text) {
    let piece = CellText.Piece(scalar: glyph, width: 1)
    write(isASCII ? ASCIIFolding.fold(piece) : piece, at: point, style: style)
  }

  /// Fills an area with one glyph of 1 column; without one makes it empty in `style`.
  public mutating func fill(_ area: Rect, style: Style = .text, glyph: Unicode.Scalar = " ") {
    let area = area.intersection(clip)
    for y in area.rows {
      for x in area.columns { put(glyph: glyph, at: Point(x: x, y: y), style: style) }
    }
  }

  /// Draws a frame of thin lines along the edge of `area`.
  public mutating func box(_ area: Rect, style: Style = Style(role: .border)) {
    guard area.width >= 2, area.height >= 2 else { return }
    let right = area.x + area.width - 1
    let bottom = area.y + area.height - 1
    for x in area.columns {
      put(glyph: "─", at: Point(x: x, y: area.y), style: style)
      put(glyph: "─", at: Point(x: x, y: bottom), style: style)
    }
    for y in area.rows {
      put(glyph: "│", at: Point(x: area.x, y: y), style: style)
      put(glyph: "│", at: Point(x: right, y: y), style: style)
    }
    put(glyph: "┌", at: area.origin, style: style)
    put(glyph: "┐", at: Point(x: right, y: area.y), style: style)
    put(glyph: "└", at: Point(x: area.x, y: bottom), style: style)
    put(glyph: "┘", at: Point(x: right, y: bottom), style: style)
  }

  /// Changes the look of what is already drawn in `area`.
  public mutating func restyle(_ area: Rect, _ change: (inout Style) -> Void) {
    let area = area.intersection(clip)
    for y in area.rows {
      for x in area.columns { change(&cells[y * width + x].style) }
    }
  }

  /// Lays a background under what is already drawn in `area`, such as the selection's.
  public mutating func paint(_ background: ThemeRole?, in area: Rect) {
    restyle(area) { $0.background = background }
  }

  /// Takes all colour out of `area`: the backdrop under a dialog.
  public mutating func dim(_ area: Rect) {
    restyle(area) { $0 = Style(role: .shade) }
  }

  /// Marks each place in `area` where `needle` stands, ignoring the case of ASCII letters.
  public mutating func highlight(_ needle: SafeText, in area: Rect, style: Style) {
    let wanted = CellText(needle).map { Self.folded($0.scalar.value) }
    let area = area.intersection(clip)
    guard !wanted.isEmpty else { return }
    for y in area.rows {
      let found = area.columns.filter { !cells[y * width + $0].isRightHalf }
      let have = found.map { x -> UInt32 in
        let cell = cells[y * width + x]
        return cell.isCluster
          ? clusters[cell.clusterIndex].unicodeScalars.first?.value ?? 0 : Self.folded(cell.content)
      }
      guard have.count >= wanted.count else { continue }
      for start in 0...(have.count - wanted.count)
      where have[start..<(start + wanted.count)].elementsEqual(wanted) {
        let from = found[start]
        let last = found[start + wanted.count - 1]
        let end = last + Int(cells[y * width + last].width)
        restyle(Rect(x: from, y: y, width: end - from, height: 1)) { cell in
          cell = Style(
            role: style.role,
            background: style.background ?? cell.background,
            attributes: cell.attributes.union(style.attributes)
          )
        }
      }
    }
  }

  private static func folded(_ value: UInt32) -> UInt32 {
    (0x41...0x5A).contains(value) ? value + 0x20 : value
  }

  private func fits(_ text: SafeText, in limit: Int) -> Bool {
    if text.string.utf8.count <= limit { return true }
    var columns = 0
    for piece in CellText(text) {
      columns += piece.width
      if columns > limit { return false }
    }
    return true
  }
}
