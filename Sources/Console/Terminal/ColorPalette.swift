internal import Panels

/// How many colours a terminal has.
enum ColorDepth: Sendable, Hashable {
  /// None, or none wanted.
  case mono
  /// 8 or 16.
  case few(Int)
  /// xterm's 256.
  case indexed
  /// Red, green and blue in the colour's number.
  case direct
}

/// The numbers by which a terminal knows a theme's colours.
struct ColorPalette: Sendable, Hashable {
  /// The foreground and background of a cell, as the terminal's colour numbers; -1 is its own.
  struct Pair: Sendable, Hashable {
    var foreground: Int32
    var background: Int32
  }

  /// Colours and the bits of the attributes: 1 bold, 2 dim, 4 reverse, 8 underline.
  struct Look: Sendable, Hashable {
    var pair: Pair
    var bits: Int32

    /// Whether the foreground doesn't show on a blank.
    var isBlank: Bool { bits & 12 == 0 }
  }

  let depth: ColorDepth
  private let numbers: [ThemeRole: Int32]
  private let textNumbers: [ThemeRole: Int32]

  /// Maps a theme to what the terminal has; a theme without colours is mono everywhere.
  init(_ theme: Theme, depth: ColorDepth) {
    self.depth = theme.isMono ? .mono : depth
    let used = self.depth
    numbers = Dictionary(
      uniqueKeysWithValues: ThemeRole.allCases.map { ($0, Self.number(of: theme[$0], role: $0, depth: used)) }
    )
    textNumbers = Dictionary(
      uniqueKeysWithValues: ThemeRole.allCases.map {
        // Of few colours only a button's background is one, and that is dark.
        if case .few(let count) = used, $0 == .button { return ($0, count >= 16 ? 15 : 7) }
        return ($0, Self.number(of: theme.textColor(on: $0), role: .text, depth: used))
      }
    )
  }

  /// The colours and attributes of a style.
  func look(of style: Style) -> Look {
    switch depth {
    case .mono:
      return Look(pair: Pair(foreground: -1, background: -1), bits: Int32(style.monoAttributes.rawValue))
    case .few, .indexed, .direct:
      let background = style.background.map { numbers[$0] ?? -1 } ?? -1
      // A selection whose colour is the terminal's own background would not be seen: one whole bar instead.
      if background == -1, style.background == .selection || style.background == .header {
        return Look(
          pair: Pair(foreground: -1, background: -1),
          bits: Int32(style.monoAttributes.rawValue)
        )
      }
      let own = style.role == .text ? style.background.flatMap { textNumbers[$0] } : nil
      let pair = Pair(foreground: own ?? numbers[style.role] ?? -1, background: background)
      return Look(pair: pair, bits: Int32(style.attributes.rawValue))
    }
  }

  private static func number(of color: ThemeColor, role: ThemeRole, depth: ColorDepth) -> Int32 {
    guard case .rgb(let red, let green, let blue) = color else { return -1 }
    switch depth {
    case .mono: return -1
    case .few(let count):
      return role.fewColor(of: count).map(Int32.init) ?? -1
    case .indexed: return Int32(ColorMapping.nearest256(red: red, green: green, blue: blue))
    case .direct:
      // Numbers below 8 mean the first eight colours even there.
      return max(8, Int32(red) << 16 | Int32(green) << 8 | Int32(blue))
    }
  }
}
