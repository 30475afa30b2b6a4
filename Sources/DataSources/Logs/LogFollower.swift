public import Facts

/// Reads the logs of all services on while somebody looks at them.
@LoopActor public final class LogFollower {
  /// How the log of one service fares.
  public struct Standing: Sendable, Hashable {
    /// The service's name.
    public var service: String
    /// Which of its instances, as it is shown.
    public var instance: String
    /// Why it can't be read now; nil while it can.
    public var failure: SourceFailure?
    /// What of it was not told since somebody looks, the last of it; what can't be read now is among it while that is so.
    public var gaps: [LogGap]
    /// How many gaps there were in all.
    public var gapCount = 0
    /// When it was read last; nil: never yet.
    public var readAt: MonotonicTime?
  }

  /// What a service has written since a mark, at most about so many lines.
  public typealias Reader =
    @LoopActor (ServiceReading, LogMark?, _ most: Int) async throws(SourceFailure) -> LogStretch

  /// So many services are asked at a time: one that doesn't answer keeps no other from being read.
  private static let askedAtOnce = 8
  /// The lines of each service that are read at first.
  private static let usual = 5_000
  /// The most of one service that are read on at once.
  private static let most = 20_000
  private static let mostGaps = 3
  private static let mostMarks = 20_000
  /// How often it is looked whether the first answers are there.
  private static let first = Duration.milliseconds(50)

  private let reader: Reader
  private let interval: Duration
  private let services: @LoopActor () -> [ServiceReading]
  private let tell: @LoopActor (LogsSnapshot) -> Void
  private let archive = LogArchive()
  /// How far each log was read, by the id of what writes it: a restart begins no new one.
  private var marks: [String: LogMark] = [:]
  private var standings: [String: Standing] = [:]
  /// The services that are being asked now, by instance, and those whose turn comes.
  private var asking: Set<String> = []
  private var due: [ServiceReading] = []
  /// What was read and isn't kept yet, and who waits for that: lines are taken in by one at a time.
  private var arrived: [LogBatch] = []
  private var isStoring = false
  private var waiting: [CheckedContinuation<Void, Never>] = []
  private var matcher: LogMatcher?
  private let presets: LogPresetCounter?
  /// Whether lines are being looked through, and whether that is to be done once more.
  private var isAnswering = false
  private var mustAnswer = false
  private var isRunning = false
  private var version = 0
  /// Whether every service was asked once.
  private var hasAskedAll = false
  /// Another number whenever another query is asked for: an answer to a former one is nobody's.
  private var question = 0

  /// Follows the services that `services` tells, whichever those are then; `tell` gets what there is after each round.
  public convenience init(
    _ runtime: any Runtime,
    countsPresets: Bool = true,
    services: @escaping @LoopActor () -> [ServiceReading],
    tell: @escaping @LoopActor (LogsSnapshot) -> Void
  ) {
    self.init(every: runtime.logInterval, countsPresets: countsPresets, services: services, tell: tell) {
      service,
      mark,
      most throws(SourceFailure) in
      try await runtime.logs(of: service, after: mark, most: most)
    }
  }

  /// The same by what `reader` reads.
  init(
    every interval: Duration,
    countsPresets: Bool = true,
    services: @escaping @LoopActor () -> [ServiceReading],
    tell: @escaping @LoopActor (LogsSnapshot) -> Void,
    reader: @escaping Reader
  ) {
    self.reader = reader
    presets = countsPresets ? LogPresetCounter() : nil
    self.interval = interval
    self.services = services
    self.tell = tell
  }

  /// Somebody looks for these lines now; nil: nobody looks any more, and nothing is asked.
  public func look(for query: LogQuery?) {
    question += 1
    guard let query else {
      matcher = nil
      due = []
      return
    }
    if matcher?.query != query { matcher = try? LogMatcher(query) }
    LoopActor.task { await self.answer() }
    guard !isRunning else { return }
    isRunning = true
    LoopActor.task { await self.follow() }
  }

  private func follow() async {
    defer { isRunning = false }
    while matcher != nil {
      ask()
      await waitForTheFirst()
      await answer()
      await LoopActor.sleep(for: interval)
    }
  }

  /// Until every service has been asked once, but no longer than till the next round.
  private func waitForTheFirst() async {
    var waited = Duration.zero
    while !hasAskedAll, waited < interval {
      await LoopActor.sleep(for: Self.first)
      waited += Self.first
      let told = Set(standings.keys)
      let services = services()
      hasAskedAll = !services.isEmpty && services.allSatisfy { told.contains($0.instance) }
    }
  }

  /// Tells what is there by now to whom it was asked by.
  private func answer() async {
    // One at a time: whoever types asks for more than can be looked through.
    mustAnswer = true
    guard !isAnswering else { return }
    isAnswering = true
    defer { isAnswering = false }
    while mustAnswer {
      mustAnswer = false
      await answerOnce()
    }
  }

