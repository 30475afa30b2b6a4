import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

@Suite struct TimelineTests {
  private let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 0),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )
  private let anna = AuditAuthor(user: "anna", host: "box", process: 1)

  private func tell(_ world: inout World, _ source: String, _ snapshot: any Snapshot, at now: Moment) {
    let reading = SourceReading([], snapshots: [snapshot])
    world.apply(SourceReport(source: source, startedAt: now, endedAt: now, result: .success(reading)))
  }

  private func services(_ state: FactState, _ word: String) -> ServiceStatuses {
    let status = ServiceStatus(
      name: "postgres",
      service: "postgres",
      reading: nil,
      state: state,
      word: word,
      detail: "",
      kind: .health,
      because: nil,
      probes: [],
      latency: nil
    )
    return ServiceStatuses(runtime: "", services: [status])
  }

  @Test func actsOfAllConsolesAndWhatWasSeenAreMerged() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.ok, "healthy"), at: start)
    #expect(timeline.advance(world, now: start).entries.isEmpty)
    tell(&world, "services", services(.crit, "refused"), at: start + .seconds(5))
    _ = timeline.advance(world, now: start + .seconds(5))
    var record = AuditRecord.sample(.end)
    record.time = start.wall + .seconds(9)
    record.reason = "recovered in 4 s"
    let other = AuditAuthor(user: "root", sudoUser: "ben", host: "desk", process: 2)
    let trail = AuditTrail(entries: [
      AuditEntry(sequence: 1, record: record, author: anna),
      AuditEntry(sequence: 2, record: record, author: other),
    ])
    tell(&world, "audit", trail, at: start + .seconds(9))
    let lines = timeline.advance(world, now: start + .seconds(9)).entries
    #expect(lines.map(\.who) == ["ben@desk", "you", ""])
    #expect(lines.first?.text == "restart postgres: done, recovered in 4 s")
    #expect(lines.last?.text == "postgres CRIT: refused")
    #expect(lines.last?.state == .crit)
  }

  @Test func whatAServiceIsFoundToBeAfterTheStartIsNoEvent() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.nodata, "starting"), at: start)
    _ = timeline.advance(world, now: start)
    tell(&world, "services", services(.ok, "healthy"), at: start + .seconds(1))
    #expect(timeline.advance(world, now: start + .seconds(1)).entries.isEmpty)
    tell(&world, "services", services(.nodata, "starting"), at: start + .seconds(2))
    let lines = timeline.advance(world, now: start + .seconds(2)).entries
    #expect(lines.map(\.text) == ["postgres NO DATA: starting"])
  }

  @Test func whatIsBadWhenItIsFirstSeenIsToldAsSuch() {
    var timeline = Timeline(author: anna)
    var world = World()
    tell(&world, "services", services(.crit, "refused"), at: start)
    _ = timeline.advance(world, now: start)
    tell(&world, "services", services(.ok, "healthy"), at: start + .seconds(1))
    let lines = timeline.advance(world, now: start + .seconds(1)).entries
    #expect(lines.map(\.text) == ["postgres OK: healthy", "postgres CRIT: refused, when first seen"])
  }

  @Test func aSourcesFailureAndItsEndAreToldOnce() {
    var timeline = Timeline(author: anna)
    var world = World()
    let failure = SourceFailure(.refused, at: "here")
    for second in [0, 5, 10] {
      let now = start + .seconds(second)
      world.apply(SourceReport(source: "redis", startedAt: now, endedAt: now, result: .failure(failure)))
      _ = timeline.advance(world, now: now)
    }
    let now = start + .seconds(15)
    world.apply(
      SourceReport(source: "redis", startedAt: now, endedAt: now, result: .success(SourceReading([])))
    )
    let lines = timeline.advance(world, now: now).entries
    #expect(lines.map(\.text) == ["source redis answers again", "source redis refused"])
    #expect(lines.last?.time == start.wall)
  }

  @Test func theTimelineIsBounded() {
    var timeline = Timeline(author: anna, limit: 10)
    var world = World()
    for step in 0..<50 {
      let now = start + .seconds(step)
      tell(&world, "services", services(step % 2 == 0 ? .crit : .ok, "word \(step)"), at: now)
      _ = timeline.advance(world, now: now)
    }
    let lines = timeline.advance(world, now: start + .seconds(50)).entries
    #expect(lines.count == 10)
    #expect(lines.first?.text == "postgres OK: word 49")
  }

  /// Entries of many consoles, whose clocks differ, and changes seen in between.
  @Test func linesAreMergedAsIfAllWereSorted() {
    var generator = SeededGenerator(state: 9)
    var timeline = Timeline(author: anna, limit: 60)
    var world = World()
    var entries: [AuditEntry] = []
    for step in 0..<80 {
      let now = start + .seconds(step)
      if Bool.random(using: &generator) {
        var record = AuditRecord.sample(.begin)
        record.time = now.wall + .seconds(Int.random(in: -20...2, using: &generator))
        entries.append(AuditEntry(sequence: entries.count + 1, record: record, author: anna))
        tell(&world, "audit", AuditTrail(entries: Array(entries.suffix(40))), at: now)
      } else {
        let state = FactState.allCases.randomElement(using: &generator) ?? .ok
        tell(&world, "services", services(state, "word \(step)"), at: now)
      }
      let lines = timeline.advance(world, now: now).entries
      #expect(lines.map(\.time) == lines.map(\.time).sorted(by: >))
      #expect(Set(lines.map(\.id)).count == lines.count)
      let shown = lines.count { $0.kind == .act }
      #expect(lines.count == 60 || shown == min(40, entries.count))
    }
    let seen = timeline.advance(world, now: start + .seconds(80)).entries
    #expect(timeline.advance(world, now: start + .seconds(81)).entries == seen)
  }
}
