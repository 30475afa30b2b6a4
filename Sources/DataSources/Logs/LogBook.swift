internal import Facts

/// The lines of several logs that are kept for a while, in the order of time.
///
/// A line has a serial number, in the order in which lines came, for as long as it is kept; the oldest go first. What
/// belongs to a record stays with its first line: a traceback has the time of the error that it was logged with.
struct LogBook: Sendable {
  /// So much is kept: of text, in bytes, and in lines.
  static let (mostBytes, mostLines) = (16 << 20, 100_000)
  /// The most bytes of a line that are kept.
  static let longestLine = 16_384

  /// One line, without its text.
  struct Entry: Sendable {
    /// The block of text in which it stands, and where there.
    var block: Int
    var start: Int32
    var length: Int32
    /// When it was written, or taken for it; never before the line before it in its log.
    var time: Double
    var stream: Int32
    /// That of its record.
    var level: LogLevel
    /// Whether it belongs to the line before it in its log.
    var continues: Bool
    /// Whether its time is when it was read: neither it nor its runtime tells one.
    var isTimeAssumed: Bool
  }

  /// One log.
  struct Stream: Sendable, Hashable {
    var id: LogStreamID
    /// The time of the newest line that was written and isn't kept, or of the first behind it; nil: all are kept.
    fileprivate(set) var lost: Double?
    fileprivate var continuation = LogContinuation()
    fileprivate var last: Double = -.infinity
    fileprivate var level = LogLevel.unknown

    static func == (left: Stream, right: Stream) -> Bool { left.id == right.id }
    func hash(into hasher: inout Hasher) { hasher.combine(id) }
  }

  private(set) var streams: [Stream] = []
  /// Where each stands among them.
  private var places: [LogStreamID: Int] = [:]
  /// The serial number of the oldest line that is kept.
  private(set) var first = 0
  private var entries: [Entry] = []
  /// The serial numbers of all lines, by time; lines of one time by log, and in their order there.
  private(set) var order: [Int] = []
  /// The texts, and the number of the first block that is kept.
  private var blocks: [[UInt8]] = []
  private var firstBlock = 0
  /// A block that is smaller takes the next lines in, too.
  private static let smallBlock = 64 << 10
  private(set) var bytes = 0
  /// So many lines had to go.
  private(set) var dropped = 0
  private let (mostBytes, mostLines): (Int, Int)

  init(mostBytes: Int = LogBook.mostBytes, mostLines: Int = LogBook.mostLines) {
    (self.mostBytes, self.mostLines) = (mostBytes, mostLines)
  }

  /// The serial number that the next line gets.
  var end: Int { first + entries.count }

  /// A line that is kept; nil if it has gone.
  func entry(_ serial: Int) -> Entry? {
    serial >= first && serial < end ? entries[serial - first] : nil
  }

  /// The bytes of a line.
  func withBytes<Result>(
    of entry: Entry,
    _ body: (UnsafeRawBufferPointer) throws -> Result
  ) rethrows -> Result {
    guard entry.block >= firstBlock else { return try body(UnsafeRawBufferPointer(start: nil, count: 0)) }
    return try blocks[entry.block - firstBlock].withUnsafeBytes { bytes in
      let start = Int(entry.start)
      return try body(UnsafeRawBufferPointer(rebasing: bytes[start..<(start + Int(entry.length))]))
    }
  }

  /// Since when every log is kept whole; nil: all that was read ever is.
  var wholeSince: WallTime? { streams.compactMap(\.lost).max().map { WallTime(secondsSince1970: $0) } }

  /// When the oldest line was written that is kept of each log.
  var beginnings: [(stream: LogStreamID, time: WallTime)] {
    var missing = Set(streams.indices)
    var found: [(stream: LogStreamID, time: WallTime)] = []
    for serial in order {
      guard !missing.isEmpty, let entry = entry(serial) else { break }
      guard missing.remove(Int(entry.stream)) != nil else { continue }
      found.append((streams[Int(entry.stream)].id, WallTime(secondsSince1970: entry.time)))
    }
    return found
  }

  /// Whether a line was longer than what is kept of it.
  func isCut(_ entry: Entry) -> Bool { Int(entry.length) >= Self.longestLine }

