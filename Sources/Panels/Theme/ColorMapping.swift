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

  /// The index of the nearest of the first `count` (8 or 16) colours by hue; greys by lightness.
  public static func nearest16(red: UInt8, green: UInt8, blue: UInt8, count: Int = 16) -> Int {
    var best = 0
    var bestDistance = Int.max
    for (index, color) in ansi.prefix(count).enumerated() {
      let candidate = distance(red, green, blue, color.0, color.1, color.2)
      if candidate < bestDistance {
        best = index
        bestDistance = candidate
      }
    }
    return best
  }

  private static let levels = [0, 95, 135, 175, 215, 255]

  /// The 16 colours as xterm has them; terminals differ, so this only decides which one is meant.
  private static let ansi: [(Int, Int, Int)] = [
    (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205), (0, 205, 205),
    (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0), (92, 92, 255),
    (255, 0, 255), (0, 255, 255), (255, 255, 255),
  ]

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
