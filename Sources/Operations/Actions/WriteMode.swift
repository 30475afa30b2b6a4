public import Facts

/// Whether the console may change anything: a pure value, moved by `:write` and by time.
public struct WriteMode: Sendable, Hashable {
  /// What holds it back.
  public enum Restriction: Sendable, Hashable {
    /// Nothing.
    case none
    /// A flag, the environment or the configuration; it can't be lifted from inside.
    case forced(why: String)
    /// Production starts read-only; `:write` lifts it for a while.
    case production
  }

  /// A read-only that was lifted.
  public struct Lift: Sendable, Hashable {
    /// When it ends.
    public var until: MonotonicTime
    /// Why it was lifted, in the operator's words.
    public var reason: String
  }

  /// Why a lift was not given.
  public enum LiftError: Error, Sendable, Hashable {
    /// It is forced; why.
    case forced(why: String)
    /// There was no reason.
    case noReason
    /// The time was zero or above an hour.
    case badDuration
    /// Nothing holds it back.
    case notNeeded

    /// What the operator reads.
    public var sentence: String {
      switch self {
      case .forced(let why): "read-only can't be lifted: \(why)"
      case .noReason: "a reason is needed: :write 10m REASON"
      case .badDuration: "between 1s and 60m: :write 10m REASON"
      case .notNeeded: "this environment is not read-only"
      }
    }
  }

  /// The longest lift.
  public static let longestLift: Duration = .seconds(60 * 60)

  /// What holds it back.
  public let restriction: Restriction
  /// The lift, over or not; nil if there was none.
  public private(set) var lift: Lift?

  /// Makes a mode; writable unless restricted.
  public init(_ restriction: Restriction = .none) {
    self.restriction = restriction
  }

  /// Whether acts are allowed at `now`.
  public func isWritable(at now: MonotonicTime) -> Bool {
    refusal(at: now) == nil
  }

  /// Why acts are refused at `now`; nil if they aren't.
  public func refusal(at now: MonotonicTime) -> Refusal? {
    switch restriction {
    case .none: nil
    case .forced(let why): .readOnly(why: SafeText(why), canLift: false)
    case .production:
      timeLeft(at: now) == nil ? .readOnly(why: "this is production", canLift: true) : nil
    }
  }

  /// How long the lift still holds; nil without one.
  public func timeLeft(at now: MonotonicTime) -> Duration? {
    guard let lift, lift.until > now else { return nil }
    return lift.until - now
  }

  /// Lifts read-only for `duration`, an hour at most.
  /// - Throws: why not.
  public mutating func lift(
    for duration: Duration,
    reason: String,
    now: MonotonicTime
  ) throws(LiftError) {
    switch restriction {
    case .none: throw .notNeeded
    case .forced(let why): throw .forced(why: why)
    case .production: break
    }
    guard duration > .zero, duration <= Self.longestLift else { throw .badDuration }
    guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
    lift = Lift(until: now + duration, reason: reason)
  }

  /// The words of the header: `write`, `read-only`, `write 9:41`.
  public func label(at now: MonotonicTime) -> String {
    guard isWritable(at: now) else { return "read-only" }
    guard let left = timeLeft(at: now) else { return "write" }
    let seconds = Int(left.seconds.rounded(.up))
    let padded = seconds % 60 < 10 ? "0\(seconds % 60)" : "\(seconds % 60)"
    return "write \(seconds / 60):\(padded)"
  }
}
