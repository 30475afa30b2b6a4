import Facts
import Testing

@testable import Panels

struct WidgetTests {
  @Test func tableKeepsTheSelectionInSight() {
    #expect(Table<Int>.offset(0, showing: 0, rows: 5, of: 20) == 0)
    #expect(Table<Int>.offset(0, showing: 7, rows: 5, of: 20) == 3)
    #expect(Table<Int>.offset(3, showing: 5, rows: 5, of: 20) == 3)
    #expect(Table<Int>.offset(10, showing: 2, rows: 5, of: 20) == 2)
    #expect(Table<Int>.offset(18, showing: nil, rows: 5, of: 20) == 15)
    #expect(Table<Int>.offset(4, showing: 0, rows: 0, of: 20) == 0)
    #expect(Table<Int>.offset(4, showing: nil, rows: 30, of: 20) == 0)
  }

  @Test func tableSelectsByIdentity() {
    var buffer = CellBuffer(width: 20, height: 4)
    var table = Table(columns: [TableColumn("n")], ids: ["c", "b", "a"], selection: "a") {
      [StyledText(SafeText($0))]
    }
    table.isFocused = true
    table.draw(into: &buffer, area: buffer.bounds)
    #expect(buffer.text(at: Point(x: 0, y: 3)) == "▸")
    table.ids = ["a", "b", "c"]
    buffer.clear()
    table.draw(into: &buffer, area: buffer.bounds)
    #expect(buffer.text(at: Point(x: 0, y: 1)) == "▸")
  }

  @Test func tableAsksForVisibleRowsOnly() {
    var buffer = CellBuffer(width: 20, height: 5)
    nonisolated(unsafe) var asked: [Int] = []
    var table = Table(columns: [TableColumn("n")], ids: Array(0..<10_000), selection: 5_000) { id in
      asked.append(id)
      return [StyledText(SafeText("\(id)"))]
    }
    table.offset = 4_998
    let layout = table.draw(into: &buffer, area: buffer.bounds)
    #expect(layout.visible == 4_998..<5_002)
    #expect(asked == [4_998, 4_999, 5_000, 5_001])
  }

  @Test func columnsAreDroppedByNeed() {
    let columns = [
      TableColumn("name", minimumWidth: 6, priority: 0), TableColumn("cpu", priority: 2),
      TableColumn("up", priority: 1),
    ]
    #expect(TableLayouter.widths(of: columns, ideals: [10, 5, 4], room: 40) == [10, 5, 4])
    #expect(TableLayouter.widths(of: columns, ideals: [10, 5, 4], room: 21) == [8, 5, 4])
    #expect(TableLayouter.widths(of: columns, ideals: [10, 5, 4], room: 16) == [10, nil, 4])
    #expect(TableLayouter.widths(of: columns, ideals: [10, 5, 4], room: 9) == [9, nil, nil])
    #expect(TableLayouter.widths(of: columns, ideals: [10, 5, 4], room: 0) == [0, nil, nil])
  }

  @Test func textIsWrappedAtSpaces() {
    func wrapped(_ text: SafeText, _ width: Int) -> [String] {
      StyledText(text).wrapped(to: width).map(\.plain.string)
    }
    #expect(wrapped("the queue is deep", 9) == ["the queue", "is deep"])
    #expect(wrapped("the queue is deep", 8) == ["the", "queue is", "deep"])
    #expect(wrapped("abcdefghij kl", 4) == ["abcd", "efgh", "ij", "kl"])
    #expect(wrapped("日本語", 3) == ["日", "本", "語"])
    #expect(wrapped("", 5) == [""])
    #expect(wrapped("x", 0) == [])
    #expect(wrapped("日", 1).count <= 2)
  }

  @Test func longWordsLoseNothing() {
    let text = SafeText(String(repeating: "0123456789abcdef", count: 20))
    #expect(StyledText(text).wrapped(to: 13).map(\.plain.string).joined() == text.string)
  }

  @Test func promptKeepsTheCursorInSight() {
    var buffer = CellBuffer(width: 10, height: 1)
    let long = PromptLine(prefix: StyledText(":"), before: "restart postgres", after: " now")
    #expect(long.draw(into: &buffer, area: buffer.bounds) == Point(x: 9, y: 0))
    buffer.clear()
    let short = PromptLine(prefix: StyledText("/"), before: "日", after: "x")
    #expect(short.draw(into: &buffer, area: buffer.bounds) == Point(x: 3, y: 0))
    #expect(long.draw(into: &buffer, area: Rect(x: 0, y: 0, width: 0, height: 1)) == nil)
  }

  @Test func dialogSaysWhetherThereIsMore() {
    var buffer = CellBuffer(width: 40, height: 10)
    var dialog = Dialog(
      title: "Purge",
      body: KeyValueBlock((0..<12).map { .init("k\($0)" as SafeText, StyledText("v")) }),
      buttons: [.init("Cancel")]
    )
    let first = dialog.draw(into: &buffer, area: buffer.bounds)
    #expect(first.hasMore)
    dialog.body.offset = 100
    let last = dialog.draw(into: &buffer, area: buffer.bounds)
    #expect(!last.hasMore)
    #expect(last.offset > 0)
  }

  @Test func everyWidgetTakesEverySize() {
    for width in [0, 1, 2, 3, 5, 8, 13, 40] {
      for height in [0, 1, 2, 3, 5, 9] {
        var buffer = CellBuffer(width: 40, height: 10)
        let area = Rect(x: 0, y: 0, width: width, height: height)
        for draw in Samples.all.values { draw(&buffer, area) }
        for y in 0..<10 {
          for x in 0..<40 where !area.contains(Point(x: x, y: y)) {
            #expect(buffer.text(at: Point(x: x, y: y)) == " ", "\(width)x\(height) at \(x),\(y)")
          }
        }
      }
    }
  }
}
