import Facts
import Testing

@testable import Panels

/// Rows that are made when they are asked for, and new ones of which come at the end.
@Suite struct PanelItemsTests {
  /// Rows of which new ones come at the end, made when they are asked for.
  private func numbered(_ range: Range<Int>) -> PanelItems {
    PanelItems(count: range.count, follows: true) { id in
      Int(id).map {
        range.contains($0) ? .at($0 - range.lowerBound) : .near($0 < range.lowerBound ? 0 : range.count)
      }
    } make: { index in
      let id = String(range.lowerBound + index)
      return PanelItem(id: id, kind: .line, name: id, title: SafeText(id), state: .ok)
    }
  }

  @Test func whoStandsAtTheEndGoesAlongAndWhoReadsStays() {
    // Nothing selected is the newest.
    var local = PanelLocal()
    #expect(local.selectedIndex(in: numbered(0..<10)) == 9)
    local = local.settled(in: numbered(0..<12), after: numbered(0..<10))
    #expect(local.selection == nil && local.selectedIndex(in: numbered(0..<12)) == 11)
    // To go to the end is to go along with it, to come to stand there is not.
    local.select(3, in: numbered(0..<12))
    local.select(11, in: numbered(0..<12))
    #expect(local.settled(in: numbered(0..<20)).selectedIndex(in: numbered(0..<20)) == 19)
    local.select(11, in: numbered(0..<12), stays: true)
    #expect(local.settled(in: numbered(0..<20)).selection == "11")
    local.select(5, in: numbered(0..<20))
    local = local.settled(in: numbered(0..<30), after: numbered(0..<20))
    #expect(local.selection == "5" && local.selectionIndex == 5)
    // The line has gone with the oldest: the oldest that there is stands for it.
    local = local.settled(in: numbered(8..<30), after: numbered(0..<30))
    #expect(local.selection == "8")
    // One that a filter hides passes on to what stands where it would.
    #expect(local.settled(in: numbered(20..<30), after: numbered(8..<30)).selection == "20")
  }
}
