import Facts
import Operations
import Testing

@testable import Panels

/// Ages of what a person did are told by a clock that nobody can set.
@Suite struct ByYouTests {
  private func told(at time: MonotonicTime?) -> SafeText {
    let entry = TimelineEntry(
      time: Fixture.now.wall,
      at: time,
      kind: .act,
      state: .ok,
      who: "you",
      text: "restart redis",
      subject: "redis"
    )
    var world = World()
    world.conclude(TimelineSnapshot(entries: [entry]), by: "timeline", at: Fixture.now.monotonic)
    return ByYou.text(service: "redis", PanelContext(world: world, now: Fixture.now, clock: Fixture.clock))
      .plain
  }

  @Test func anAgeThatNoClockTellsIsNoAge() {
    #expect(told(at: Fixture.ago(10).monotonic) == "10s ago")
    #expect(told(at: nil) == "clock changed")
  }
}

/// Scores are never rounded across the limit that they are judged by, wherever they stand.
@Suite struct ScoreClaims {
  @Test func aScoreJustBelowTheLimitIsNotShownAsTheLimit() throws {
    var row = try #require(Fixture.validations.lowest.first)
    row.score = 0.49999
    var context = Fixture.context(Fixture.monitor())
    context.settings.lowConfidence = 0.5
    let page = ValidationPage(row: row, detail: nil, context: context).page
    let told = [page.headline] + page.entries.flatMap { $0.values.map(\.plain) }
    #expect(page.headline.string.hasPrefix("0.49, threshold 0.50"))
    #expect(!told.contains { $0.string.hasPrefix("0.50  ") || $0.string == "0.50" })
  }
}
