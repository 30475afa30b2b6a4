/// The recent samples of one number, oldest first, in a ring of fixed capacity: what sparklines and
/// charts are drawn from.
///
/// A moment without a value is kept as a gap and shows as one, never as zero.
public struct HistoryRing: Sendable, Hashable {
  /// One sample.
  public struct Sample: Sendable, Hashable {
    /// When it was taken.
    public let time: MonotonicTime
    /// The value in the fact's unit; nil marks that there was none from then on.
    public let value: Double?

    /// Pairs a time and a value.
    public init(_ time: MonotonicTime, _ value: Double?) {
      self.time = time
      self.value = value
    }
  }

  /// What stands for the samples that share a bucket.
  public enum Reduction: Sendable, Hashable {
    /// The largest: for charts with threshold lines, so that no peak is smoothed away.
    case max
    /// The smallest.
    case min
    /// The arithmetic mean of the samples.
    case mean
    /// The newest.
    case last
  }

  /// How many samples are kept.
  public let capacity: Int

  private var storage: [Sample] = []
  /// Where the oldest sample stands once the storage is full.
  private var head = 0

  /// An empty ring for `capacity` samples, at least one.
  public init(capacity: Int) {
    precondition(capacity > 0, "a ring holds at least one sample")
    self.capacity = capacity
  }

  /// How many samples there are.
  public var count: Int { storage.count }

  /// Whether there are none.
  public var isEmpty: Bool { storage.isEmpty }

  /// Every sample, oldest first.
  public var samples: [Sample] {
    Array(storage[head...] + storage[..<head])
  }

  /// The newest sample, gap or not.
  public var newest: Sample? {
    storage.isEmpty ? nil : storage[(head + storage.count - 1) % storage.count]
  }

  /// Adds a sample; nil or NaN marks a gap.
  ///
  /// One that is not newer than the newest is left out, so a fact that was read again without a new
  /// sample adds nothing.
  /// - Returns: whether it was added.
  @discardableResult
  public mutating func append(_ value: Double?, at time: MonotonicTime) -> Bool {
    if let newest, newest.time >= time { return false }
    let sample = Sample(time, value.flatMap { $0.isNaN ? nil : $0 })
    if storage.count < capacity {
      storage.append(sample)
    } else {
      storage[head] = sample
      head = (head + 1) % capacity
    }
    return true
  }

  /// Forgets everything.
  public mutating func removeAll() {
    storage = []
    head = 0
  }

  /// The smallest and the largest value sampled from `start` on; nil if there is none.
  public func extent(from start: MonotonicTime) -> ClosedRange<Double>? {
    var extent: ClosedRange<Double>?
    for sample in storage where sample.time >= start {
      guard let value = sample.value else { continue }
      guard let known = extent else {
        extent = value...value
        continue
      }
      extent = Swift.min(known.lowerBound, value)...Swift.max(known.upperBound, value)
    }
    return extent
  }

  /// The window that ends at `end`, cut into `count` buckets of equal width, oldest first.
  ///
  /// A value holds until the next sample or gap, but at most for `hold`: so a source asked every ten
  /// seconds fills buckets of one second, and what was not sampled for longer stays nil. In a bucket
  /// with samples of its own only those count.
  /// - Parameters:
  ///   - count: how many buckets; none give an empty array.
  ///   - length: the length of the window; not above zero gives only nils.
  ///   - end: the end of the window.
  ///   - hold: how long a value stays good without a newer one; zero shows bare samples.
  ///   - reduction: what stands for the samples that share a bucket.
  /// - Returns: exactly `count` values; nil where there is a gap.
  public func buckets(
    _ count: Int,
    over length: Duration,
    endingAt end: MonotonicTime,
    holdingFor hold: Duration = .zero,
    reduction: Reduction = .max
  ) -> [Double?] {
    guard count > 0 else { return [] }
    let span = length.nanoseconds
    guard span > 0 else { return [Double?](repeating: nil, count: count) }
    let window = BucketWindow(
      start: end.nanoseconds - span,
      span: Double(span),
      count: count
    )
    var buckets = [Bucket](repeating: Bucket(), count: count)
    let ordered = samples
    for (index, sample) in ordered.enumerated() {
      guard let value = sample.value, sample.time <= end else { continue }
      let next = index + 1 < ordered.count ? ordered[index + 1].time : end
      let held = Swift.min(sample.time + hold, next, end)
      let own = window.index(of: sample.time)
      if own >= 0, own < count { buckets[own].add(value) }
      // A bucket is held through only if the value is still good when it begins.
      let last = Swift.min(window.lastBegun(by: held), count - 1)
      guard last > own else { continue }
      for index in Swift.max(own + 1, 0)..<(last + 1) { buckets[index].carry(value) }
    }
    return buckets.map { $0.value(by: reduction) }
  }
}

/// Which bucket a time falls into.
private struct BucketWindow {
  let start: Int64
  let span: Double
  let count: Int

  /// The bucket of a time that is not after the end; -1 before the window.
  ///
  /// The end itself belongs to the last bucket.
  func index(of time: MonotonicTime) -> Int {
    min(bucket(at: position(of: time).rounded(.down)), count - 1)
  }

  /// The last bucket that begins before a time.
  func lastBegun(by time: MonotonicTime) -> Int {
    bucket(at: position(of: time).rounded(.up) - 1)
  }

  private func position(of time: MonotonicTime) -> Double {
    (Double(time.nanoseconds) - Double(start)) / span * Double(count)
  }

  private func bucket(at position: Double) -> Int {
    Int(min(max(position, -1), Double(count)))
  }
}

/// What has fallen into one bucket so far.
private struct Bucket {
  private var largest: Double?
  private var smallest: Double?
  private var last: Double?
  private var sum = 0.0
  private var count = 0
  private var carried: Double?

  mutating func add(_ value: Double) {
    largest = largest.map { Swift.max($0, value) } ?? value
    smallest = smallest.map { Swift.min($0, value) } ?? value
    last = value
    sum += value
    count += 1
  }

  mutating func carry(_ value: Double) {
    carried = value
  }

  func value(by reduction: HistoryRing.Reduction) -> Double? {
    guard count > 0 else { return carried }
    switch reduction {
    case .max: return largest
    case .min: return smallest
    case .last: return last
    case .mean: return sum / Double(count)
    }
  }
}
