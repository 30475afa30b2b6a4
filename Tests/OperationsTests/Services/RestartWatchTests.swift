import DataSources
import Facts
import Operations
import Testing

@Suite struct RestartWatchTests {
  private func at(_ minutes: Double) -> Moment {
    Moment(
      monotonic: MonotonicTime(nanoseconds: Int64(minutes * 60e9)),
      wall: WallTime(secondsSince1970: 1_700_000_000 + minutes * 60)
    )
  }

  private func reading(_ restarts: Int) -> ServiceReading {
    var reading = ServiceReading(
      name: "web",
      instance: "web-1",
      identity: ServiceIdentity(id: "3f2a", incarnation: "\(restarts)"),
      state: .running,
      health: .healthy
    )
    reading.restarts = restarts
    return reading
  }

  /// What the monitor says of the service after readings at these minutes.
  private func told(_ readings: [(minute: Double, restarts: Int)]) -> String {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: []),
      alerts: [],
      author: AuditAuthor(user: "anna", host: "box", process: 1)
    )
    for (minute, restarts) in readings {
      let snapshot = ServicesSnapshot(runtime: "compose shop", services: [reading(restarts)])
      monitor.apply(
        SourceReport(
          source: "runtime",
          startedAt: at(minute),
          endedAt: at(minute),
          result: .success(SourceReading([], snapshots: [snapshot]))
        )
      )
    }
    return monitor.services?.services.first.map { "\($0.state.word) \($0.word)" } ?? "nothing"
  }

  @Test func threeRestartsInTenMinutesAreCritical() {
    #expect(told([(0, 7), (2, 8), (5, 9), (8, 10)]) == "CRIT 3 restarts in 10 min")
  }

  @Test func fewerOrLongAgoAreNot() {
    #expect(told([(0, 0), (3, 1), (6, 2)]) == "OK healthy")
    #expect(told([(0, 0), (1, 1), (8, 2), (15, 3), (16, 3)]) == "OK healthy")
  }

  @Test func whatHappenedBeforeTheConsoleStartedIsNotKnown() {
    #expect(told([(0, 40), (1, 40)]) == "OK healthy")
  }
}
