internal import DataSources
internal import Facts

/// A proof by what the runtime tells of services alone: all its parts in one stage.
protocol ServicesProof: ProofMachine {
  /// What is to hold.
  var parts: [ProofPart] { get set }
  /// When the act had ended.
  var end: MonotonicTime { get }
  /// For how long it may take to hold.
  var within: Duration { get }

  /// What an answer of the runtime says of each part, in their order.
  mutating func evidence(_ readings: [ServiceReading]) -> [Evidence]
}

extension ServicesProof {
  var questions: [ProofQuestion] { [.services] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    switch answer {
    case .services(.failure(let failure)):
      for index in parts.indices { parts[index].take(.unclear(failure.word), at: start) }
    case .services(.success(let readings)):
      let told = evidence(readings)
      for index in parts.indices { parts[index].take(told[index], at: start) }
    case .report, .consumers, .facts: break
    }
    return []
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: parts, since: end, within: within)]
  }
}
