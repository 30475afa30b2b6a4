/// What of a log is not among the lines of a ``LogTail``, so that nobody takes it for silence.
public struct LogGap: Sendable, Hashable {
  /// Why it isn't.
  public enum Reason: Sendable, Hashable {
    /// It can't be read: the runtime's words.
    case unreadable(String)
    /// There are more lines than were asked for, or than are kept of it.
    case cut
    /// It begins only after the time that was asked for, at this one: an older line was rotated away, lies before what
    /// can be read, or was never written; nil: it has no line at all.
    case beginsLater(WallTime?)
    /// So many of its lines are longer than what is kept of them.
    case longLines(Int)
    /// None of its lines tells when it was written, so those since a time can't be told from older ones.
    case timeless
    /// So many lives before this one have logs of their own, of which nothing is told.
    case earlierLives(Int)
    /// Nothing keeps what it writes.
    case notKept
  }

  /// What it is of, as its runtime calls it: `pod/backend-1`, `stderr of shop:backend`.
  public var part: String
  /// Why.
  public var reason: Reason

  /// Names a gap.
  public init(_ part: String, _ reason: Reason) {
    self.part = part
    self.reason = reason
  }

  /// Whether nothing of it was read.
  public var isUnread: Bool {
    switch reason {
    case .unreadable, .notKept, .timeless: true
    case .cut, .earlierLives, .beginsLater, .longLines: false
    }
  }

  /// What it is of, and why.
  public var sentence: SafeText {
    SafeText("\(part.isEmpty ? "the log" : part) \(words)", limit: 300).withoutCredentials
  }

  /// Why, behind the name of what it is of.
  public var words: String {
    switch reason {
    case .unreadable(let why): "can't be read: \(why)"
    case .cut: "has more lines before those that were read"
    case .earlierLives(let count):
      "was started anew \(count) \(count == 1 ? "time" : "times"), and its log begins with its last start"
    case .notKept: "is not kept"
    case .beginsLater(let begins):
      begins.map { "begins later, at \(Format.timestamp($0))" } ?? "has no line at all"
    case .longLines(let count): "has \(count) \(count == 1 ? "line" : "lines") longer than is read of it"
    case .timeless: "tells no times and is left out"
    }
  }
}
