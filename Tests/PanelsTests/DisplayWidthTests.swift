import Facts
import Glibc
import Testing

@testable import Panels

/// Our widths against those of the C library's Unicode tables, on every scalar that can reach a cell.
@Suite(.serialized)
struct DisplayWidthTests {
  /// Where terminals differ among themselves: circled numbers, hexagrams, skin tones, one Ahom sign.
  ///
  /// What ncurses measures otherwise than we do is painted as a placeholder of our width.
  private static let excused: [ClosedRange<UInt32>] = [
    0x3248...0x324F, 0x4DC0...0x4DFF, 0x1171E...0x1171E, 0x1F3FB...0x1F3FF,
  ]

  @Test func widthsAreThoseOfTheSystem() throws {
    try #require(setlocale(LC_CTYPE, "C.UTF-8") != nil)
    var differing: [String] = []
    for value in UInt32(0x20)...0x3_134A {
      guard let scalar = Unicode.Scalar(value),
        SafeText(String(scalar)).string.unicodeScalars.first == scalar,
        !Self.excused.contains(where: { $0.contains(value) })
      else { continue }
      let system = systemWidth(Int32(bitPattern: value))
      // -1: not assigned in the system's version.
      if system >= 0 && Int(system) != DisplayWidth.columns(of: scalar) {
        differing.append("U+\(String(value, radix: 16)) is \(system)")
      }
    }
    #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(20))")
  }
}

/// `wcwidth`, which Glibc's module hides.
@_silgen_name("wcwidth") private func systemWidth(_ scalar: Int32) -> Int32
