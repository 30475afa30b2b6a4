/// The nearest of the colours that a terminal has.
public enum ColorMapping {
  /// The index of the nearest colour of xterm's 256: its cube and its greys, never the 16 that users redefine.
  public static func nearest256(red: UInt8, green: UInt8, blue: UInt8) -> Int {
    func step(_ value: UInt8) -> Int { value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40 }
    let cube = (step(red), step(green), step(blue))
    let inCube = 16 + 36 * cube.0 + 6 * cube.1 + cube.2
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let grey = max(0, min(23, (mean - 3) / 10))
    let greyLevel = 8 + 10 * grey
    let cubeDistance = distance(
      red,
      green,
      blue,
      levels[cube.0],
      levels[cube.1],
      levels[cube.2]
    )
    let greyDistance = distance(red, green, blue, greyLevel, greyLevel, greyLevel)
    return greyDistance < cubeDistance ? 232 + grey : inCube
  }

  /// The colour of an index of xterm's 256 beyond the first 16, which users redefine.
  public static func color256(_ index: Int) -> ThemeColor? {
    guard (16...255).contains(index) else { return nil }
    if index >= 232 {
      let level = UInt8(8 + 10 * (index - 232))
      return .rgb(level, level, level)
    }
    let cube = index - 16
    let channels = [cube / 36, cube / 6 % 6, cube % 6].map { UInt8(levels[$0]) }
    return .rgb(channels[0], channels[1], channels[2])
  }

  private static let levels = [0, 95, 135, 175, 215, 255]

  private static func distance(
    _ red: UInt8,
    _ green: UInt8,
    _ blue: UInt8,
    _ r: Int,
    _ g: Int,
    _ b: Int
  ) -> Int {
    let dr = Int(red) - r
    let dg = Int(green) - g
    let db = Int(blue) - b
    return 3 * dr * dr + 4 * dg * dg + 2 * db * db
  }
}

extension ThemeRole {
  /// The colour of a terminal that has only the first `count`: 8 or 16; nil is its own.
  ///
  /// By role rather than by nearness: their shades differ from terminal to terminal, and the nearest of
  /// eight to a theme's red and orange may be one and the same.
  public func fewColor(of count: Int) -> Int? {
    switch self {
    case .text, .selection, .header, .dialog: nil
    case .muted, .nodata, .border, .shade: count >= 16 ? 8 : 7
    case .button: 4
    case .crit, .graph6: 1
    case .ok, .graph3: 2
    case .warn, .graph2: 3
    case .graph4: count >= 16 ? 11 : 3
    case .stale, .graph5: 5
    case .accent, .focus, .graph1: 6
    }
  }
}
