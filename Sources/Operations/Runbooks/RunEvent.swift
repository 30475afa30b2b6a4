internal import DataSources
public import Facts

/// What came of a step.
public enum StepOutcome: String, Sendable, Hashable, CaseIterable {
  /// It holds: a check on a value, a gate, or the proof of an action says so.
  case passed
  /// It was looked at, or shown: nothing could fail.
  case shown
  /// A person did it, and said so.
  case byHand
  /// It ran, and there is nothing to prove it by.
  case unproven
  /// It did not work, or what must hold doesn't.
  case failed
  /// Nobody can tell.
  case unknown
  /// It was left out, for a reason.
  case skipped

  /// Whether the run goes on by itself: what failed, and what nobody knows, asks the operator.
  public var goesOn: Bool {
    switch self {
    case .passed, .shown, .byHand, .unproven, .skipped: true
    case .failed, .unknown: false
    }
  }

  /// The glyph of the screen: ✓ is earned by what holds alone.
  public var glyph: String {
    switch self {
    case .passed: "✓"
    case .shown, .byHand, .unproven: "○"
    case .failed: "✗"
    case .unknown: "?"
    case .skipped: "–"
    }
  }

  /// The word of the screen.
  public var word: String {
    switch self {
    case .passed: "passed"
    case .shown: "shown"
    case .byHand: "by hand"
    case .unproven: "done, unproven"
    case .failed: "failed"
    case .unknown: "unknown"
    case .skipped: "skipped"
    }
  }
}

/// What a run is of, and who began it.
public struct RunBeginning: Sendable, Hashable {
  /// The file of its runbook.
  public var file: String
  /// The id of its runbook.
  public var runbook: String
  /// The digest of the text that it was begun with.
  public var digest: String
  /// The numbers of steps, procedure by procedure.
  public var counts: [Int]
  /// Who began it.
  public var author: String

  /// Tells of a beginning.
  public init(of script: RunScript, by author: String) {
    self.init(
      file: script.runbook.file,
      runbook: script.runbook.id,
      digest: script.digest,
      counts: script.counts,
      author: author
    )
  }

  init(file: String, runbook: String, digest: String, counts: [Int], author: String) {
    self.file = file
    self.runbook = runbook
    self.digest = digest
    self.counts = counts
    self.author = author
  }
}

/// One line of a run's journal.
public struct RunEvent: Sendable, Hashable {
  /// What happened.
  public enum Kind: Sendable, Hashable {
    /// The run began: of which file, which procedure of it, with which text and how many steps, and by whom.
    case began(RunBeginning)
    /// A value was given; secrets are no inputs.
    case input(String, String)
    /// A step began, by its place from 0.
    case stepBegan(Int)
    /// A step ended; what the operator reads, and the step that a decision leads to, past all of them to the end.
    case stepEnded(Int, StepOutcome, String, next: Int? = nil)
    /// Nobody goes on with it: who says so, and why.
    case gaveUp(String, by: String)
  }

  /// When.
  public var time: WallTime
  /// What.
  public var kind: Kind

  /// Makes an event.
  public init(_ kind: Kind, at time: WallTime) {
    self.time = time
    self.kind = kind
  }

  /// The line of the journal, without its end.
  var line: String {
    var members: [JSONBody.Member] = [.init("time", .number(time.secondsSince1970))]
    func text(_ name: String, _ value: String) { members.append(.init(name, .string(value))) }
    func step(_ number: Int) { members.append(.init("step", .integer(number))) }
    switch kind {
    case .began(let beginning):
      text("event", "began")
      text("file", beginning.file)
      text("runbook", beginning.runbook)
      text("digest", beginning.digest)
      members.append(.init("steps", .array(beginning.counts.map { .integer($0) })))
      text("by", beginning.author)
    case .input(let name, let value):
      text("event", "input")
      text("name", name)
      text("value", value)
    case .stepBegan(let number):
      text("event", "step")
      step(number)
    case .stepEnded(let number, let outcome, let words, let next):
      text("event", "outcome")
      step(number)
      text("outcome", outcome.rawValue)
      text("words", words)
      if let next { members.append(.init("next", .integer(next))) }
    case .gaveUp(let reason, let author):
      text("event", "gave up")
      text("words", reason)
      text("by", author)
    }
    return JSONBody.object(members).text
  }

  /// Reads a line of a journal; nil if it is none.
  init?(parsing bytes: some Collection<UInt8>) {
    guard let value = JSONValue(parsing: Array(bytes)), let time = value["time"]?.number else { return nil }
    func text(_ name: String) -> String? { value[name]?.text }
    let step = value["step"]?.integer.flatMap { $0 >= 0 ? $0 : nil }
    let kind: Kind
    switch text("event") {
    case "began":
      guard let file = text("file"), let runbook = text("runbook"), let digest = text("digest"),
        let author = text("by"), let list = value["steps"]?.list
      else { return nil }
      let counts = list.compactMap(\.integer).filter { (0...10_000).contains($0) }
      guard counts.count == list.count else { return nil }
      kind = .began(
        RunBeginning(file: file, runbook: runbook, digest: digest, counts: counts, author: author)
      )
    case "input":
      guard let name = text("name"), let value = text("value") else { return nil }
      kind = .input(name, value)
    case "step":
      guard let step else { return nil }
      kind = .stepBegan(step)
    case "outcome":
      guard let step, let outcome = text("outcome").flatMap(StepOutcome.init(rawValue:)),
        let words = text("words")
      else { return nil }
      kind = .stepEnded(step, outcome, words, next: value["next"]?.integer)
    case "gave up":
      guard let words = text("words"), let author = text("by") else { return nil }
      kind = .gaveUp(words, by: author)
    default: return nil
    }
    self.init(kind, at: WallTime(secondsSince1970: time))
  }
}
