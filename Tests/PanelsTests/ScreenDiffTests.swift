import Facts
import Testing

@testable import Panels

struct ScreenDiffTests {
  private func buffer(_ text: SafeText, width: Int = 20) -> CellBuffer {
    var buffer = CellBuffer(width: width, height: 2)
    buffer.put(text, at: Point(x: 0, y: 1))
    return buffer
  }

  @Test func sameScreenHasNoRuns() {
    #expect(ScreenDiff(from: buffer("e\u{301}日"), to: buffer("e\u{301}日")).isEmpty)
  }

  @Test func changedCellIsOneRun() {
    let diff = ScreenDiff(from: buffer("ready 12"), to: buffer("ready 13"))
    #expect(diff.runs == [.init(y: 1, columns: 7..<8)])
  }

  @Test func smallGapsAreWrittenAndLargeOnesJumped() {
    let diff = ScreenDiff(from: buffer("a---b-------c"), to: buffer("A---B-------C"))
    #expect(diff.runs == [.init(y: 1, columns: 0..<5), .init(y: 1, columns: 12..<13)])
  }

  @Test func wideCellsAreNeverSplit() {
    let diff = ScreenDiff(from: buffer("日本"), to: buffer("月本"))
    #expect(diff.runs == [.init(y: 1, columns: 0..<2)])
    let narrowed = ScreenDiff(from: buffer("日x"), to: buffer("ab"))
    #expect(narrowed.runs == [.init(y: 1, columns: 0..<3)])
  }

  @Test func otherSizeChangesEverything() {
    let diff = ScreenDiff(from: buffer("x", width: 3), to: buffer("x", width: 4))
    #expect(diff.cellCount == 8)
    #expect(ScreenDiff(from: nil, to: CellBuffer(width: 0, height: 0)).isEmpty)
  }

  @Test func clusterIndicesOfTwoBuffersAreNotConfused() {
    var one = CellBuffer(width: 4, height: 1)
    one.put("e\u{301}", at: Point(x: 0, y: 0))
    var other = CellBuffer(width: 4, height: 1)
    other.put("a\u{301}", at: Point(x: 0, y: 0))
    #expect(ScreenDiff(from: one, to: other).runs == [.init(y: 0, columns: 0..<1)])
    #expect(one != other)
  }
}
