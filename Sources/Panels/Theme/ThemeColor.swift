/// A theme's colour: the terminal's own, or red, green and blue of 0 to 255.
public enum ThemeColor: Sendable, Hashable, CustomStringConvertible {
  /// The terminal's own foreground or background.
  case standard
  /// Red, green and blue, each 0 to 255, in sRGB.
  case rgb(UInt8, UInt8, UInt8)

  /// Reads `default` or `#rrggbb`; nil if it is neither.
  public init?(_ text: String) {
    if text == "default" {
      self = .standard
      return
    }
    let digits = text.utf8.dropFirst()
    guard text.utf8.first == UInt8(ascii: "#"), digits.count == 6,
      digits.allSatisfy({ Unicode.Scalar($0).properties.isASCIIHexDigit }),
      let value = UInt32(text.dropFirst(), radix: 16)
    else { return nil }
    self.init(hex: value)
  }

  /// Makes a colour of 0xRRGGBB.
  public init(hex: UInt32) {
    self = .rgb(
      UInt8(truncatingIfNeeded: hex >> 16),
      UInt8(truncatingIfNeeded: hex >> 8),
      UInt8(truncatingIfNeeded: hex)
    )
  }

  /// As it is written in a theme.
  public var description: String {
    switch self {
    case .standard: return "default"
    case .rgb(let red, let green, let blue):
      let hex = String(UInt32(red) << 16 | UInt32(green) << 8 | UInt32(blue), radix: 16)
      return "#" + String(repeating: "0", count: 6 - hex.count) + hex
    }
  }

  /// The relative luminance of WCAG 2, 0 (black) to 1 (white); nil for the terminal's own.
  public var luminance: Double? {
    guard case .rgb(let red, let green, let blue) = self else { return nil }
    func linear(_ channel: UInt8) -> Double {
      let value = Double(channel) / 255
      return value <= 0.04045 ? value / 12.92 : Self.power((value + 0.055) / 1.055)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// The contrast ratio of WCAG 2 between two colours, 1 to 21; nil if one is the terminal's own.
  public static func contrast(_ left: ThemeColor, _ right: ThemeColor) -> Double? {
    guard let one = left.luminance, let other = right.luminance else { return nil }
    return (max(one, other) + 0.05) / (min(one, other) + 0.05)
  }

  /// `base` to the power of 2.4 by squares and a fifth root, for want of `pow` in the standard library.
  private static func power(_ base: Double) -> Double {
    guard base > 0 else { return 0 }
    let square = base * base
    var root = 1.0
    // Newton's method for the fifth root of base², which makes base^0.4.
    for _ in 0..<40 { root = (4 * root + square / (root * root * root * root)) / 5 }
    return square * root
  }
}
