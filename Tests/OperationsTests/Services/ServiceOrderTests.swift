import DataSources
import Facts
import Operations
import TestSupport
import Testing

/// In which order services are told.
@Suite struct ServiceOrderTests {
  private let now = Moment(
    monotonic: MonotonicTime(nanoseconds: 1_000_000_000),
    wall: WallTime(secondsSince1970: 1_700_000_000)
  )

  /// Services as they are judged, by name, where the runtime lists those readings.
  private func told(
    _ readings: [ServiceReading],
    needs: [String: [String]] = [:],
    lost: String? = nil
  ) -> [String] {
    var world = World()
    let snapshot = ServicesSnapshot(runtime: "compose shop", services: readings)
    let reading = SourceReading([], snapshots: [snapshot])
    world.apply(SourceReport(source: "runtime", startedAt: now, endedAt: now, result: .success(reading)))
    let profiles =
      needs.map { ServiceProfile(name: $0.key, needs: $0.value) }
      + [lost].compactMap { $0 }.map { ServiceProfile(name: $0, isExpected: true) }
    return ServiceAssessor(profiles: profiles).assess(world, at: now)?.services.map(\.name) ?? []
  }

  @Test func causesComeFirstThenWhatIsUnknownThenWarningsThenTheRestInTheirOwnOrder() {
    let readings: [ServiceReading] = [
      .sample("zoo", health: .healthy), .sample("odd", state: .other("frozen")), .sample("plain"),
      .sample("dead", state: .stopped), .sample("apple", health: .healthy),
    ]
    #expect(told(readings) == ["dead", "odd", "zoo", "plain", "apple"], "no check is no fault")
    #expect(told(readings, lost: "lost") == ["dead", "lost", "odd", "zoo", "plain", "apple"])
  }

  @Test func whatACauseExplainsStandsBelowItToTheLastOfAChain() {
    let readings: [ServiceReading] = [
      .sample("front", state: .stopped), .sample("well", health: .healthy), .sample("back", state: .stopped),
      .sample("alone", state: .stopped), .sample("db", state: .stopped), .sample("jobs", state: .stopped),
    ]
    let needs = ["front": ["back"], "back": ["db"], "jobs": ["db"]]
    #expect(told(readings, needs: needs) == ["alone", "db", "back", "front", "jobs", "well"])
  }

  @Test func containersOfOneServiceShareWhatTheyExplain() {
    let readings: [ServiceReading] = [
      .sample("db", state: .stopped), .sample("web", state: .stopped), .sample("db", health: .healthy),
      .sample("db", state: .stopped),
    ]
    #expect(told(readings, needs: ["web": ["db"]]) == ["db 1", "db 3", "web", "db 2"])
  }

  @Test func noServiceIsLostHoweverTheyNeedEachOther() {
    for seed in 0..<200 {
      var random = SeededGenerator(state: UInt64(seed))
      let names = (0..<12).map { "s\($0)" }
      let readings = names.map { name in
        ServiceReading.sample(name, state: Bool.random(using: &random) ? .stopped : .running)
      }
      let needs = Dictionary(
        uniqueKeysWithValues: names.map { name in
          (name, names.filter { $0 != name && Int.random(in: 0..<4, using: &random) == 0 })
        }
      )
      #expect(told(readings, needs: needs).sorted() == names.sorted())
    }
  }
}
