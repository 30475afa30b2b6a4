public import Facts

/// What the runbook greps for, ready to be looked for.
public enum LogPreset: String, Sendable, Hashable, CaseIterable {
  case errors
  case provider
  case timeouts
  case validation
  case database
  case queue
  case providerLatency = "provider latency"
  case poolExhaustion = "pool exhaustion"
  case authentication

  /// The query that finds it, as it is typed.
  public var query: String {
    switch self {
    case .errors: "level:error"
    case .provider: "houndify"
    case .timeouts: "/timeout|timed out/"
    case .validation: "validation"
    case .database: "/database|postgres|sqlalchemy/"
    case .queue: "queue"
    case .providerLatency: "/(houndify|provider).*latency/"
    case .poolExhaustion: "/pool.*exhausted/"
    case .authentication: "/authentication|unauthori[sz]ed|forbidden|\\b40[13]\\b/"
    }
  }

  /// How often it was found, and when last.
  public struct Count: Sendable, Hashable {
    /// What was looked for.
    public var preset: LogPreset
    /// How many records hold it.
    public var records: Int
    /// When the newest of them was written; nil: none is among those that are kept.
    public var lastAt: WallTime?
    /// Whether it could not be looked for.
    public var isUnknown = false

    /// Makes one.
    public init(preset: LogPreset, records: Int, lastAt: WallTime?) {
      (self.preset, self.records, self.lastAt) = (preset, records, lastAt)
    }
  }
}

/// Looks for all presets in what is kept, each line once, and counts on from what it knew.
final class LogPresetCounter: Sendable {
  private struct Sought: Sendable {
    var preset: LogPreset
    /// What a line of the record holds; nil: any.
    var pattern: LinePattern?
    var level: LogLevel
  }

  private struct Known: Sendable {
    /// The serial number of the first line of which something is known.
    var first = 0
    /// A bit for each preset that a record holds, at its first line; 0 at its others.
    var masks: [UInt16] = []
    /// The first line of the record that is open, by log.
    var heads: [Int32: Int] = [:]
    var records: [Int]
    var lastAt: [Double]
    /// Those that take too long: they are not tried again.
    var failed: Set<Int> = []
  }

  private let sought: [Sought]
  private let known: Locked<Known>

  init() {
    sought = LogPreset.allCases.compactMap { preset in
      guard let query = try? LogQuery(parsing: preset.query) else { return nil }
      let pattern = query.terms.first.flatMap { try? LinePattern($0.pattern, ignoresCase: true) }
      return Sought(preset: preset, pattern: pattern, level: query.level)
    }
    let none = Known(
      records: Array(repeating: 0, count: sought.count),
      lastAt: Array(repeating: -.infinity, count: sought.count)
    )
    known = Locked(none)
  }

  /// What was found by now.
  ///
  /// It takes time: on the thread pool only.
  func counts(of archive: LogArchive) -> [LogPreset.Count] {
    known.withLock { known in
      let book = archive.withBook { $0 }
      forget(before: book.first, &known)
      look(through: book, &known)
      return sought.indices.map { index in
        let isThere = known.records[index] > 0
        var count = LogPreset.Count(
          preset: sought[index].preset,
          records: known.records[index],
          lastAt: isThere ? WallTime(secondsSince1970: known.lastAt[index]) : nil
        )
        count.isUnknown = known.failed.contains(index)
        return count
      }
    }
  }

  /// Records whose first line has gone count no more.
  private func forget(before first: Int, _ known: inout Known) {
    guard known.first < first else { return }
    let gone = min(known.masks.count, first - known.first)
    for mask in known.masks.prefix(gone) where mask != 0 {
      for index in sought.indices where mask & 1 << UInt16(index) != 0 { known.records[index] -= 1 }
    }
    known.masks.removeFirst(gone)
    known.first = first
  }

  private func look(through book: LogBook, _ known: inout Known) {
    let new = (known.first + known.masks.count)..<book.end
    guard !new.isEmpty else { return }
    let found = sought.indices.map { lines(new, of: book, holding: $0, &known) }
    known.masks += repeatElement(0, count: new.count)
    for serial in new {
      guard let entry = book.entry(serial) else { continue }
      var head = serial
      // One whose beginning has gone is counted where it goes on.
      if entry.continues, let open = known.heads[entry.stream], open >= known.first { head = open }
      known.heads[entry.stream] = head
      for index in sought.indices where found[index][serial - new.lowerBound] {
        guard entry.level >= sought[index].level else { continue }
        known.lastAt[index] = max(known.lastAt[index], entry.time)
        guard known.masks[head - known.first] & 1 << UInt16(index) == 0 else { continue }
        known.masks[head - known.first] |= 1 << UInt16(index)
        known.records[index] += 1
      }
    }
  }

  /// Which of these lines hold what a preset looks for.
  private func lines(
    _ serials: Range<Int>,
    of book: LogBook,
    holding index: Int,
    _ known: inout Known
  ) -> [Bool] {
    guard let pattern = sought[index].pattern else { return Array(repeating: true, count: serials.count) }
    var found = [Bool](repeating: false, count: serials.count)
    guard !known.failed.contains(index) else { return found }
    do throws(LinePattern.Failure) {
      var matcher = try pattern.matcher()
      for serial in serials {
        guard let entry = book.entry(serial) else { continue }
        found[serial - serials.lowerBound] = try book.holds(entry, &matcher)
      }
    } catch {
      known.failed.insert(index)
    }
    return found
  }
}

extension LogBook {
  /// Whether a line holds what is looked for.
  /// - Throws: it takes too long.
  func holds(_ entry: Entry, _ matcher: inout LinePattern.Matcher) throws(LinePattern.Failure) -> Bool {
    var result = Result<Bool, LinePattern.Failure>.success(false)
    withBytes(of: entry) { bytes in
      do throws(LinePattern.Failure) { result = .success(try matcher.holds(bytes)) } catch {
        result = .failure(error)
      }
    }
    return try result.get()
  }
}