  /// The first line of the record in which a line stands, and how many lines of it are kept.
  func record(of serial: Int) -> Range<Int>? {
    guard let entry = entry(serial) else { return nil }
    var begin = serial
    // Lines of other logs may have come between those of a record.
    var head = serial
    while entries[head - first].continues {
      guard let before = previous(of: head, in: entry.stream) else { break }
      head = before
    }
    begin = head
    var last = serial
    while let next = next(of: last, in: entry.stream), entries[next - first].continues { last = next }
    return begin..<(last + 1)
  }

  /// The serial numbers of the lines of a record, by the number of one of them; empty if it has gone.
  func lines(ofRecord serial: Int) -> [Int] {
    guard let range = record(of: serial), let stream = entry(serial)?.stream else { return [] }
    return range.filter { entries[$0 - first].stream == stream }
  }

  /// So far the lines of a record may lie apart: those of other logs come between them.
  private static let farthest = 5_000

  private func previous(of serial: Int, in stream: Int32) -> Int? {
    var candidate = serial - 1
    while candidate >= max(first, serial - Self.farthest) {
      if entries[candidate - first].stream == stream { return candidate }
      candidate -= 1
    }
    return nil
  }

  private func next(of serial: Int, in stream: Int32) -> Int? {
    var candidate = serial + 1
    while candidate < min(end, serial + Self.farthest) {
      if entries[candidate - first].stream == stream { return candidate }
      candidate += 1
    }
    return nil
  }

  /// Takes lines of one service in, which it has written since the ones before.
  ///
  /// `now` is when they were read; `isPart` says that there are others before them which are not among them.
  mutating func append(
    _ lines: [LogStretch.Line],
    of service: LogStreamID,
    at now: WallTime,
    isPart: Bool = false
  ) {
    guard !lines.isEmpty else { return }
    var block: [UInt8] = blocks.last.map { $0.count < Self.smallBlock ? $0 : [] } ?? []
    if !block.isEmpty { blocks.removeLast() }
    let number = firstBlock + blocks.count
    let firstNew = end
    var isSeen: Set<Int> = []
    var (part, stream, isFirst) = (String?.none, 0, true)
    for line in lines {
      if line.part != part {
        part = line.part
        stream = index(of: LogStreamID(service: service.service, instance: service.instance, part: line.part))
        isFirst = isSeen.insert(stream).inserted
      }
      let text = line.bytes.contains(0x1B) ? LogTail.plain(line.bytes) : line.bytes
      let start = block.count
      block += text.prefix(Self.longestLine)
      // What stands before the first time that is told since the log was read last was written then, or just now.
      let assumed =
        isFirst ? Self.beginning(of: lines.lazy.filter { $0.part == line.part }, readAt: now) : nil
      let entry = entry(of: text, line.time, stream, block: (number, start), assumed: assumed, now)
      if isPart, isFirst { streams[stream].lost = max(streams[stream].lost ?? -.infinity, entry.time) }
      isFirst = false
      entries.append(entry)
      bytes += Int(entry.length)
    }
    blocks.append(block)
    place(firstNew..<end)
    forgetOldest()
  }

  private mutating func index(of id: LogStreamID) -> Int {
    if let index = places[id] { return index }
    streams.append(Stream(id: id))
    places[id] = streams.count - 1
    return streams.count - 1
  }

