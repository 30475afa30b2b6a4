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
  private func proof(
    then: [ServiceProfile] = [],
    reading: ServiceReading = .sample("postgres"),
    isProbed: Bool = true
  ) -> ProofRun {
    let wall = WallTime(secondsSince1970: 0)
    let details = ServiceDetails(
      request: RuntimeRequest(.restart, reading, shown: ""),
      profile: ServiceProfile(
        name: "postgres",
        probes: isProbed ? [.init("postgres", "probe.postgres.postgres", source: "pg")] : []
      ),
      then: then.map { ServiceDetails.Dependent($0) }
    )
    let outcome = ActOutcome(
      .accepted(id: nil),
      begunAt: Moment(monotonic: at(8), wall: wall),
      endedAt: Moment(monotonic: at(10), wall: wall)
    )
    let timing = ProofTiming()
    let machine = RestartProof(details, after: outcome, timing: timing)
    return ProofRun(machine, after: outcome, interval: timing.interval)
  }

  private func sample(_ proof: inout ProofRun, _ state: FactState, at seconds: Double) {
    let moment = Moment(monotonic: at(seconds), wall: WallTime(secondsSince1970: 0))
    let reading = SourceReading([.probe("probe.postgres.postgres", state, "refused")])
    let report = SourceReport(source: "pg", startedAt: moment, endedAt: moment, result: .success(reading))
    proof.take(.report(report), to: .source("pg"), startedAt: at(seconds), now: at(seconds))
  }

  private func newLife(_ proof: inout ProofRun, at seconds: Double, life: String = "2") {
    tell(&proof, .sample("postgres", life: life), at: seconds, now: seconds)
  }

  private func tell(_ proof: inout ProofRun, _ reading: ServiceReading, at seconds: Double, now: Double) {
    proof.take(.services(.success([reading])), to: .services, startedAt: at(seconds), now: at(now))
  }

  private func held(_ proof: ProofRun) -> Int {
    var proof = proof
    guard case .gate(let view)? = proof.views(now: at(20)).first else { return -1 }
    return view.held
  }

  @Test func aHungQuestionDelaysNoOther() {
    var proof = proof()
    #expect(proof.next(now: at(10)) == .ask([.services, .source("pg")]))
    #expect(proof.next(now: at(10.1)) == .wait)
    sample(&proof, .ok, at: 10)
    #expect(proof.next(now: at(10.2)) == .wait)
    #expect(proof.next(now: at(10.5)) == .ask([.source("pg")]))
    #expect(proof.next(now: at(30)) == .wait)
  }

  @Test func aNewLifeIsAskedAtOnce() {
    var proof = proof()
    _ = proof.next(now: at(10))
    sample(&proof, .crit, at: 10)
    newLife(&proof, at: 10.1)
    #expect(proof.next(now: at(10.1)) == .ask([.source("pg")]))
  }

  @Test func samplesBegunBeforeTheNewLifeProveNothing() {
    var proof = proof()
    for second in [9.0, 10, 11, 12] { sample(&proof, .ok, at: second) }
    newLife(&proof, at: 12.5)
    sample(&proof, .ok, at: 12.4)
    #expect(held(proof) == 0)
    #expect(proof.next(now: at(12.6)) == .ask([.services, .source("pg")]))
  }

  @Test func aReadingBegunBeforeTheActsEndProvesNothing() {
    var proof = proof()
    tell(&proof, .sample("postgres", life: "2"), at: 9.9, now: 10.2)
    for second in [11.0, 12, 13] { sample(&proof, .ok, at: second) }
    #expect(held(proof) == 0)
  }

  @Test func samplesCountOnlyASecondApart() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    for second in [10.5, 11, 11.4] { sample(&proof, .ok, at: second) }
    #expect(held(proof) == 1)
    sample(&proof, .ok, at: 11.5)
    #expect(held(proof) == 2)
  }

  @Test func oneFailureBeginsTheRowAnew() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    sample(&proof, .ok, at: 11)
    sample(&proof, .ok, at: 12)
    sample(&proof, .crit, at: 12.5)
    sample(&proof, .ok, at: 13)
    #expect(held(proof) == 1)
    sample(&proof, .ok, at: 14)
    sample(&proof, .ok, at: 15)
    #expect(
      proof.next(now: at(15)) == .ended(Verdict(.done, "recovered in 7 s", duration: .seconds(7)))
    )
  }

  @Test func theOwnProofIsShownWholeWhileDependentsAreWaitedFor() {
    var proof = proof(then: [ServiceProfile(name: "backend"), ServiceProfile(name: "worker")])
    newLife(&proof, at: 10.1)
    for second in [11.0, 12, 13] { sample(&proof, .ok, at: second) }
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
    sample(&proof, .ok, at: 11)
    sample(&proof, .ok, at: 12)
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
    tell(&proof, reading, at: 11, now: 11)
    let verdict = Verdict(.failed, "it does not run: exited 1: could not bind", duration: .seconds(92))
    #expect(proof.next(now: at(100)) == .ended(verdict))
  }

  @Test func aServiceThatNeverAnswersAgainIsNotProvenByItsStart() {
    var proof = proof()
    newLife(&proof, at: 10.1)
    guard case .ended(let verdict) = proof.next(now: at(100)) else {
      Issue.record("it has not ended")
      return
    }
    #expect(verdict.outcome == .unknown)
    #expect(verdict.sentence == "started, but postgres gave no answer for 90 s")
  }

  @Test func aOneShotIsProvenByItsGoodEnd() {
    var before = ServiceReading.sample("postgres", life: "1", state: .exited(code: 0))
    before.isOneShot = true
    var proof = proof(reading: before, isProbed: false)
    tell(&proof, before, at: 10.5, now: 10.5)
    #expect(held(proof) == 0)
    var after = ServiceReading.sample("postgres", life: "2", state: .exited(code: 0))
    after.isOneShot = true
    tell(&proof, after, at: 11, now: 11)
    tell(&proof, after, at: 11.5, now: 11.5)
    // One that comes and goes has ended well between two looks, too.
    if case .ended = proof.next(now: at(11.5)) { Issue.record("two looks are not enough") }
    tell(&proof, after, at: 12, now: 12)
    #expect(
      proof.next(now: at(12))
        == .ended(Verdict(.done, "ran and exited 0 in 4 s", duration: .seconds(4)))
    )
  }

  /// Whatever is stopped, or dies at once, may exit with 0.
  @Test(arguments: [ServiceReading.State.running, .exited(code: 0), .stopped])
  func whatIsNotKnownToEndIsNotDoneByExitingWell(_ state: ServiceReading.State) {
    var proof = proof(reading: .sample("postgres", state: state), isProbed: false)
    var after = ServiceReading.sample("postgres", life: "2", state: .exited(code: 0))
    after.lived = .milliseconds(400)
    for second in 11...99 { tell(&proof, after, at: Double(second), now: Double(second)) }
    let again = state.hasEnded ? " again" : ""
    #expect(
      proof.next(now: at(100))
        == .ended(
          Verdict(
            .failed,
            "it does not run: exited\(SafeText(again)) after 0.4 s with code 0",
            duration: .seconds(92)
          )
        )
    )
  }

  /// What sets something up may be run again, which nothing says; what served and ends so has died.
  @Test(arguments: [false, true]) func whatLookedDoneBeforeIsUnprovenByEndingSoAgain(_ lookedDone: Bool) {
    var before = ServiceReading.sample("postgres", state: lookedDone ? .exited(code: 0) : .running)
    before.looksDone = lookedDone
    var proof = proof(reading: before, isProbed: false)
    var after = ServiceReading.sample("postgres", life: "2", state: .exited(code: 0))
    after.looksDone = true
    for second in 11...99 { tell(&proof, after, at: Double(second), now: Double(second)) }
    guard case .ended(let verdict) = proof.next(now: at(100)) else {
      Issue.record("it has not ended")
      return
    }
    #expect(verdict.outcome == (lookedDone ? .doneUnproven : .failed), "\(verdict)")
  }

  /// An engine that keeps the last word of a check tells of the life before.
  @Test func aHealthCheckOfTheLifeBeforeIsNoProof() {
    var proof = proof(isProbed: false)
    for second in 11...99 {
      var reading = ServiceReading.sample("postgres", life: "2", health: .healthy)
      reading.identity.begunAt = WallTime(secondsSince1970: 10)
      reading.checkedAt = WallTime(secondsSince1970: -500)
      tell(&proof, reading, at: Double(second), now: Double(second))
    }
    guard case .ended(let verdict) = proof.next(now: at(100)) else {
      Issue.record("it has not ended")
      return
    }
    #expect(verdict.outcome == .unknown && verdict.sentence.string.contains("health"), "\(verdict)")
  }

  @Test func whatHasAProbeOfItsOwnIsNotDoneByExitingWell() {
    var before = ServiceReading.sample("postgres")
    before.isOneShot = true
    var proof = proof(reading: before)
    var after = ServiceReading.sample("postgres", life: "2", state: .exited(code: 0))
    after.isOneShot = true
    for second in 11...99 { tell(&proof, after, at: Double(second), now: Double(second)) }
    #expect(
      proof.next(now: at(100))
        == .ended(Verdict(.failed, "it does not run: exited 0", duration: .seconds(92)))
    )
  }

  @Test func aOneShotThatEndsBadlyIsFailed() {
    var before = ServiceReading.sample("postgres", life: "1", state: .exited(code: 0))
    before.isOneShot = true
    var proof = proof(reading: before)
    tell(&proof, .sample("postgres", life: "2", state: .exited(code: 3)), at: 11, now: 11)
    guard case .ended(let verdict) = proof.next(now: at(100)) else {
      Issue.record("it has not ended")
      return
    }
    #expect(verdict.outcome == .failed)
    #expect(verdict.sentence == "it does not run: exited 3")
  }
}
