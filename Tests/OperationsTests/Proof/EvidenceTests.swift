import Facts
import Testing

@testable import Operations

/// What counts as held: a value that says yes, and nothing else.
@Suite struct EvidenceTests {
  private let origin = Origin(source: "s", query: "")

  private func holds(_ evidence: Evidence) -> Bool {
    if case .holds = evidence { true } else { false }
  }

  @Test func onlyAValueThatSaysYesHolds() {
    let values: [FactValue?] = [nil, .flag(true), .flag(false), .number(3), .number(.nan), .text("up")]
    let states: [FactState] = [.ok, .warn, .crit, .nodata, .stale, .error]
    let absences: [Absence?] = [nil, .starting, .noLogin, .loginRefused, .rateLimited]
    for value in values {
      for state in states {
        for absence in absences {
          let observation = Observation("a.b", value, state: state, absence: absence, origin: origin)
          let isYes = absence == nil && value != nil && value != .flag(false)
          let mayHold = isYes && (observation.state == .ok || (state == .warn && value == .flag(true)))
          #expect(holds(Evidence(observation)) == mayHold, "\(observation)")
        }
      }
    }
  }

  @Test func aNumberHoldsOnlyIfItIsKnownAndReached() {
    for state in [FactState.ok, .warn, .crit, .nodata, .stale, .error] {
      for number in [nil, -1, 0, 3, 4, .infinity, .nan] as [Double?] {
        let value = number.map { FactValue.number($0) }
        let observation = Observation("a.b", value, state: state, origin: origin)
        let isReached = observation.state.isKnown && (number ?? 0) >= 4 && number != .infinity
        #expect(holds(Evidence(observation, atLeast: 4)) == isReached, "\(observation)")
      }
    }
  }

  @Test func aStageWithoutAPartThatHoldsIsNeverEvenUnproven() {
    var part = ProofPart("check")
    part.take(.untellable("no login"), at: MonotonicTime(nanoseconds: 0))
    let stage = ProofStage(parts: [part], since: MonotonicTime(nanoseconds: 0), within: .seconds(1))
    #expect(stage.standing == .open)
    #expect(stage.standing(at: MonotonicTime(nanoseconds: 2_000_000_000)) == .unknown(part))
    let empty = ProofStage(parts: [], since: MonotonicTime(nanoseconds: 0), within: .seconds(1))
    #expect(empty.standing == .open)
    let late = empty.standing(at: MonotonicTime(nanoseconds: 2_000_000_000))
    #expect(late == .unknown(ProofPart("anything")))
  }
}
