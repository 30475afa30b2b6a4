import Facts
import Testing

/// Snapshots of several sources of one kind.
@Suite struct WorldTests {
  private struct Told: Snapshot {
    var by: String
  }

  private func told(_ source: String, _ seconds: Int) -> SourceReport {
    let now = Moment(
      monotonic: MonotonicTime(nanoseconds: Int64(seconds) * 1_000_000_000),
      wall: WallTime(secondsSince1970: Double(seconds))
    )
    return SourceReport(
      source: source,
      startedAt: now,
      endedAt: now,
      result: .success(SourceReading([], snapshots: [Told(by: source)]))
    )
  }

  @Test func twoSourcesOfOneKindDoNotTakeTurns() {
    var world = World()
    for source in ["rabbit-b", "rabbit-a"] {
      world.introduce(source: source, interval: .seconds(5), declares: [])
    }
    world.apply(told("rabbit-a", 0))
    for second in 1...4 {
      world.apply(told("rabbit-b", second))
      world.apply(told("rabbit-a", second))
      #expect(world.snapshot(Told.self)?.source == "rabbit-b")
      #expect(world.snapshots(Told.self).map(\.value.by) == ["rabbit-b", "rabbit-a"])
    }
    #expect(world.snapshot(Told.self, of: "rabbit-a")?.sampledAt == MonotonicTime(nanoseconds: 4_000_000_000))
    #expect(world.snapshot(Told.self, of: "rabbit-c") == nil)
  }

  @Test func aConclusionStandsBesideWhatWasTold() {
    var world = World()
    let before = world.version
    world.conclude(Told(by: "us"), by: "judge", at: MonotonicTime(nanoseconds: 7))
    #expect(world.snapshot(Told.self)?.source == "judge")
    #expect(world.status(of: "judge") == nil)
    #expect(world.version != before)
  }
}
