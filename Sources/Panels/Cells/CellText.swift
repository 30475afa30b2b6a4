public import Facts

/// Text cut into what terminals agree is one cell's content: a spacing scalar and its marks.
///
/// Terminals differ on emoji sequences, so these are simplified to what all measure alike: joined
/// emoji to their first, skin tones and variation selectors left out, flags to their two letters.
/// Ambiguous widths count as 1, as `wcwidth` has it.
struct CellText: Sequence, IteratorProtocol {
  /// One cell's content: a scalar, the marks over it, and its width in columns (1 or 2).
  struct Piece {
    var scalar: Unicode.Scalar
    var marks: [Unicode.Scalar] = []
    var width: Int
  }

  /// A cell shows at most this many marks; ncurses keeps no more, and more are only a nuisance.
  static let markLimit = 4

  private var scalars: String.UnicodeScalarView.Iterator
  private var next_: Unicode.Scalar?

  init(_ text: SafeText) {
    scalars = text.string.unicodeScalars.makeIterator()
    next_ = scalars.next()
  }

  mutating func next() -> Piece? {
    while let scalar = next_ {
      next_ = scalars.next()
      if scalar.value < 0x300 { return pieceWithMarks(scalar, width: 1) }
      switch scalar.value {
      case 0x200D:
        // What is joined to the emoji before is left out.
        next_ = next_.map(Self.isPictographic) == true ? scalars.next() : next_
      case 0xFE00...0xFE0F, 0x20E3, 0xE0000...0xE01EF:
        continue
      case 0x1F1E6...0x1F1FF:
        let letter = Unicode.Scalar(UInt8(truncatingIfNeeded: scalar.value - 0x1F1E6 + 0x41))
        return Piece(scalar: letter, width: 1)
      default:
        let width = DisplayWidth.columns(of: scalar)
        if width == 0 { return Piece(scalar: "\u{FFFD}", width: 1) }
        return pieceWithMarks(scalar, width: width)
      }
    }
    return nil
  }

  private mutating func pieceWithMarks(_ scalar: Unicode.Scalar, width: Int) -> Piece {
    var piece = Piece(scalar: scalar, width: width)
    while let mark = next_, mark.value >= 0x300 {
      if mark.value == 0x20E3 || (0xFE00...0xFE0F).contains(mark.value)
        || (width == 2 && (0x1F3FB...0x1F3FF).contains(mark.value))
      {
        next_ = scalars.next()
        continue
      }
      guard DisplayWidth.columns(of: mark) == 0, mark.value != 0x200D else { break }
      if piece.marks.count < Self.markLimit { piece.marks.append(mark) }
      next_ = scalars.next()
    }
    return piece
  }

  private static func isPictographic(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value >= 0x2190 && scalar.properties.isEmoji
  }
}

extension SafeText {
  /// The columns it takes on the screen.
  public var widthInColumns: Int {
    if string.utf8.allSatisfy({ $0 < 0x80 }) { return string.utf8.count }
    var columns = 0
    for piece in CellText(self) { columns += piece.width }
    return columns
  }

  /// The text in at most so many columns; a cut shows as `…`.
  public func clipped(toColumns limit: Int) -> SafeText {
    guard widthInColumns > limit else { return self }
    var columns = 0
    let kept = string.prefix { character in
      columns += SafeText(String(character)).widthInColumns
      return columns < limit
    }
    return SafeText(String(kept) + "…")
  }
}
