import DataSources
import Facts
import Testing

@testable import Operations

/// What was stopped by somebody, as a command that comes later finds it.
@Suite struct AskedStopTests {
  private let now = Moment(
    monotonic: MonotonicTime(nanoseconds: 1_000_000_000),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  private func judged(
    _ reading: ServiceReading,
    action: String = "service.stop",
    _ event: AuditRecord.Event = .end,
    of identity: String = "migrate",
    life: String = "1",
    verdict: String = ""
  ) -> String? {
    var record = AuditRecord(
      event,
      act: "a",
      time: now.wall,
      environment: "dev",
      action: action,
      target: "migrate"
    )
    (record.identity, record.incarnation) = (identity, life)
    if !verdict.isEmpty { record.verdict = verdict }
    let author = AuditAuthor(user: "anna", host: "here", process: 1)
    let trail = AuditTrail(entries: [AuditEntry(sequence: 1, record: record, author: author)])
    var world = World()
    world.apply(report("runtime", ServicesSnapshot(runtime: "compose shop", services: [reading])))
    world.apply(report("audit", trail))
    let profile = ServiceProfile(name: "migrate", isOneShot: true)
    let status = ServiceAssessor(profiles: [profile]).assess(world, at: now)?.service("migrate")
    return status.map { "\($0.state.rawValue) \($0.word)" }
  }

  private func report(_ source: String, _ snapshot: any Snapshot) -> SourceReport {
    SourceReport(
      source: source,
      startedAt: now,
      endedAt: now,
      result: .success(SourceReading([], snapshots: [snapshot]))
    )
  }

  @Test(arguments: ["service.stop", "service.restart"])
  func whatWasStoppedInItsWorkIsNotDone(_ action: String) {
    let ended = ServiceReading.sample("migrate", state: .exited(code: 0))
    #expect(judged(ended, action: action) == "warn exited 0, stop asked for by anna")
    #expect(judged(ended, action: action, .begin) == "warn exited 0, stop asked for by anna")
    let killed = ServiceReading.sample("migrate", state: .exited(code: 143))
    #expect(judged(killed, action: action) == "crit killed by SIGTERM, stop asked for by anna")
  }

  /// A life of which the end is told is not judged by an act that came later, or that failed long before.
  @Test(arguments: [
    (-1.0, AuditRecord.Event.end, "done", "warn exited 0, stop asked for by anna"),
    (-60, .begin, "", "ok done"),
    (-60, .end, "failed", "ok done"),
    (1, .end, "failed", "warn exited 0, stop asked for by anna"),
    (12, .end, "failed", "ok done"),
    (12, .end, "unknown", "warn exited 0, stop asked for by anna"),
  ])
  func anActIsAskedForTheEndThatItCanHaveMade(
    ended: Double,
    event: AuditRecord.Event,
    verdict: String,
    word: String
  ) {
    var reading = ServiceReading.sample("migrate", state: .exited(code: 0))
    reading.endedAt = now.wall + .seconds(ended)
    #expect(judged(reading, action: "service.stop", event, verdict: verdict) == word)
  }

  /// A stop is known for as long as the log is read, and where that ends it may have been one.
  @Test func whatIsOlderThanTheNewestLinesIsKnown() {
    let author = AuditAuthor(user: "anna", host: "here", process: 1)
    func entry(_ number: Int, _ action: String) -> AuditEntry {
      var record = AuditRecord(
        .end,
        act: "a\(number)",
        time: now.wall + .seconds(number),
        environment: "dev",
        action: action,
        target: "migrate"
      )
      (record.identity, record.incarnation) = ("migrate", "1")
      return AuditEntry(sequence: number, record: record, author: author)
    }
    let later = (2..<400).map { entry($0, "queue.purge") }
    var reading = ServiceReading.sample("migrate", state: .exited(code: 0))
    reading.endedAt = now.wall + .seconds(1)
    let all = AuditTrail(newest: 200, of: [entry(1, "service.stop")] + later, isWhole: true)
    #expect(all.entries.count == 200)
    #expect(AskedStops(all).person(who: reading) == "anna")
    let cut = AuditTrail(newest: 200, of: later, isWhole: false)
    #expect(AskedStops(cut).person(who: reading) == nil)
    #expect(AskedStops(cut).isBeforeAllThatIsKnown(reading))
    #expect(!AskedStops(AuditTrail(newest: 200, of: later, isWhole: true)).isBeforeAllThatIsKnown(reading))
  }

  /// Another life, another container, another act, one that was refused: it has done its work.
  @Test func whatNobodyStoppedIsDone() {
    let ended = ServiceReading.sample("migrate", state: .exited(code: 0))
    #expect(judged(ended, life: "0") == "ok done")
    #expect(judged(ended, of: "other") == "ok done")
    #expect(judged(ended, action: "service.start") == "ok done")
    #expect(judged(ended, .refused) == "ok done")
    let running = ServiceReading.sample("migrate", health: .healthy)
    #expect(judged(running) == "ok healthy")
  }
}
