import Facts
import Testing

@testable import Operations

/// When acknowledgements prove that a worker works.
@Suite struct WorkEvidenceTests {
  /// What each sample proves, a second apart: so much done, so much left.
  private func judged(_ samples: [(done: Double?, left: Double?)]) -> [Evidence] {
    var work = WorkEvidence(lag: .seconds(5))
    return samples.enumerated().map { second, sample in
      work.judged(
        .holds("works"),
        done: sample.done,
        left: sample.left,
        at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
      )
    }
  }

  private func holds(_ evidence: Evidence) -> Bool {
    if case .holds = evidence { true } else { false }
  }

  /// It takes a handful, acknowledges each as it begins with it, and hangs in all of them.
  @Test func whatIsTakenAtTheStartProvesNothing() {
    let burst: [(Double?, Double?)] = (0..<60).map { second in (second < 2 ? 100 : second < 5 ? 104 : 116, 40)
    }
    let told = judged(burst)
    #expect(!told.contains(where: holds))
    #expect(told.last == .unclear("none acknowledged for 54s"))
    #expect(told[1] == .waiting("nothing acknowledged yet"))
    #expect(told[6] == .waiting("acknowledged for 0:03 of 0:10"))
  }

  @Test func whatGoesOnIsProven() {
    // Counted every five seconds.
    let steady: [(Double?, Double?)] = (0..<40).map { (Double($0 / 5 * 20), 400) }
    let told = judged(steady)
    #expect(told.firstIndex(where: holds) == 15, "5 s to the first, 10 s to one that is no burst")
    #expect(told[15...].allSatisfy(holds))
  }

  @Test func slowTasksAreProvenOnceTheyGoOn() {
    let slow: [(Double?, Double?)] = (0..<50).map { (Double($0 / 30), 400) }
    #expect(!judged(slow).contains(where: holds), "one task in 50 s: nothing is known yet")
    let slower: [(Double?, Double?)] = (0..<70).map { (Double($0 / 30), 400) }
    let told = judged(slower)
    #expect(told.firstIndex(where: holds) == 60)
    #expect(holds(told[69]))
  }

  @Test func whereNothingIsLeftNothingMustGoOn() {
    #expect(judged([(100, 0), (100, 0)]).allSatisfy(holds))
  }

  /// Short jobs leave now none and now one.
  @Test func whoDrainsTheQueueAgainAndAgainWorks() {
    let short: [(Double?, Double?)] = (0..<12).map { (Double(100 + $0), $0 % 2 == 0 ? 0 : 1) }
    let told = judged(short)
    #expect(holds(told[0]) && !holds(told[1]), "once is no again")
    #expect(told[2...].allSatisfy(holds))
  }

  /// Something that came after the queue was empty and is not done is no work.
  @Test func anEmptyQueueDoesNotVouchForWhatComesLater() {
    let hung: [(Double?, Double?)] = [(100, 0)] + (1..<20).map { (100, Double($0)) }
    #expect(!judged(hung).dropFirst().contains(where: holds))
    // One that was begun with and hangs.
    let begun: [(Double?, Double?)] = [(100, 0)] + (1..<20).map { (101, Double($0)) }
    #expect(!judged(begun).dropFirst().contains(where: holds))
  }

  @Test func whatIsNotToldProvesNothing() {
    for sample in [(nil, 4), (4, nil), (nil, nil)] as [(Double?, Double?)] {
      #expect(judged([sample]) == [.unclear("what is done isn't told")])
    }
    // Another counter: a broker that began anew.
    let anew: [(Double?, Double?)] = [(5, 9), (6, 9)] + (0..<12).map { _ in (0, 9) }
    #expect(!judged(anew).contains(where: holds))
  }

  @Test func whatIsWrongStaysSo() {
    var work = WorkEvidence(lag: .zero)
    let time = MonotonicTime(nanoseconds: 0)
    #expect(work.judged(.fails("not consuming"), done: 1, left: 0, at: time) == .fails("not consuming"))
    #expect(work.judged(.unclear("starting"), done: 2, left: 0, at: time) == .unclear("starting"))
  }
}