  private func answerOnce() async {
    guard let matcher else { return }
    let (asked, kept, presets) = (question, archive, presets)
    let (archive, selection, counts) = await LoopActor.onThreadPool {
      let archive = kept.asItIs()
      return (archive, matcher.selection(of: archive), presets?.counts(of: archive) ?? [])
    }
    guard asked == question else { return }
    version += 1
    tell(
      LogsSnapshot(
        archive: archive,
        version: version,
        selection: selection,
        presets: counts,
        standings: standings.values.sorted { $0.instance < $1.instance },
        hasAskedAll: hasAskedAll,
        interval: interval
      )
    )
  }

  /// Asks those that are not being asked, so many at a time.
  private func ask() {
    let services = services()
    let instances = Set(services.map(\.instance))
    // One that is missing for a moment goes on where it was.
    if marks.count > Self.mostMarks {
      let ids = Set(services.map(\.identity.id))
      marks = marks.filter { ids.contains($0.key) }
    }
    standings = standings.filter { instances.contains($0.key) }
    let waiting = Set(due.map(\.instance))
    due += services.filter { !asking.contains($0.instance) && !waiting.contains($0.instance) }
    askNext()
  }

  private func askNext() {
    while asking.count < Self.askedAtOnce, !due.isEmpty {
      let service = due.removeFirst()
      asking.insert(service.instance)
      LoopActor.task {
        await self.read(service)
        self.asking.remove(service.instance)
        self.askNext()
      }
    }
  }

  private func read(_ service: ServiceReading) async {
    let mark = marks[service.identity.id]
    var standing =
      standings[service.instance]
      ?? Standing(service: service.name, instance: service.instance, failure: nil, gaps: [])
    do throws(SourceFailure) {
      let stretch = try await reader(service, mark, mark == nil ? Self.usual : Self.most)
      let now = LoopActor.now()
      marks[service.identity.id] = stretch.mark
      let id = LogStreamID(service: service.name, instance: service.instance)
      let isPart = stretch.hasOlder || stretch.gaps.contains { $0.reason == .cut }
      await store(LogBatch(lines: stretch.lines, service: id, readAt: now.wall, isPart: isPart))
      (standing.failure, standing.readAt) = (nil, now.monotonic)
      standing.gapCount += stretch.gaps.count
      standing.gaps = Array((standing.gaps.filter { !$0.isUnread } + stretch.gaps).suffix(Self.mostGaps))
    } catch {
      standing.failure = error
    }
    standings[service.instance] = standing
  }

  /// Takes lines in on the thread pool, those that came meanwhile together; it ends when they are kept: a service that
  /// writes faster than that is read on later.
  private func store(_ batch: LogBatch) async {
    guard !batch.lines.isEmpty else { return }
    arrived.append(batch)
    guard !isStoring else { return await withCheckedContinuation { waiting.append($0) } }
    isStoring = true
    while !arrived.isEmpty {
      let (batches, kept, archive) = (arrived, waiting, archive)
      (arrived, waiting) = ([], [])
      await LoopActor.onThreadPool { archive.append(batches) }
      for continuation in kept { continuation.resume() }
    }
    isStoring = false
  }
}

/// The lines of logs that somebody looks at, by then.
public struct LogsSnapshot: Sendable {
  /// What is kept.
  public let archive: LogArchive
  /// Another number whenever something is told.
  public let version: Int
  /// The lines that are wanted.
  public let selection: LogSelection
  /// How often what the runbook greps for is among the lines, whatever is looked for now; empty where nobody counts it.
  public let presets: [LogPreset.Count]
  /// How each service's log fares, by instance.
  public let standings: [LogFollower.Standing]
  /// Whether every service that there was at first has answered, or could not.
  public let hasAskedAll: Bool
  /// How often each log is read on.
  public let interval: Duration

  /// How long ago the log was read that was not read for longest, of those that can be; nil while all are on time.
  ///
  /// A log takes its time to be read: later than twice and 2 s behind, it is late.
  public func lag(at now: MonotonicTime) -> Duration? {
    let oldest = standings.lazy.filter { $0.failure == nil }.compactMap(\.readAt).min()
    return oldest.map { now - $0 }.flatMap { $0 > interval * 2 + .seconds(2) ? $0 : nil }
  }

  /// Makes one.
  public init(
    archive: LogArchive,
    version: Int,
    selection: LogSelection,
    presets: [LogPreset.Count] = [],
    standings: [LogFollower.Standing],
    hasAskedAll: Bool = true,
    interval: Duration = .seconds(1)
  ) {
    (self.archive, self.version, self.presets) = (archive, version, presets)
    (self.selection, self.standings, self.hasAskedAll) = (selection, standings, hasAskedAll)
    self.interval = interval
  }
}