  private mutating func entry(
    of text: [UInt8],
    _ taken: WallTime?,
    _ index: Int,
    block: (number: Int, start: Int),
    assumed: WallTime?,
    _ now: WallTime
  ) -> Entry {
    text.withUnsafeBytes { bytes in
      let head = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.longestLine))
      let parts = LogLine().read(head)
      let place = streams[index].continuation.place(of: head, parts)
      let continues = place != .begins && streams[index].last > -.infinity
      var level = LogLevel(word: parts.level)
      let message = UnsafeRawBufferPointer(rebasing: head[parts.message])
      if level <= .info, LogContinuation.isTraceback(message) || LogAnswers.isServerError(message) {
        level = .error
      }
      if continues { level = streams[index].level }
      let told = continues ? nil : Self.time(of: head, parts, taken, readAt: now)?.secondsSince1970
      // Behind the line before it, unless it is known to be later.
      let last = streams[index].last
      let time = max(last, told ?? (continues ? nil : assumed?.secondsSince1970) ?? last)
      streams[index].last = time
      streams[index].level = level
      return Entry(
        block: block.number,
        start: Int32(block.start),
        length: Int32(head.count),
        time: time,
        stream: Int32(index),
        level: level,
        continues: continues,
        isTimeAssumed: !continues && (told.map { $0 < time } ?? true)
      )
    }
  }

  /// When a line was written, by its own words or its runtime's; nil if neither tells.
  ///
  /// The zone of a program is the one thing that its runtime knows better. A time that had not come yet when the line was
  /// taken is part of what it says.
  private static func time(
    of line: UnsafeRawBufferPointer,
    _ parts: LogLine.Parts,
    _ taken: WallTime?,
    readAt now: WallTime
  ) -> WallTime? {
    let own = taken == nil ? LineTimes.stamp(of: line, parts)?.time : parts.isZoned ? parts.time : nil
    return own.flatMap { $0 <= (taken ?? now) + skew ? $0 : nil } ?? taken
  }

  /// So far a program's clock may be ahead of whoever takes its lines.
  private static let skew = Duration.seconds(60)

  /// The first time that lines tell; when they were read if none does.
  private static func beginning(of lines: some Sequence<LogStretch.Line>, readAt now: WallTime) -> WallTime {
    for line in lines {
      let told = line.bytes.withUnsafeBytes { bytes in
        let head = UnsafeRawBufferPointer(rebasing: bytes.prefix(longestLine))
        return time(of: head, LogLine().read(head), line.time, readAt: now)
      }
      if let told { return told }
    }
    return now
  }

  private func precedes(_ left: Int, _ right: Int) -> Bool {
    let (a, b) = (entries[left - first], entries[right - first])
    return (a.time, a.stream, Int32(truncatingIfNeeded: left - first))
      < (b.time, b.stream, Int32(truncatingIfNeeded: right - first))
  }

  /// Puts new lines in their places: most often behind all others.
  private mutating func place(_ new: Range<Int>) {
    let sorted = new.sorted(by: precedes)
    guard let earliest = sorted.first else { return }
    var cut = order.count
    while cut > 0, precedes(earliest, order[cut - 1]) { cut -= 1 }
    guard cut < order.count else {
      order += sorted
      return
    }
    var merged: [Int] = []
    merged.reserveCapacity(order.count - cut + sorted.count)
    var (old, fresh) = (cut, 0)
    while old < order.count || fresh < sorted.count {
      let takesOld = fresh == sorted.count || old < order.count && precedes(order[old], sorted[fresh])
      merged.append(takesOld ? order[old] : sorted[fresh])
      if takesOld { old += 1 } else { fresh += 1 }
    }
    order.replaceSubrange(cut..., with: merged)
  }

  /// Lets the oldest go when there is too much, a good part of them at once.
  private mutating func forgetOldest() {
    guard bytes > mostBytes || entries.count > mostLines else { return }
    var (kept, size) = (entries.count, bytes)
    while kept > 1, size > mostBytes * 3 / 4 || kept > mostLines * 3 / 4 {
      size -= Int(entries[entries.count - kept].length)
      kept -= 1
    }
    let gone = entries.count - kept
    dropped += gone
    for entry in entries.prefix(gone) {
      bytes -= Int(entry.length)
      streams[Int(entry.stream)].lost = max(streams[Int(entry.stream)].lost ?? -.infinity, entry.time)
    }
    entries.removeFirst(gone)
    first += gone
    order.removeAll { $0 < first }
    // A block goes with its last line.
    let oldest = entries.first?.block ?? firstBlock + blocks.count
    blocks.removeFirst(oldest - firstBlock)
    firstBlock = oldest
  }
}

/// Which log a line stands in.
public struct LogStreamID: Sendable, Hashable {
  /// The service's name.
  public var service: String
  /// Which of its instances, as it is shown.
  public var instance: String
  /// Which of that one's logs, where there are several; else empty.
  public var part: String

  /// Names a log.
  public init(service: String, instance: String, part: String = "") {
    (self.service, self.instance, self.part) = (service, instance, part)
  }
}
