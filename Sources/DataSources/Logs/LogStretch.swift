public import Facts

/// What a service has written since its log was read last.
public struct LogStretch: Sendable {
  /// A line as its runtime gave it.
  public struct Line: Sendable, Hashable {
    /// Its bytes, without the end of line.
    public var bytes: [UInt8]
    /// When the runtime took it; nil where the runtime keeps no times.
    public var time: WallTime?
    /// Which of the service's logs it stands in, where there are several: `stderr`, `pod/backend-1/backend`.
    public var part: String

    /// Makes one.
    public init(_ bytes: [UInt8], time: WallTime? = nil, part: String = "") {
      self.bytes = bytes
      self.time = time
      self.part = part
    }
  }

  /// The lines, of each part in their order.
  public var lines: [Line]
  /// From where to read on.
  public var mark: LogMark
  /// What was written since and isn't among them.
  public var gaps: [LogGap]
  /// Whether there are older lines than those that were read at first.
  public var hasOlder = false

  /// Makes one.
  public init(lines: [Line] = [], mark: LogMark = LogMark(), gaps: [LogGap] = []) {
    self.lines = lines
    self.mark = mark
    self.gaps = gaps
  }
}

/// How far a service's log was read.
public struct LogMark: Sendable, Hashable {
  /// The last moment of which a runtime that keeps times has told a line, and how many lines it told of that moment.
  public struct Moment: Sendable, Hashable {
    /// Seconds since 1970 with nine digits behind the point: as the Docker Engine takes them, and in the order of time.
    public var key: String
    /// How many lines had it.
    public var count: Int
  }

  /// The last moment by part.
  public var moments: [String: Moment] = [:]
  /// Where the next line begins in bytes, by part, for runtimes that count those.
  public var offsets: [String: Int] = [:]

  /// At the beginning.
  public init() {}

  /// A timestamp as ``Moment/key`` has it; nil if it is none with a zone.
  static func key(_ stamp: some StringProtocol) -> String? {
    guard let time = WallTime(zonedTimestamp: String(stamp)) else { return nil }
    // By its digits: a number of that size has no room for nanoseconds.
    let fraction = stamp.firstIndex(of: ".").map {
      stamp[stamp.index(after: $0)...].prefix { $0.isASCII && $0.isNumber }
    }
    let digits = String((fraction ?? "").prefix(9))
    let seconds = Int((time.secondsSince1970 - (Double("0.\(digits)") ?? 0)).rounded())
    return "\(seconds).\(digits)\(String(repeating: "0", count: 9 - digits.count))"
  }

  /// Of lines of one part with their moments those behind the last that was told; it takes them as told.
  ///
  /// It is cut where that last one isn't among them: what lies between is lost.
  /// They are in the order in which they were written, which is not always that of their moments.
  mutating func unread<Line>(
    _ lines: [(key: String?, line: Line)],
    of part: String
  ) -> (lines: [Line], isCut: Bool) {
    guard let last = moments[part] else {
      take(lines.map(\.key), of: part)
      return (lines.map(\.line), false)
    }
    let told = lines.indices.filter { lines[$0].key == last.key }
    guard !last.key.isEmpty, told.count >= last.count else {
      // None told its moment then: nobody can say what comes after them.
      guard !last.key.isEmpty else { return ([], false) }
      let later = lines.firstIndex { $0.key.map { $0 > last.key } ?? false } ?? lines.endIndex
      take(lines.map(\.key), of: part)
      return (lines[later...].map(\.line), true)
    }
    // A line without a moment belongs to the one before it.
    var next = told[last.count - 1] + 1
    while next < lines.endIndex, lines[next].key == nil { next += 1 }
    take(lines.map(\.key), of: part)
    return (lines[next...].map(\.line), false)
  }

  private mutating func take(_ keys: [String?], of part: String) {
    guard let newest = keys.last(where: { $0 != nil }) ?? nil else {
      if moments[part] == nil, !keys.isEmpty { moments[part] = Moment(key: "", count: 0) }
      return
    }
    moments[part] = Moment(key: newest, count: keys.count { $0 == newest })
  }
}
