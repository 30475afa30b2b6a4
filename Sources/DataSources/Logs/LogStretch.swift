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

  /// Of lines of one part with their moments, in the order of time, those that were not told yet; it takes them as told.
  ///
  /// A line without a moment belongs to the one before it.
  mutating func unread<Line>(_ lines: [(key: String?, line: Line)], of part: String) -> [Line] {
    let last = moments[part]
    var (index, same) = (lines.startIndex, 0)
    if let last {
      while index < lines.endIndex {
        if let key = lines[index].key {
          if key > last.key { break }
          if key == last.key { same += 1 }
          if same > last.count { break }
        }
        index += 1
      }
    }
    let fresh = lines[index...]
    if let newest = fresh.last(where: { $0.key != nil })?.key {
      let count = lines.count { $0.key == newest }
      moments[part] = Moment(key: newest, count: count)
    } else if last == nil, !lines.isEmpty {
      // None tells its moment: told once, nobody can say what comes after them.
      moments[part] = Moment(key: "", count: 0)
    }
    return fresh.map(\.line)
  }
}
