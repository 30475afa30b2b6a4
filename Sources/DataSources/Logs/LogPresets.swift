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

/// Looks for all presets in what is kept, each line once.
///
/// It takes time: on the thread pool only.
struct LogPresetCounter: Sendable {
  private let matchers: [(preset: LogPreset, matcher: LogMatcher)]

  init() {
    matchers = LogPreset.allCases.compactMap { preset in
      guard let query = try? LogQuery(parsing: preset.query), let matcher = try? LogMatcher(query) else {
        return nil
      }
      return (preset, matcher)
    }
  }

  /// What was found by now.
  func counts(of archive: LogArchive) -> [LogPreset.Count] {
    matchers.map { preset, matcher in
      let selection = matcher.selection(of: archive)
      let last = selection.serials.last.flatMap { archive.lines([$0]).first?.time }
      let records = selection.minutes.reduce(0) { $0 + $1.records }
      var count = LogPreset.Count(preset: preset, records: records, lastAt: last)
      count.isUnknown = !selection.failure.isEmpty
      return count
    }
  }
}
