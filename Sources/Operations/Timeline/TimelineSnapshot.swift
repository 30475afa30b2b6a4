public import Facts

/// One line of the timeline: when, how bad, who, what.
public struct TimelineEntry: Sendable, Hashable {
  /// What kind of thing happened.
  public enum Kind: Sendable, Hashable {
    /// Somebody acted: begun, ended, refused.
    case act
    /// An alert changed.
    case alert
    /// A service changed its state.
    case service
    /// Something was done to a service by whomever: seen, not done.
    case change
    /// A source began or ceased to fail, or a probe changed its mind.
    case source
    /// A fact that counts changed its state.
    case fact
    /// A note of the operator's or of the console's own.
    case note
  }

  /// The same from poll to poll, and another for each line.
  public var id: String
  /// When.
  public var time: WallTime
  /// When that began on the monotonic clock, by which ages are told; nil if the wall clock was set back since.
  public var at: MonotonicTime?
  /// What kind of thing happened.
  public var kind: Kind
  /// The state whose glyph and colour it takes.
  public var state: FactState
  /// The glyph where it is not the state's own: an act begun `▸`, ended `✓ ○ ✗ ?`; nil else.
  public var glyph: String?
  /// Who: `you`, a user's name, or empty for what was observed.
  public var who: SafeText
  /// What.
  public var text: SafeText
  /// The service, queue, fact, alert or source that it is about, for "timeline of this"; empty if none.
  public var subject: String
  /// Whether it tells of an act that was refused: nothing was done.
  public var isRefused = false
  /// Whether it was so already when the console first looked: it began then or before.
  public var isFirstSight = false

  /// Makes a line, known by its time and text until it is given a number.
  public init(
    time: WallTime,
    at: MonotonicTime? = nil,
    kind: Kind,
    state: FactState,
    glyph: String? = nil,
    who: SafeText = "",
    text: SafeText,
    subject: String = ""
  ) {
    id = "\(time.secondsSince1970) \(text)"
    self.time = time
    self.at = at
    self.kind = kind
    self.state = state
    self.glyph = glyph
    self.who = who
    self.text = text
    self.subject = subject
  }
}

/// What happened, the newest first.
public struct TimelineSnapshot: Snapshot {
  /// The lines, the newest first, bounded.
  public let entries: [TimelineEntry]
  /// Acts that began and never ended, as consoles before left them.
  public var leftOpen: [TimelineEntry]
  /// Why the audit log can't be read; nil if it can.
  public var failure: SafeText?

  /// What this operator did last to each service, queue or other target, by its name; refused acts are none.
  public let ownActs: [String: TimelineEntry]

  /// Makes a snapshot.
  public init(
    entries: [TimelineEntry] = [],
    leftOpen: [TimelineEntry] = [],
    failure: SafeText? = nil
  ) {
    self.entries = entries
    self.leftOpen = leftOpen
    self.failure = failure
    var ownActs: [String: TimelineEntry] = [:]
    for entry in entries where entry.kind == .act && !entry.isRefused && entry.who == "you" {
      ownActs[entry.subject] = ownActs[entry.subject] ?? entry
    }
    self.ownActs = ownActs
  }
}
