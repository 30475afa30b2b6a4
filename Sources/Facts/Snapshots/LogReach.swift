/// How far the lines since a time tell all that was written since: what isn't known of them, as data.
public struct LogReach: Sendable, Hashable {
  /// One log of several: a stream, the container of a pod.
  public struct Part: Sendable, Hashable {
    /// What it is called; empty: it is the only one.
    public var name: SafeText
    /// When the oldest line of it that can be had was written; nil: none can be had.
    public var begins: WallTime?

    /// Names a part.
    public init(_ name: SafeText = "", begins: WallTime? = nil) {
      self.name = name
      self.begins = begins
    }
  }

  /// The logs that begin only after the time that was asked for: an older line was rotated away, lies before what can
  /// be read, or was never written.
  public var late: [Part] = []
  /// The logs that were left out, since none of their lines tells when it was written.
  public var timeless: [Part] = []
  /// Whether there are more lines since then than were asked for: the older of them are missing.
  public var isCut = false
  /// So many of the lines have no time of their own and stand behind one that has.
  public var untimed = 0
  /// The zone in which times without one were read, `UTC+1`; nil: every time told its own.
  public var assumedZone: SafeText?

  /// The whole of it is known.
  public init() {}

  /// Whether what isn't among the lines was not written; nothing is known of a line that can't be had.
  public var isWhole: Bool { late.isEmpty && timeless.isEmpty && !isCut }

  /// What isn't known, to be read behind the number of lines.
  public var remarks: [SafeText] {
    late.map(Self.words)
      + timeless.map { "\($0.name.isEmpty ? "the log" : $0.name) tells no times and is left out" }
      + (isCut ? ["there are more before them"] : [])
      + (untimed > 0 ? ["\(SafeText(Format.count(Double(untimed)))) without a time of their own"] : [])
      + (assumedZone.map { ["times without a zone read as \($0)"] } ?? [])
  }

  private static func words(_ part: Part) -> SafeText {
    let name = part.name.isEmpty ? "the log" : part.name
    guard let begins = part.begins else { return "\(name) has no line at all" }
    return "\(name) begins later, at \(SafeText(Format.timestamp(begins)))"
  }
}
