public import Facts

/// How an act ended.
public struct Verdict: Sendable, Hashable {
  /// The four ways of ending.
  public enum Outcome: String, Sendable, Hashable, CaseIterable {
    /// The proof held.
    case done
    /// It ran, and there is nothing to prove it by.
    case doneUnproven
    /// It did not work.
    case failed
    /// It can't be told; never retried by itself.
    case unknown

    /// The words of the screen and of the audit log.
    public var word: String {
      switch self {
      case .done: "done"
      case .doneUnproven: "done, unproven"
      case .failed: "failed"
      case .unknown: "unknown"
      }
    }

    /// The glyph of the screen.
    public var glyph: String {
      switch self {
      case .done: "✓"
      case .doneUnproven: "○"
      case .failed: "✗"
      case .unknown: "?"
      }
    }
  }

  /// One thing that was to be proven, where a proof has several.
  public struct Part: Sendable, Hashable {
    /// What it is: `values`, `call`, `logs`.
    public var name: String
    /// What it came to.
    public var outcome: Outcome
    /// Why, as a sentence.
    public var words: SafeText

    /// Makes a part.
    public init(_ name: String, _ outcome: Outcome, _ words: SafeText) {
      self.name = name
      self.outcome = outcome
      self.words = words.withoutCredentials
    }
  }

  /// How it ended.
  public var outcome: Outcome
  /// The parts of its proof as far as they were asked for; empty where it has none of its own.
  public var parts: [Part] = []
  /// What the operator reads: `recovered in 4 s`.
  public var sentence: SafeText {
    didSet { sentence = sentence.withoutCredentials }
  }
  /// What came up on the way and belongs into the record: a route that was missing; may be empty.
  public var note: SafeText = "" {
    didSet { note = note.withoutCredentials }
  }
  /// What is done and yet deserves a look: `1 needs review`; nil if nothing does.
  public var caution: SafeText? {
    didSet { caution = caution?.withoutCredentials }
  }
  /// The request whose preview `Enter` opens; nil if nothing is suggested.
  public var next: ActionRequest?
  /// What trying again asks for where the same request would be refused; nil: the same.
  public var again: ActionRequest?
  /// What it is about where that came to be by the act: the execution of a test; nil: the plan's target.
  public var subject: ActionTarget?
  /// What the act found or printed, line by line; empty for most.
  public var output: [SafeText] = [] {
    didSet { output = output.map(\.withoutCredentials) }
  }
  /// The ids under which the audit has it, one a target; empty where nothing was recorded.
  public var acts: [String] = []
  /// Whether a person had it in his hands: nobody is told of what he could not do.
  public var isByHand = false
  /// From the beginning of the act to the verdict.
  public var duration: Duration

  /// Makes a verdict.
  public init(
    _ outcome: Outcome,
    _ sentence: SafeText,
    next: ActionRequest? = nil,
    duration: Duration = .zero
  ) {
    self.outcome = outcome
    // Servers' words are in it, and an observer hears nothing of the first value.
    self.sentence = sentence.withoutCredentials
    self.next = next
    self.duration = duration
  }

  /// The same where somebody else may have acted on the target, too: what was proven can be his doing or be
  /// undone by him, so it is at best unknown.
  func doubted(_ words: SafeText) -> Verdict {
    var verdict = self
    if outcome == .done || outcome == .doneUnproven {
      verdict.sentence = "\(words); before that: \(outcome.word), \(sentence)"
      verdict.outcome = .unknown
      // What is advised after a success is none here.
      verdict.caution = nil
    } else {
      verdict.add(note: words)
    }
    return verdict
  }

  /// Adds to what came up on the way.
  mutating func add(note words: SafeText) {
    note = note.isEmpty ? words : "\(note); \(words)"
  }

  /// The whole verdict in one line: `done, recovered in 4 s`,
  /// `failed: start time did not change`.
  public var headline: SafeText {
    let mark =
      switch outcome {
      case .done: ","
      case .doneUnproven, .failed, .unknown: ":"
      }
    return "\(outcome.word)\(mark) \(told)"
  }

  /// The sentence, what deserves a look, and the note.
  public var told: SafeText {
    var told = sentence
    if let caution { told = "\(told), \(caution)" }
    return note.isEmpty ? told : "\(told); \(note)"
  }
}
