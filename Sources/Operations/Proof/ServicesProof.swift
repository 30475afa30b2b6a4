internal import DataSources
internal import Facts

/// A proof of one part, by what the runtime tells of services.
protocol ServicesProof: ProofMachine {
  /// What is to hold.
  var part: ProofPart { get set }
  /// When the act had ended.
  var end: MonotonicTime { get }
  /// For how long it may take to hold.
  var within: Duration { get }

  /// What an answer of the runtime says of it.
  func evidence(_ readings: [ServiceReading]) -> Evidence
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
    case .services(.failure(let failure)): part.take(.unclear(failure.word), at: start)
    case .services(.success(let readings)): part.take(evidence(readings), at: start)
    case .report, .consumers, .facts: break
    }
    return []
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: [part], since: end, within: within)]
  }
}
