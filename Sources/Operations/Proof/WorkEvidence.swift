internal import Facts

/// Whether work goes on, as the counter of what is done tells sample by sample.
///
/// A worker takes a handful of messages at its start (its prefetch) and may acknowledge each as it begins with it, so
/// that one which hangs in all of them has acknowledged some all the same. What hangs acknowledges no more: work is
/// proven where, with something left to do, the counter grew at two moments that lie further apart than what is taken
/// at a start can make them, and the last of them not long ago. Slow work takes as long to prove; what takes longer
/// than the proof may is not known to go on.
///
/// Whoever has nothing left again and again, and acknowledges in between, does what comes: jobs that are short leave now
/// none and now one, and only the latter would have to be proven over time.
struct WorkEvidence: Sendable, Hashable {
  /// The least time between two growths, and the most since the last one.
  private let span: Duration
  private var done: Double?
  private var first: MonotonicTime?
  private var last: MonotonicTime?
  /// When nothing was left last.
  private var drained: MonotonicTime?
  /// Whether that was so once more after it had grown since: what came was done to its end.
  private var hasDrainedAgain = false

  /// Of a counter that is gathered every `lag`: two gatherings apart is never the same burst.
  init(lag: Duration) {
    span = max(lag * 2, .seconds(2))
  }

  /// What a sample begun at `time` says, given what it says by itself; `done` and `left` are nil where unknown.
  mutating func judged(_ evidence: Evidence, done: Double?, left: Double?, at time: MonotonicTime) -> Evidence
  {
    if let done {
      if let before = self.done, done > before {
        first = first ?? time
        last = time
      } else if let before = self.done, done < before {
        (first, last, drained) = (nil, nil, nil)
        hasDrainedAgain = false
      }
      self.done = done
    }
    guard case .holds = evidence else { return evidence }
    guard done != nil, let left else { return .unclear("what is done isn't told") }
    if left == 0 {
      if let drained, let last, last > drained { hasDrainedAgain = true }
      drained = time
      return evidence
    }
    if hasDrainedAgain, let drained, let last, time - drained <= span, time - last <= span / 2 {
      return evidence
    }
    guard let first, let last else { return .waiting("nothing acknowledged yet") }
    if time - last > span { return .unclear("none acknowledged for \(Format.duration(time - last))") }
    guard last - first >= span else {
      return .waiting("acknowledged for \(Format.progress(last - first, of: span))")
    }
    return evidence
  }
}
