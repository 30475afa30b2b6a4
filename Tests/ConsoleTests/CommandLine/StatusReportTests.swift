import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// `status` tells all that the header counts, the worst first, and what it did not hear.
struct StatusReportTests {
  private func report(_ robot: Robot, asked: Set<String> = [], measures: [FactName] = []) -> StatusReport {
    StatusReport(
      environment: robot.state.environment,
      monitor: robot.state.monitor,
      measures: measures,
      profiles: ScriptedStack.profiles,
      asked: asked,
      now: robot.now
    )
  }

  private func lines(_ report: StatusReport) -> [String] {
    report.plain().split(separator: "\n").map(String.init)
  }

  private func tell(_ robot: inout Robot, _ source: String, _ facts: Observation...) {
    let reading = SourceReading(facts)
    robot.send(
      .reports([
        SourceReport(source: source, startedAt: robot.now, endedAt: robot.now, result: .success(reading))
      ])
    )
  }

  private func fact(_ name: FactName, _ state: FactState, _ kind: FactKind) -> Observation {
    Observation(name, .number(1), state: state, kind: kind, origin: Origin(source: "more", query: ""))
  }

  @Test func countsAreThoseOfWhatSaysThatItIsCounted() throws {
    for failure in [nil, ScriptedStack.postgresRefused] {
      var robot = Robot.heard()
      robot.stack.postgresFailure = failure
      robot.live(seconds: 20)
      let json = try #require(JSONValue(parsing: Array(report(robot).json().text.utf8)))
      var counts: [String: Int] = [:]
      for list in ["facts", "sources"] {
        for entry in json[list]?.list ?? [] where entry["counted"]?.flag == true {
          counts[entry["state"]?.text ?? "", default: 0] += 1
        }
      }
      for state in FactState.allCases {
        #expect(json["counts"]?[state.rawValue]?.integer == counts[state.rawValue, default: 0], "\(state)")
      }
      #expect(json["counts_of"]?.text?.contains("counted") == true)
      #expect(json["facts"]?.list?.contains { $0["counted"]?.flag == false } == true)
    }
  }

  @Test func whateverTheHeaderCountsStandsInALine() {
    var robot = Robot.heard()
    tell(&robot, "more", fact("more.connections", .warn, .health), fact("more.clients", .ok, .info))
    let report = report(robot, measures: ["queue.depth"])
    let told = lines(report)
    for item in robot.state.monitor.health(at: robot.now.monotonic).counted {
      let name = item.fact.name
      let shown = name.segments.first == "service" ? name.segments[1] : name.description
      #expect(told.contains { $0.contains(" \(shown) ") && $0.contains(item.fact.state.word) }, "\(name)")
    }
    #expect(!told.contains { $0.contains("more.clients") })
    #expect(told.count { $0.contains("queue.depth") } == 1)
  }

  @Test func theWorstStandsFirst() {
    var robot = Robot.heard()
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 20)
    robot.stack.postgresFailure = nil
    tell(&robot, "api", fact("service.backend.liveness", .warn, .info))
    tell(&robot, "more", fact("a.fine", .ok, .health), fact("b.bad", .warn, .health))
    let told = lines(report(robot))
    func place(_ word: String) -> Int { told.firstIndex { $0.contains(" \(word) ") } ?? -1 }
    #expect(place("postgres") < place("celery-worker") && place("postgres") > 0)
    #expect(place("backend") < place("celery-worker") && place("backend") > 0)
    #expect(place("b.bad") < place("a.fine") && place("b.bad") > 0)
  }

  @Test func aRuntimeThatFailsLeavesTheServicesAsTheScreenHasThem() throws {
    var robot = Robot.heard()
    let failure = SourceFailure(.refused, at: "unix:/run/docker.sock")
    robot.send(
      .reports([
        SourceReport(source: "runtime", startedAt: robot.now, endedAt: robot.now, result: .failure(failure))
      ])
    )
    robot.press("1")
    let rows = robot.state.activeItems.filter { $0.kind == .service }
    let report = report(robot)
    let json = try #require(JSONValue(parsing: Array(report.json().text.utf8)))
    let told = (json["services"]?.list ?? []).map { "\($0["name"]?.text ?? "") \($0["state"]?.text ?? "")" }
    #expect(told == rows.map { "\($0.name) \($0.state.rawValue)" })
    let silent = rows.filter { $0.state == .error }
    try #require(!silent.isEmpty)
    for row in silent {
      #expect(lines(report).contains { $0.hasPrefix("  ERROR   \(row.name) ") && $0.contains("refused") })
    }
  }

  @Test func aProbeThatNobodyHeardIsNotStarting() {
    var robot = Robot()
    robot.stack.mute = ["probe.postgres", "api"]
    robot.hear()
    let told = lines(report(robot, asked: ["api"])).first { $0.contains(" backend ") } ?? ""
    #expect(told.contains("0/2") && told.contains("liveness: no answer yet"), "\(told)")
    #expect(told.contains("postgres: not asked") && !told.contains("starting"), "\(told)")
  }
}
