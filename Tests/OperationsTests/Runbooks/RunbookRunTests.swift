import Facts
import Testing

@testable import Operations

/// A run is what its journal tells, read from the beginning.
@Suite struct RunbookRunTests {
  private func run(_ counts: [Int], _ kinds: [RunEvent.Kind]) -> RunbookRun {
    let beginning = RunBeginning(file: "a.md", runbook: "a", digest: "d", counts: counts, author: "anna")
    let events = ([.began(beginning)] + kinds).enumerated().map { index, kind in
      RunEvent(kind, at: WallTime(secondsSince1970: Double(index)))
    }
    return RunbookRun(id: "r", events: events)
  }

  @Test func stepsAreTakenInOrderToTheEnd() {
    #expect(run([2], []).standing == .ready(0))
    #expect(run([2], [.stepBegan(0)]).standing == .begun(0))
    #expect(run([2], [.stepBegan(0), .stepEnded(0, .passed, "ok")]).standing == .ready(1))
    let whole = run([2], [.stepEnded(0, .passed, "ok"), .stepEnded(1, .shown, "seen")])
    #expect(whole.standing == .over)
    #expect(whole.outcome == .passed)
    #expect(whole.headline == "passed: 1 ✓ of 2 steps")
  }

  @Test(arguments: [StepOutcome.failed, .unknown]) func whatDoesNotHoldStopsTheRun(outcome: StepOutcome) {
    let stopped = run([2], [.stepEnded(0, outcome, "no")])
    #expect(stopped.standing == .stopped(0))
    #expect(stopped.outcome == outcome)
    // Taken again, its last end counts; left out, it still was not passed.
    #expect(run([2], [.stepEnded(0, outcome, "no"), .stepEnded(0, .passed, "ok")]).standing == .ready(1))
    let skipped = run([1], [.stepEnded(0, outcome, "no"), .stepEnded(0, .skipped, "later")])
    #expect(skipped.standing == .over)
    #expect(skipped.outcome == outcome, "who goes on past it has not mended it")
    let again = [outcome, .skipped, .skipped].map { RunEvent.Kind.stepEnded(0, $0, "") }
    #expect(run([2], again + [.stepEnded(1, .passed, "")]).outcome == outcome)
    #expect(run([1], again + [.stepEnded(0, .passed, "")]).outcome == .passed)
    #expect(run([1], [.stepEnded(0, .skipped, "later")]).outcome == .skipped)
  }

  @Test func aStepWithoutItsEndIsUnknownWhateverElsePassed() {
    let killed = run([2], [.stepEnded(0, .passed, "ok"), .stepBegan(1)])
    #expect(killed.standing == .begun(1))
    #expect(killed.outcome == .unknown)
  }

  @Test func nothingThatOnlyWasShownOrLeftOutHasPassed() {
    for outcome in StepOutcome.allCases where outcome != .passed {
      #expect(run([1], [.stepEnded(0, outcome, "")]).outcome != .passed, "\(outcome)")
    }
    #expect(run([3], []).outcome != .passed)
    #expect(StepOutcome.allCases.filter { $0.glyph == "✓" } == [.passed])
  }

  @Test func aDecisionLeadsToAnotherStepOrProcedureOrToTheEnd() {
    #expect(run([3, 2], [.stepEnded(0, .shown, "", next: 2)]).standing == .ready(2))
    #expect(run([3, 2], [.stepEnded(0, .shown, "", next: 3)]).standing == .ready(3))
    #expect(run([3, 2], [.stepEnded(0, .shown, "", next: 5)]).standing == .over)
    // Behind the last step of a procedure there is no other one.
    #expect(run([3, 2], [.stepEnded(2, .passed, "")]).standing == .over)
  }

  @Test func eachEventIsALineAndReadBackTheSame() {
    let file = "/a \"b\".md"
    let beginning = RunBeginning(file: file, runbook: "a/b", digest: "0f", counts: [1, 2], author: "anna")
    let kinds: [RunEvent.Kind] = [
      .began(beginning), .input("queue", "vhost/celery"), .stepBegan(3),
      .stepEnded(3, .skipped, "line\nbreak ␛", next: nil), .stepEnded(0, .shown, "on", next: 4),
    ]
    for kind in kinds {
      let event = RunEvent(kind, at: WallTime(secondsSince1970: 1_700_000_000.25))
      #expect(!event.line.contains("\n"))
      #expect(RunEvent(parsing: Array(event.line.utf8)) == event)
    }
    for line in [
      "", "{}", "[]", #"{"time":1,"event":"outcome","step":0,"outcome":"fine","words":""}"#,
      #"{"time":1,"event":"step","step":-1}"#, #"{"event":"step","step":1}"#,
    ] {
      #expect(RunEvent(parsing: Array(line.utf8)) == nil, "\(line)")
    }
  }
}
