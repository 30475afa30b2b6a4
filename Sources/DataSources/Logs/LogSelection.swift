public import Facts

/// The lines that a query leaves, in the order of time.
public struct LogSelection: Sendable {
  /// How many lines fall into a minute, and how many of them are errors.
  public struct Minute: Sendable, Hashable {
    /// Since 1970.
    public var minute: Int
    /// The records that begin in it.
    public var records: Int
    /// Those of them that are errors.
    public var errors: Int
  }

  /// What was asked for.
  public var query = LogQuery()
  /// The serial numbers of the lines.
  public var serials: [Int] = []
  /// Where in `serials` an error begins.
  public var errors: [Int] = []
  /// How many records hold each of the query's terms, whatever else they hold.
  public var hits: [Int] = []
  /// The records and errors per minute, oldest first; of minutes without any nothing is told.
  public var minutes: [Minute] = []
  /// Since when every log was looked through whole; nil: all that was ever written was.
  public var wholeSince: WallTime?
  /// Why nothing could be looked for: a term takes too long; empty while it could.
  public var failure = ""

  /// Nothing.
  public init() {}

  /// Where the first line stands that was written at a time or later; behind the last if none was.
  public func index(at time: WallTime, in archive: LogArchive) -> Int {
    archive.withBook { book in
      var (low, high) = (0, serials.count)
      while low < high {
        let middle = (low + high) / 2
        // One that has gone was older.
        let isBefore = book.entry(serials[middle]).map { $0.time < time.secondsSince1970 } ?? true
        if isBefore { low = middle + 1 } else { high = middle }
      }
      return low
    }
  }

  /// Where a line stands in it, or where it would.
  public func place(of serial: Int, in archive: LogArchive) -> (index: Int, isThere: Bool) {
    archive.withBook { book in
      // One that has gone was older than all that are kept.
      guard let entry = book.entry(serial) else { return (serial < book.first ? 0 : serials.count, false) }
      // A line that came later may have been written before others: it is searched by its time.
      var (low, high) = (0, serials.count)
      while low < high {
        let middle = (low + high) / 2
        let isBefore = book.entry(serials[middle]).map {
          ($0.time, Int($0.stream), serials[middle]) < (entry.time, Int(entry.stream), serial)
        }
        if isBefore ?? true { low = middle + 1 } else { high = middle }
      }
      if low < serials.count, serials[low] == serial { return (low, true) }
      // Those that have gone stand anywhere among them.
      return serials.firstIndex(of: serial).map { ($0, true) } ?? (low, false)
    }
  }
}

/// Remembers which lines hold the terms of a query, so that each line is looked through once.
final class LogMatcher: Sendable {
  private struct Known: Sendable {
    /// The serial number of the first line of which something is known.
    var first = 0
    /// A bit for each term that the line holds.
    var masks: [UInt32] = []
    /// Why a term can't be looked for: it is not tried again.
    var failure: LinePattern.Failure?
  }

  let query: LogQuery
  private let patterns: [LinePattern]
  private let known = Locked(Known())

  /// - Throws: a term that is no expression.
  init(_ query: LogQuery) throws(LinePattern.Failure) {
    self.query = query
    var patterns: [LinePattern] = []
    for term in query.terms { patterns.append(try LinePattern(term.pattern, ignoresCase: true)) }
    self.patterns = patterns
  }

  /// The lines that are left of all that is kept; it looks through those that came since it was asked last.
  ///
  /// It takes time: on the thread pool only.
  func selection(of archive: LogArchive) -> LogSelection {
    var selection = LogSelection()
    selection.query = query
    return known.withLock { known in
      // A copy: what comes meanwhile is looked through the next time, and nobody waits for this. It is taken when it is
      // this one's turn: of two that look at once the later must not know less.
      let book = archive.withBook { $0 }
      do throws(LinePattern.Failure) {
        if let failure = known.failure { throw failure }
        try look(through: book, &known)
      } catch {
        known.failure = error
        selection.failure = error.message
        return selection
      }
      select(from: book, known, into: &selection)
      return selection
    }
  }

  private func look(through book: LogBook, _ known: inout Known) throws(LinePattern.Failure) {
    if known.first < book.first {
      known.masks.removeFirst(min(known.masks.count, book.first - known.first))
      known.first = book.first
    }
    let new = (known.first + known.masks.count)..<book.end
    guard !new.isEmpty else { return }
    // What was not looked through to its end is not known to hold nothing.
    var masks = [UInt32](repeating: 0, count: new.count)
    for (index, pattern) in patterns.enumerated() {
      var matcher = try pattern.matcher()
      for serial in new {
        guard let entry = book.entry(serial) else { continue }
        if try book.holds(entry, &matcher) { masks[serial - new.lowerBound] |= 1 << UInt32(index) }
      }
    }
    known.masks += masks
  }

  private func select(from book: LogBook, _ known: Known, into selection: inout LogSelection) {
    var wanted: UInt32 = 0
    var unwanted: UInt32 = 0
    for (index, term) in query.terms.enumerated() {
      if term.excludes { unwanted |= 1 << UInt32(index) } else { wanted |= 1 << UInt32(index) }
    }
    selection.hits = Array(repeating: 0, count: query.terms.count)
    selection.wholeSince = book.wholeSince
    let order = book.order
    var start = 0
    while start < order.count {
      var stop = start + 1
      guard let head = book.entry(order[start]) else { return }
      var mask = known.masks[order[start] - known.first]
      while stop < order.count, let next = book.entry(order[stop]), next.continues, next.stream == head.stream
      {
        mask |= known.masks[order[stop] - known.first]
        stop += 1
      }
      for index in selection.hits.indices where mask & 1 << UInt32(index) != 0 { selection.hits[index] += 1 }
      if mask & wanted == wanted, mask & unwanted == 0,
        query.takes(book.streams[Int(head.stream)].id.service, head.level)
      {
        let minute = Int((head.time / 60).rounded(.down))
        if selection.minutes.last?.minute != minute {
          selection.minutes.append(.init(minute: minute, records: 0, errors: 0))
        }
        selection.minutes[selection.minutes.count - 1].records += 1
        if head.level == .error {
          selection.errors.append(selection.serials.count)
          selection.minutes[selection.minutes.count - 1].errors += 1
        }
        selection.serials += order[start..<stop]
      }
      start = stop
    }
  }
}
