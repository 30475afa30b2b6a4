import Facts
import Panels
import Testing

/// Each widget as a picture, in several sizes; read them in the diff.
struct PictureTests {
  private static let lines: Set<String> = ["header", "tabs", "hints", "notice", "prompt"]

  @Test(arguments: Samples.all.keys.sorted())
  func widgetLooksLikeItsPicture(name: String) throws {
    let draw = try #require(Samples.all[name])
    let sizes =
      Self.lines.contains(name) ? [(120, 1), (80, 1), (40, 1), (20, 1)] : [(72, 12), (40, 8), (20, 5)]
    for (width, height) in sizes {
      var buffer = CellBuffer(width: width, height: height)
      draw(&buffer, buffer.bounds)
      expectScreen(buffer, named: "\(name)-\(width)x\(height)")
    }
    let (width, height) = sizes[0]
    var ascii = CellBuffer(width: width, height: height, isASCII: true)
    draw(&ascii, ascii.bounds)
    #expect(picture(of: ascii).utf8.allSatisfy { $0 < 0x80 })
    expectScreen(ascii, named: "\(name)-ascii")
  }

  @Test func dialogDimsWhatIsBelow() {
    var buffer = CellBuffer(width: 60, height: 14)
    Samples.all["table"]?(&buffer, buffer.bounds)
    Samples.all["dialog"]?(&buffer, buffer.bounds)
    expectScreen(buffer, named: "dialog-over-table")
  }
}
