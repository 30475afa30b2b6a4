internal import Facts

/// What several polls tell of queues together: how old the oldest message is at least, what comes and goes over
/// a minute, and whether anybody works on what waits.
///
/// From the broker's counters alone, which lose nothing between two polls.
struct QueueTrends: Sendable {
  /// Whether the messages that wait are worked on.
  enum Work: Sendable, Hashable {
    /// There is nothing, or something was acknowledged not long ago, or nobody is there to do it.
    case goesOn
    /// Consumers hold all that there is, and acknowledged nothing for so long: a long task and a worker that hangs
    /// look alike.
    case held(Duration, Length)
    /// Messages wait, consumers are there, and nothing was acknowledged for so long.
    case stalled(Duration)
    /// Not known yet: nothing was acknowledged since the consumers or this console came.
    case unknown

    /// How long messages are held, by the limit after which a queue that waits is stalled.
    enum Length: Sendable, Hashable {
      case short
      /// Worth a word.
      case long
      /// Worth a warning.
      case tooLong
    }
  }

  /// What is known of one queue.
  struct Trend: Sendable {
    /// The least age of its oldest message; nil if nothing waits or that isn't known.
    var oldest: Duration?
    /// What comes and goes; nil before a second sample.
    var rates: QueuesSnapshot.Queue.Rates?
    /// Whether somebody works on it; nil where the broker doesn't tell what that takes.
    var work: Work?
  }

  private struct Sample: Sendable {
    let time: MonotonicTime
    let published: Int
    let acked: Int
    let depth: Int
  }

  /// One queue's samples, and since when nothing was acknowledged while there were messages.
  private struct Track: Sendable {
    var samples: [Sample] = []
    var idleSince: MonotonicTime?
    /// Whether these consumers were seen at work, or had nothing to do.
    var isProven = false
    /// Whether they acknowledged any of the messages that there are.
    var isAtWork = false
  }

  /// At 5 s a poll this reaches back an hour.
  private static let capacity = 720
  /// What rates are measured over.
  private static let window = Duration.seconds(60)

  /// Long tasks hold what there is, so that warns after as many times the limit.
  private static let patience = 10

  private let stalledAfter: Duration
  private var tracks: [String: Track] = [:]

  init(stalledAfter: Duration) {
    self.stalledAfter = stalledAfter
  }

  /// Takes in a snapshot polled at `now`; returns the trends by fact name segment.
  ///
  /// A queue of which the broker told no counters starts anew.
  mutating func update(with snapshot: QueuesSnapshot, at now: MonotonicTime) -> [String: Trend] {
    var trends: [String: Trend] = [:]
    var kept: [String: Track] = [:]
    for queue in snapshot.queues {
      // A count that can't be read, or is missing, must not look like one that stands still.
      guard let ready = queue.ready, let depth = queue.depth, let consumers = queue.consumers,
        queue.problem == nil
      else { continue }
      let segment = snapshot.segment(of: queue)
      var track = tracks[segment] ?? Track()
      let sample = Sample(time: now, published: queue.published ?? 0, acked: queue.acked ?? 0, depth: depth)
      let before = track.samples.last
      if let before, before.published > sample.published || before.acked > sample.acked { track = Track() }
      let hasAcked = track.samples.last.map { $0.acked < sample.acked } ?? ((queue.ackRate ?? 0) > 0)
      track.samples.append(sample)
      if track.samples.count > Self.capacity {
        track.samples.removeFirst(track.samples.count - Self.capacity)
      }
      var trend = Trend()
      trend.oldest = Self.oldest(track.samples, depth: depth, now)
      trend.rates = Self.rates(track.samples)
      let isEmpty = depth == 0
      trend.work = work(&track, (ready, isEmpty), consumers: consumers, hasAcked: hasAcked, queue.role, now)
      trends[segment] = trend
      kept[segment] = track
    }
    tracks = kept
    return trends
  }

  /// The least age of the oldest message, since Celery sets no timestamp (`head_message_timestamp` is null).
  ///
  /// If since some earlier sample at least as many messages were published as wait now, the oldest came after that
  /// sample; as long as fewer were, it is older.
  private static func oldest(_ samples: [Sample], depth: Int, _ now: MonotonicTime) -> Duration? {
    guard depth > 0, let published = samples.last?.published else { return nil }
    return samples.first { published - $0.published < depth }.map { now - $0.time }
  }

  private static func rates(_ samples: [Sample]) -> QueuesSnapshot.Queue.Rates? {
    guard let last = samples.last else { return nil }
    let start = samples.last { last.time - $0.time >= window } ?? samples.first
    guard let start, last.time > start.time else { return nil }
    let span = last.time - start.time
    return QueuesSnapshot.Queue.Rates(
      published: Double(last.published - start.published) / span.seconds,
      acked: Double(last.acked - start.acked) / span.seconds,
      span: span,
      shrunkBy: start.depth - last.depth,
      shrinkingLately: shrinking(samples)
    )
  }

  /// How many messages fewer there are each second, lately; 0 before there is a sample to compare with.
  private static func shrinking(_ samples: [Sample]) -> Double {
    guard let last = samples.last,
      let start = samples.last(where: { last.time - $0.time >= QueuesSnapshot.Queue.Rates.lately })
    else { return 0 }
    return Double(start.depth - last.depth) / (last.time - start.time).seconds
  }

  private func work(
    _ track: inout Track,
    _ messages: (ready: Int, isEmpty: Bool),
    consumers: Int,
    hasAcked: Bool,
    _ role: QueuesSnapshot.Queue.Role,
    _ now: MonotonicTime
  ) -> Work {
    guard role == .work, !messages.isEmpty, consumers > 0 else {
      // Who comes to a queue with messages has to show that it works; who waits for some does not.
      track.isProven = messages.isEmpty && consumers > 0
      track.isAtWork = false
      track.idleSince = nil
      return .goesOn
    }
    if hasAcked {
      track.isProven = true
      track.isAtWork = true
      track.idleSince = now
      return .goesOn
    }
    let since = track.idleSince ?? now
    track.idleSince = since
    let idle = now - since
    guard messages.ready > 0 else {
      return track.isAtWork && idle < stalledAfter ? .goesOn : .held(idle, length(of: idle))
    }
    if idle >= stalledAfter { return .stalled(idle) }
    return track.isProven ? .goesOn : .unknown
  }

  private func length(of idle: Duration) -> Work.Length {
    if idle < stalledAfter { return .short }
    return idle < stalledAfter * Self.patience ? .long : .tooLong
  }
}
