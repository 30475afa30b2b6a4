import DataSources
import Facts
import Testing

@testable import Operations

/// The machine by itself: what it asks, and which samples it lets count.
@Suite struct RestartProofTests {
  private let before = ServiceIdentity(id: "postgres", incarnation: "1")

  private func at(_ seconds: Double) -> MonotonicTime {
    MonotonicTime(nanoseconds: Int64(seconds * 1e9))
  }

  /// The act ended at 10 s.
  private func proof(then: [ServiceProfile] = []) -> RestartProof {
    let wall = WallTime(secondsSince1970: 0)
    let details = RestartDetails(
      reading: .sample("postgres"),
      profile: ServiceProfile(
        name: "postgres",
        probes: [.init("postgres", "probe.postgres.postgres")],
        probeSources: ["pg"]
      ),
      then: then
    )
    let outcome = ActOutcome(
      .accepted(id: nil),
      begunAt: Moment(monotonic: at(8), wall: wall),
      endedAt: Moment(monotonic: at(10), wall: wall)
    )
    return RestartProof(details, target: before, after: outcome, timing: ProofTiming())
  }

  private func sample(_ state: FactState, at seconds: Double) -> SourceReport {
    let moment = Moment(monotonic: at(seconds), wall: WallTime(secondsSince1970: 0))
    let reading = SourceReading([.probe("probe.postgres.postgres", state, "refused")])
    return SourceReport(source: "pg", startedAt: moment, endedAt: moment, result: .success(reading))
  }

  private func newLife(_ proof: inout RestartProof, at seconds: Double, life: String = "2") {
    let readings = [ServiceReading.sample("postgres", life: life)]
    proof.take(.success(readings), startedAt: at(seconds), now: at(seconds))
  }

  private func held(_ proof: RestartProof) -> Int {
    guard case .gate(let view)? = proof.views(now: at(20)).first else { return -1 }
    return view.held
  }

  @Test func aHungQuestionDelaysNoOther() {
    var proof = proof()
    #expect(proof.next(now: at(10)) == .ask([.runtime, .source("pg")]))
    #expect(proof.next(now: at(10.1)) == .wait)
    proof.take(sample(.ok, at: 10), from: "pg")
    #expect(proof.next(now: at(10.2)) == .wait)
    #expect(proof.next(now: at(10.5)) == .ask([.source("pg")]))
    #expect(proof.next(now: at(30)) == .wait)
  }

  @Test func aNewLifeIsAskedAtOnce() {
    var proof = proof()
    _ = proof.next(now: at(10))
    proof.take(sample(.crit, at: 10), from: "pg")
    newLife(&proof, at: 10.1)
    #expect(proof.next(now: at(10.1)) == .ask([.source("pg")]))
  }

  @Test func samplesBegunBeforeTheNewLifeProveNothing() {
    var proof = proof()
    for second in [9.0, 10, 11, 12] { proof.take(sample(.ok, at: second), from: "pg") }
    newLife(&proof, at: 12.5)
    proof.take(sample(.ok, at: 12.4), from: "pg")
    #expect(held(proof) == 0)
    #expect(proof.next(now: at(12.6)) != .ended(Verdict(.done, "")))
  }

  @Test func aReadingBegunBeforeTheActsEndProvesNothing() {
    var proof = proof()
    let readings = [ServiceReading.sample("postgres", life: "2")]
    proof.take(.success(readings), startedAt: at(9.9), now: at(10.2))
    for second in [11.0, 12, 13] { proof.take(sample(.ok, at: second), from: "pg") }
    #expect(held(proof) == 0)
  }

  @Test func samplesCountOnlyASecondApart() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    for second in [10.5, 11, 11.4] { proof.take(sample(.ok, at: second), from: "pg") }
    #expect(held(proof) == 1)
    proof.take(sample(.ok, at: 11.5), from: "pg")
    #expect(held(proof) == 2)
  }

  @Test func oneFailureBeginsTheRowAnew() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    proof.take(sample(.ok, at: 11), from: "pg")
    proof.take(sample(.ok, at: 12), from: "pg")
    proof.take(sample(.crit, at: 12.5), from: "pg")
    proof.take(sample(.ok, at: 13), from: "pg")
    #expect(held(proof) == 1)
    proof.take(sample(.ok, at: 14), from: "pg")
    proof.take(sample(.ok, at: 15), from: "pg")
    #expect(
      proof.next(now: at(15)) == .ended(Verdict(.done, "recovered in 7 s", duration: .seconds(7)))
    )
  }

  @Test func theOwnProofIsShownWholeWhileDependentsAreWaitedFor() {
    var proof = proof(then: [ServiceProfile(name: "backend"), ServiceProfile(name: "worker")])
    newLife(&proof, at: 10.1)
    for second in [11.0, 12, 13] { proof.take(sample(.ok, at: second), from: "pg") }
    _ = proof.next(now: at(13))
    let views = proof.views(now: at(20))
    guard case .gate(let own)? = views.first else {
      Issue.record("the own proof is not shown first")
      return
    }
    #expect(own.held == 3)
    #expect(own.elapsed == .seconds(3))
    let then = views.compactMap { view -> SafeText? in
      if case .then(let then) = view { return then.service }
      return nil
    }
    #expect(then == ["backend", "worker"])
  }

  @Test func anotherStartBeginsTheRowAnew() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    proof.take(sample(.ok, at: 11), from: "pg")
    proof.take(sample(.ok, at: 12), from: "pg")
    newLife(&proof, at: 12.5, life: "3")
    #expect(held(proof) == 0)
  }

  @Test func aServiceThatStaysDownFailsWithTheRuntimesWords() {
    var proof = proof()
    let reading = ServiceReading(
      name: "postgres",
      instance: "postgres",
      identity: ServiceIdentity(id: "postgres", incarnation: ""),
      state: .exited(code: 1),
      detail: "could not bind"
    )
    proof.take(.success([reading]), startedAt: at(11), now: at(11))
    let verdict = Verdict(.failed, "it does not run: exited 1: could not bind", duration: .seconds(92))
    #expect(proof.next(now: at(100)) == .ended(verdict))
  }
}
