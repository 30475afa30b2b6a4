public import DataSources
public import Facts

/// What a proof may ask.
///
/// Each question is its own: a hung one delays no other.
public enum ProofQuestion: Sendable, Hashable {
  /// The services, of what runs them.
  case services
  /// A source's facts, asked afresh.
  case source(String)
  /// Who consumes from the queue of a source, and since when.
  case consumers(String)
  /// Something that only the action knows how to read: an execution, a queue.
  case own(String)
}

/// What was answered to a question.
public enum ProofAnswer: Sendable {
  /// The services.
  case services(Result<[ServiceReading], SourceFailure>)
  /// A source's report; nil if there is no such source.
  case report(SourceReport?)
  /// The consumers of a source's queue; nil if no source of that name tells any.
  case consumers(Result<[QueueConsumer], SourceFailure>?)
  /// What the action read itself.
  case facts(Result<[Observation], SourceFailure>)
}

/// The proof of one kind of act: a value that is fed answers and moments and tells which parts it has.
///
/// It never says that something is proven: ``ProofStage/standing`` does, of its parts.
public protocol ProofMachine: Sendable {
  /// What it goes by now.
  var questions: [ProofQuestion] { get }

  /// Takes the answer to a question begun at `start`.
  ///
  /// - Returns: the questions to ask anew at once, since what is under way belongs to the time before.
  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion]

  /// The stages that have begun: first the target's own, then those of services that need it.
  mutating func stages(at now: MonotonicTime) -> [ProofStage]

  /// The sentence of the verdict.
  func sentence(of ending: ProofEnding) -> SafeText
  /// What `Enter` opens after a verdict about a service that is not back; nil if nothing is suggested.
  func next(after service: String) -> ActionTarget?
  /// What is done and yet deserves a look: `1 needs review`; nil if nothing.
  var caution: SafeText? { get }
}

extension ProofMachine {
  /// Nothing is suggested.
  public func next(after service: String) -> ActionTarget? { nil }
  /// Nothing deserves a look.
  public var caution: SafeText? { nil }
}

/// How a proof ended, for the words of its verdict.
public enum ProofEnding: Sendable, Hashable {
  /// Everything held; after this time.
  case proven(after: Duration)
  /// Everything held that can be told; the part that can't.
  case unproven(ProofPart)
  /// The part that is known to be wrong, and the time that it was given.
  case failed(ProofPart, within: Duration)
  /// The part that nobody knows, and the time that it was given.
  case unknown(ProofPart, within: Duration)
  /// The target is back, and these services that need it are not.
  case notBack([Missing])

  /// A service that did not come back.
  public struct Missing: Sendable, Hashable {
    /// The service.
    public var service: String
    /// What is wrong, or not known: `liveness refused`.
    public var part: ProofPart?
    /// Whether that is known to be wrong.
    public var isKnown: Bool

    /// Names a service.
    public init(_ service: String, part: ProofPart?, isKnown: Bool) {
      self.service = service
      self.part = part
      self.isKnown = isKnown
    }
  }
}
