/// What a cell shows where the terminal has only ASCII: our own glyphs by a table, others as `?`.
enum ASCIIFolding {
  /// The piece in ASCII, of the same width as far as a cell goes; a wide one's second column is `?`.
  static func fold(_ piece: CellText.Piece) -> CellText.Piece {
    if piece.scalar.isASCII && piece.marks.isEmpty { return piece }
    return CellText.Piece(scalar: fold(piece.scalar), width: 1)
  }

  private static func fold(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    if scalar.isASCII { return scalar }
    if let known = table[scalar] { return known }
    switch scalar.value {
    case 0x2500...0x257F: return "+"
    case 0x2800: return " "
    case 0x2801...0x28FF:
      return switch (scalar.value & 0xFF).nonzeroBitCount {
      case 1...2: "."
      case 3...5: ":"
      default: "#"
      }
    default: return "?"
    }
  }

  private static let table: [Unicode.Scalar: Unicode.Scalar] = [
    "●": "*", "■": "#", "▲": "^", "✗": "x", "◌": ".", "▸": ">", "○": "o", "✓": "+", "⌘": "&", "◂": "<",
    "▾": "v",
    "▴": "^", "─": "-", "┄": "-", "┈": ".", "│": "|", "▁": "_", "▂": ".", "▃": ":", "▄": "-", "▅": "=",
    "▆": "+",
    "▇": "*", "█": "#", "░": ".", "▒": ":", "▓": "%", "▏": "|", "▎": "|", "▍": "|", "▌": "|", "▋": "#",
    "▊": "#", "▉": "#", "▮": "#", "▯": "-", "…": "~", "·": "-", "–": "-", "—": "-", "−": "-", "→": ">",
    "←": "<", "↑": "^", "↓": "v", "≥": ">", "≤": "<", "≠": "#", "×": "x", "±": "~", "‹": "<", "›": ">",
    "«": "<", "»": ">", "‘": "'", "’": "'", "“": "\"", "”": "\"", "⏎": "$", "␡": "?", "\u{A0}": " ",
    "°": "o", "µ": "u",
  ]
}
