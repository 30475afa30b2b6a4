public import Facts

/// Polls the sources of one environment, each on its own schedule, and hands on what they say, once a turn of
/// the loop.
@LoopActor public final class SourceScheduler {
  private struct Entry {
    let source: any Source
    var schedule: PollSchedule
    /// Counts polls so that a poll given up as hung can't end a later one.
    var generation = 0
    var waiters: [CheckedContinuation<SourceReport, Never>] = []
    /// Waiters that came while a poll was under way: they want the next one.
    var laterWaiters: [CheckedContinuation<SourceReport, Never>] = []
  }

  /// The time beyond its own deadline after which a source that doesn't end a poll is reported hung.
  private static let grace: Duration = .seconds(1)

  /// A poll under way, and what gives it up as hung.
  private struct Poll {
    let task: Task<Void, Never>
    let timer: LoopTimer
  }

  private var entries: [String: Entry] = [:]
  private var polls: [String: Poll] = [:]
  private let timer = LoopTimer()
  private let deliver: @LoopActor ([SourceReport]) -> Void
  /// The reports of this turn, and who waits for each.
  private var ended: [(report: SourceReport, waiters: [CheckedContinuation<SourceReport, Never>])] = []
  private var isClosed = false

  /// Makes a scheduler that hands the reports of each turn of the loop to `deliver`, in the order of their ends.
  public init(deliver: @escaping @LoopActor ([SourceReport]) -> Void) {
    self.deliver = deliver
  }

  /// The sources, by id.
  public var sources: [String: any Source] { entries.mapValues(\.source) }

  /// Adds a source and polls it at once.
  public func add(_ source: any Source) {
    let now = LoopActor.now().monotonic
    entries[source.descriptor.id] = Entry(
      source: source,
      schedule: PollSchedule(interval: source.descriptor.interval, now: now)
    )
    arm()
  }

  /// Asks a source (or all) for a poll at once, past backoff.
  public func pollNow(_ id: String? = nil) {
    let now = LoopActor.now().monotonic
    for key in entries.keys where id == nil || key == id {
      entries[key]?.schedule.pollNow(now)
    }
    arm()
  }

  /// Waits `factor` times the configured intervals from now on.
  public func setPace(_ factor: Double) {
    for key in entries.keys { entries[key]?.schedule.pace = factor }
  }

  /// Polls a source now and returns the report of a poll that began after this call.
  ///
  /// Returns nil if there is no such source.
  public func freshReport(of id: String) async -> SourceReport? {
    guard !isClosed, let entry = entries[id] else { return nil }
    let isPolling = entry.schedule.isPolling
    return await withCheckedContinuation { continuation in
      if isPolling {
        entries[id]?.laterWaiters.append(continuation)
      } else {
        entries[id]?.waiters.append(continuation)
      }
      pollNow(id)
    }
  }

  /// Ends all polling and closes the sources.
  public func close() {
    isClosed = true
    timer.close()
    for poll in polls.values {
      poll.task.cancel()
      poll.timer.close()
    }
    polls = [:]
    let now = LoopActor.now()
    for (id, entry) in entries {
      entry.source.close()
      let report = SourceReport(
        source: id,
        startedAt: now,
        endedAt: now,
        result: .failure(SourceFailure(.cancelled, at: entry.source.descriptor.address))
      )
      for waiter in entry.waiters + entry.laterWaiters { waiter.resume(returning: report) }
    }
    entries = [:]
    handOn()
  }

  private func arm() {
    guard !isClosed, let next = entries.values.compactMap(\.schedule.due).min() else { return }
    timer.start(after: max(.zero, next - LoopActor.now().monotonic)) { self.startDuePolls() }
  }

  private func startDuePolls() {
    let now = LoopActor.now()
    for (id, entry) in entries {
      guard let due = entry.schedule.due, due <= now.monotonic else { continue }
      entries[id]?.schedule.begin()
      entries[id]?.generation += 1
      begin(id, entry.source, generation: entry.generation + 1, at: now)
    }
    arm()
  }

  private func begin(_ id: String, _ source: any Source, generation: Int, at start: Moment) {
    let task = LoopActor.task {
      let result: Result<SourceReading, SourceFailure>
      do throws(SourceFailure) {
        result = .success(try await source.poll())
      } catch {
        result = .failure(error)
      }
      self.end(id, generation: generation, startedAt: start, result)
    }
    let guardTimer = LoopTimer()
    polls[id] = Poll(task: task, timer: guardTimer)
    guardTimer.start(after: source.descriptor.deadline + Self.grace) {
      task.cancel()
      let failure = SourceFailure(
        .timedOut,
        at: source.descriptor.address,
        detail: "no answer to its own deadline"
      )
      self.end(id, generation: generation, startedAt: start, .failure(failure))
    }
  }

  private func end(
    _ id: String,
    generation: Int,
    startedAt start: Moment,
    _ result: Result<SourceReading, SourceFailure>
  ) {
    guard !isClosed, var entry = entries[id], entry.generation == generation,
      entry.schedule.isPolling
    else { return }
    polls.removeValue(forKey: id)?.timer.close()
    let now = LoopActor.now()
    var didSucceed = false
    if case .success = result { didSucceed = true }
    entry.schedule.end(startedAt: start.monotonic, now: now.monotonic, didSucceed: didSucceed)
    let waiters = entry.waiters
    entry.waiters = entry.laterWaiters
    entry.laterWaiters = []
    if !entry.waiters.isEmpty { entry.schedule.pollNow(now.monotonic) }
    entries[id] = entry
    let report = SourceReport(source: id, startedAt: start, endedAt: now, result: result)
    ended.append((report, waiters))
    if ended.count == 1 { LoopActor.task { [weak self] in self?.handOn() } }
    arm()
  }

  /// Hands on what this turn has brought; who waits for a report goes on when it is known.
  private func handOn() {
    let ended = ended
    self.ended = []
    if !isClosed { deliver(ended.map(\.report)) }
    for (report, waiters) in ended {
      for waiter in waiters { waiter.resume(returning: report) }
    }
  }
}
