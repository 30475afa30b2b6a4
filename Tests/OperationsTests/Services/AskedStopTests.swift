import DataSources
import Facts
import Operations
import Testing

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
    life: String = "1"
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
