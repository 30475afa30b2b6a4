import Foundation
import Testing

/// Many consoles that want the same at the same time, each a process of its own.
@Suite(.serialized) struct RaceTests {
  @Test func ofTwentyConsolesOneActsAndTheOthersAreToldWho() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let state = "/tmp/switchboard-race-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let before = stack.log(of: "redis").components(separatedBy: "Ready to accept connections").count
    let outcomes = try await withThrowingTaskGroup(of: LiveStack.Outcome.self) { group in
      for _ in 0..<20 {
        group.addTask {
          try await stack.switchboard("restart", "redis", "--yes", environment: ["XDG_STATE_HOME": state])
        }
      }
      var outcomes: [LiveStack.Outcome] = []
      for try await outcome in group { outcomes.append(outcome) }
      return outcomes
    }
    let acted = outcomes.filter { $0.code == 0 }
    let told = outcomes.filter { $0.code == 6 }
    #expect(acted.count == 1 && told.count == 19, "\(outcomes.map(\.code))")
    for outcome in told {
      #expect(outcome.errors.contains(#/refused: .*( by |did this meanwhile)/#), "\(outcome)")
    }
    let audit = try String(contentsOfFile: "\(state)/switchboard/demo/audit.jsonl", encoding: .utf8)
    let events = audit.split(separator: "\n").filter { $0.contains(#""event":"begin""#) }
    #expect(events.count == 1)
    let after = stack.log(of: "redis").components(separatedBy: "Ready to accept connections").count
    #expect(after == before + 1, "it was started once")
  }
}
