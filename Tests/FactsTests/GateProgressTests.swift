import Facts
import Testing

@Suite struct GateProgressTests {
  private func progress(_ line: String, endedAt: Double = 100) throws -> GateProgress {
    GateProgress(try Gate(parsing: line), actEndedAt: at(endedAt))
  }

  private func table(_ values: (FactName, FactValue?, FactState, Double)...) -> FactTable {
    FactTable(
      values.map { name, value, state, sampledAt in
        Fact(
          name: name,
          value: value,
          state: state,
          sampledAt: at(sampledAt),
          origin: Origin(source: "test", query: "")
        )
      }
    )
  }

  @Test func aSampleFromBeforeTheActProvesNothing() throws {
    var gate = try progress("probe is ok")
    #expect(gate.advance(table(("probe", .flag(true), .ok, 99)), now: at(100.5)) == .waiting)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 100)), now: at(101)) == .waiting)
    #expect(gate.truth == .unknown)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 101.2)), now: at(101.5)) == .passed)
    #expect(gate.held == 1)
  }

  @Test func threeInARowMustBeASecondApart() throws {
    var gate = try progress("probe is ok holding 3")
    #expect(gate.needed == 3)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 101)), now: at(101)) == .waiting)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 101)), now: at(103)) == .waiting)
    #expect(gate.held == 1)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 101.5)), now: at(103)) == .waiting)
    #expect(gate.held == 1)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 102)), now: at(103)) == .waiting)
    #expect(gate.held == 2)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 103)), now: at(103)) == .passed)
  }

  @Test func aFalseOrUnknownSampleBeginsTheRowAnew() throws {
    for (value, state) in [(FactValue.flag(false), FactState.ok), (.flag(true), .error)] {
      var gate = try progress("probe == true holding 2")
      #expect(gate.advance(table(("probe", .flag(true), .ok, 101)), now: at(101)) == .waiting)
      #expect(gate.held == 1)
      #expect(gate.advance(table(("probe", value, state, 102)), now: at(102)) == .waiting)
      #expect(gate.held == 0)
      #expect(gate.advance(table(("probe", .flag(true), .ok, 103)), now: at(103)) == .waiting)
      #expect(gate.advance(table(("probe", .flag(true), .ok, 104)), now: at(104)) == .passed)
    }
  }

  @Test func everyFactNamedNeedsANewerSample() throws {
    var gate = try progress("a == 1 and any b.* == 1 holding 2")
    #expect(
      gate.advance(table(("a", .number(1), .ok, 101), ("b.x", .number(1), .ok, 101)), now: at(101))
        == .waiting
    )
    #expect(gate.held == 1)
    #expect(
      gate.advance(table(("a", .number(1), .ok, 103), ("b.x", .number(1), .ok, 101)), now: at(103))
        == .waiting
    )
    #expect(gate.held == 1)
    #expect(
      gate.advance(table(("a", .number(1), .ok, 104), ("b.x", .number(1), .ok, 104)), now: at(104))
        == .passed
    )
  }

  @Test func aDeadAlternativeDoesNotHoldUpTheProof() throws {
    var gate = try progress("prom.depth == 0 or queue.depth == 0")
    #expect(
      gate.advance(
        table(("prom.depth", .number(0), .error, 90), ("queue.depth", .number(0), .ok, 101)),
        now: at(101)
      ) == .passed
    )
  }

  @Test func atTheDeadlineFalseIsFailed() throws {
    var gate = try progress("probe == true within 10s")
    #expect(gate.deadline == at(110))
    #expect(gate.advance(table(("probe", .flag(false), .ok, 105)), now: at(105)) == .waiting)
    #expect(gate.remaining(at: at(105)) == .seconds(5))
    #expect(gate.advance(table(("probe", .flag(false), .ok, 110)), now: at(110)) == .failed)
    #expect(gate.remaining(at: at(120)) == .zero)
    #expect(gate.advance(table(("probe", .flag(true), .ok, 111)), now: at(111)) == .failed)
  }

  @Test func atTheDeadlineUnknownIsUnknown() throws {
    var gate = try progress("probe == true within 10s")
    #expect(gate.advance(table(("probe", .flag(true), .error, 99)), now: at(110)) == .unknown)
    var silent = try progress("probe is ok within 10s")
    #expect(silent.advance(table(("probe", .flag(true), .ok, 99)), now: at(110)) == .unknown)
    var absent = try progress("probe is ok within 10s")
    #expect(absent.advance(FactTable(), now: at(110)) == .unknown)
  }

  @Test func trueButNotOftenEnoughAtTheDeadlineIsUnknown() throws {
    var gate = try progress("probe == true within 10s holding 3")
    #expect(gate.advance(table(("probe", .flag(true), .ok, 109.5)), now: at(110)) == .unknown)
    #expect(gate.held == 1)
  }

  @Test func aSampleFromAfterTheDeadlineComesTooLate() throws {
    var gate = try progress("probe == true within 10s")
    #expect(gate.advance(table(("probe", .flag(true), .ok, 111)), now: at(112)) == .unknown)
  }

  @Test func aCountHoldsByNewSamplesOfAllThatItCountsAlone() throws {
    for line in ["count(queue.*.orphaned) == 0 within 10s", "count(queue.*.orphaned) < 2 within 10s"] {
      var none = try progress(line)
      #expect(none.advance(FactTable(), now: at(109)) == .waiting)
      #expect(none.truth == .unknown)
      #expect(none.advance(FactTable(), now: at(110)) == .unknown)
    }
    var old = try progress("count(queue.*.orphaned) == 2 within 10s")
    let one: (FactName, FactValue?, FactState, Double) = ("queue.a.orphaned", .flag(true), .ok, 104)
    #expect(old.advance(table(one, ("queue.b.orphaned", .flag(true), .ok, 99)), now: at(105)) == .waiting)
    #expect(old.truth == .unknown)
    #expect(old.advance(table(one, ("queue.b.orphaned", .flag(true), .ok, 106)), now: at(107)) == .passed)
  }

  @Test func whatIsAskedToBeUnknownGoesByTheTimeItIsAsked() throws {
    var gate = try progress("probe is stale holding 2")
    let stale = table(("probe", .flag(true), .stale, 100.5))
    #expect(gate.advance(stale, now: at(100.6)) == .waiting)
    #expect(gate.held == 1)
    #expect(gate.advance(stale, now: at(101)) == .waiting)
    #expect(gate.held == 1)
    #expect(gate.advance(stale, now: at(101.6)) == .passed)
  }
}
