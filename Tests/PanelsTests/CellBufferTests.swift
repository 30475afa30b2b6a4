import Facts
import Testing

@testable import Panels

struct CellBufferTests {
  private func row(_ buffer: CellBuffer, _ y: Int = 0) -> String {
    (0..<buffer.width).map { buffer.text(at: Point(x: $0, y: y)) }.joined()
  }

  @Test func textIsCutWithAnEllipsis() {
    var buffer = CellBuffer(width: 10, height: 1)
    #expect(buffer.put("celery-worker", at: Point(x: 0, y: 0), maxWidth: 7) == 7)
    #expect(row(buffer) == "celery…   ")
    #expect(buffer.put("0123456789", at: Point(x: 0, y: 0)) == 10)
    #expect(row(buffer) == "0123456789")
    #expect(buffer.put("abc", at: Point(x: 8, y: 0), isTruncationMarked: false) == 2)
    #expect(row(buffer) == "01234567ab")
  }

  @Test func nothingIsDrawnOutside() {
    var buffer = CellBuffer(width: 4, height: 2)
    for (x, y) in [(-2, 0), (4, 0), (0, 2), (0, -1), (100, 100)] {
      buffer.put("abcdef", at: Point(x: x, y: y))
    }
    #expect(row(buffer) == "cdef")
    #expect(row(buffer, 1) == "    ")
    buffer.box(Rect(x: -5, y: -5, width: 100, height: 100))
    buffer.fill(Rect(x: -5, y: -5, width: 100, height: 100), glyph: "x")
    #expect(row(buffer, 1) == "xxxx")
  }

  @Test func clipProtectsWhatIsOutside() {
    var buffer = CellBuffer(width: 6, height: 2)
    buffer.withClip(Rect(x: 1, y: 0, width: 3, height: 1)) { $0.fill($0.bounds, glyph: "x") }
    #expect(row(buffer) == " xxx  ")
    #expect(row(buffer, 1) == "      ")
    #expect(buffer.clip == buffer.bounds)
  }

  @Test func wideClusterIsNeverHalfOverwritten() {
    var buffer = CellBuffer(width: 6, height: 1)
    buffer.put("日本語", at: Point(x: 0, y: 0))
    buffer.put("x", at: Point(x: 1, y: 0))
    #expect(row(buffer) == " x本語")
    buffer.put("y", at: Point(x: 2, y: 0))
    #expect(row(buffer) == " xy 語")
    buffer.put("日", at: Point(x: 3, y: 0))
    #expect(row(buffer) == " xy日 ")
  }

  @Test func wideClusterIsNotCutInHalf() {
    var buffer = CellBuffer(width: 5, height: 1)
    #expect(buffer.put("日本語", at: Point(x: 0, y: 0)) == 5)
    #expect(row(buffer) == "日本…")
    buffer.clear()
    #expect(buffer.put("日本語", at: Point(x: 0, y: 0), maxWidth: 4) == 3)
    #expect(row(buffer) == "日…  ")
  }

  @Test func marksStayWithTheirBase() {
    var buffer = CellBuffer(width: 8, height: 1)
    #expect(buffer.put("e\u{301}a\u{308}\u{323}x", at: Point(x: 0, y: 0)) == 3)
    #expect(buffer.text(at: Point(x: 0, y: 0)).unicodeScalars.map(\.value) == [0x65, 0x301])
    let piled = SafeText("a" + String(repeating: "\u{301}", count: 40))
    #expect(buffer.put(piled, at: Point(x: 4, y: 0)) == 1)
    #expect(buffer.text(at: Point(x: 4, y: 0)).unicodeScalars.count == 5)
    #expect(SafeText("\u{301}").widthInColumns == 1)
  }

  @Test(arguments: [
    ("👨‍👩‍👧!", "👨!", 3), ("🇩🇪", "DE", 2), ("👍🏽.", "👍.", 3), ("❤️.", "❤.", 2), ("1️⃣.", "1.", 2), ("한글", "한글", 4),
    ("ｆ", "ｆ", 2), ("①", "①", 1),
  ])
  func sequencesAreSimplifiedToWhatTerminalsAgreeOn(text: String, shown: String, columns: Int) {
    var buffer = CellBuffer(width: 8, height: 1)
    #expect(buffer.put(SafeText(text), at: Point(x: 0, y: 0)) == columns)
    #expect(SafeText(text).widthInColumns == columns)
    #expect(row(buffer).hasPrefix(shown + " "))
  }

  @Test func asciiModeLeavesNothingElse() {
    var buffer = CellBuffer(width: 30, height: 1, isASCII: true)
    #expect(buffer.put("● ≥ 日本 é ‹x› …", at: Point(x: 0, y: 0)) == 16)
    #expect(row(buffer).hasPrefix("* > ???? ? <x> ~ "))
    #expect(row(buffer).utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func styledLineIsCutAsOne() {
    var buffer = CellBuffer(width: 8, height: 1)
    let line = StyledText("abcd", .strong).then("efgh", .muted).then("ijkl")
    #expect(buffer.put(line, at: Point(x: 0, y: 0)) == 8)
    #expect(row(buffer) == "abcdefg…")
    #expect(buffer.put(StyledText("abcd").then("efgh"), at: Point(x: 0, y: 0)) == 8)
    #expect(row(buffer) == "abcdefgh")
    #expect(buffer.put(line, at: Point(x: 0, y: 0), maxWidth: 4) == 4)
    #expect(row(buffer) == "abc…efgh")
  }

  @Test func highlightFindsWithoutCase() {
    var buffer = CellBuffer(width: 20, height: 1)
    buffer.put("Celery 日 celery", at: Point(x: 0, y: 0))
    buffer.highlight("CEL", in: buffer.bounds, style: .accent)
    let marked = (0..<20).filter { buffer.cell(at: Point(x: $0, y: 0))?.style.role == .accent }
    #expect(marked == [0, 1, 2, 10, 11, 12])
  }
}
