public import Facts

/// The results that Celery keeps in Redis, read on a little with every poll.
///
/// The result of a task that has ended well is asked for once; one that failed is looked at again, since a task that is
/// delivered anew may succeed. Celery lets results expire (after a day by itself, after an hour in this stack): a failure that
/// was seen is told for as long as runs are.
@LoopActor public final class TaskResults {
  /// How the keys of results begin.
  nonisolated static let prefix = "celery-task-meta-"
  /// What is asked, as it may be shown.
  nonisolated static let query = "SCAN 0 MATCH \(prefix)*, GET"
  /// So many answers to SCAN, of about a thousand keys each, are taken in one poll.
  private static let steps = 20
  /// So many results are read in one poll.
  private static let readings = 2_000
  /// So many of them are on their way at once.
  private static let atOnce = 50
  /// So much longer than it has an answer may take: a late one costs the connection, and who asks for Redis' own state asks over it.
  private static let patience = Duration.milliseconds(1_500)
  /// Of so many failures at most something is kept, and of so many the traceback: a task that fails all the time must not fill
  /// the console.
  private static let mostFailures = 5_000
  private static let mostTracebacks = 200
  /// So often the newest failures are looked at again, so many of them.
  private static let lookAgainAfter = Duration.seconds(60)
  private static let mostAgain = 500
  /// A task's clock may be ahead by so much; what ends later than that tells no time.
  private nonisolated static let ahead = 300.0

  private let client: RedisClient
  private let keepsFor: Duration
  private let rest: Duration
  /// Of more results than this nothing more is taken in.
  private let mostResults: Int
  private var hasFailed = false
  /// One reading at a time: two would take the same steps.
  private var reading: Task<Result<TaskFailures, SourceFailure>, Never>?
  private var cursor = "0"
  /// The ids that this pass over the keys has met.
  private var met: Set<String> = []
  /// What is known of each result: all of them ended.
  private var known: Set<String> = []
  private var unread: [String] = []
  private var unreadable: Set<String> = []
  private var failed: [String: TaskFailure] = [:]
  private var hasPassed = false
  /// Whether there are more results than are taken in, and more failures than are kept.
  private var hasMore = false
  private var hasMoreFailures = false
  private var lookedAgainAt: MonotonicTime?
  /// What was told last, and when: who proves a restart asks Redis twice a second.
  private var last: (told: TaskFailures, at: MonotonicTime)?

  /// Reads nothing yet; `client` stays its owner's.
  ///
  /// Failures are forgotten when they are older than `keepsFor`; between two readings is a `rest`, and of
  /// more than `mostResults` results nobody is told that they are all.
  init(
    _ client: RedisClient,
    keepsFor: Duration = .seconds(86_400),
    rest: Duration = .seconds(4),
    mostResults: Int = 200_000
  ) {
    self.client = client
    self.mostResults = mostResults
    self.keepsFor = keepsFor
    self.rest = rest
  }

  /// The failures that are known, newest first, after a first reading.
  ///
  /// Who asks a database first would ask about none; a Redis that does not answer is waited for once, and shortly.
  func known(within patience: Duration = .milliseconds(500)) async -> [TaskFailure] {
    if last == nil, !hasFailed { _ = try? await read(until: LoopActor.now().monotonic + patience) }
    return failures
  }

  /// The failures that are known now, newest first.
  public var failures: [TaskFailure] {
    failed.values.sorted { Self.order($0) > Self.order($1) }
  }

  private static func order(_ failure: TaskFailure) -> (Double, String) {
    (failure.endedAt?.secondsSince1970 ?? 0, failure.id)
  }

  /// Reads on, until a moment at the most.
  /// - Throws: as ``RedisClient/send(_:deadline:)``.
  func read(until: MonotonicTime) async throws(SourceFailure) -> TaskFailures {
    if let last, LoopActor.now().monotonic - last.at < rest { return last.told }
    let task =
      reading
      ?? LoopActor.task { () -> Result<TaskFailures, SourceFailure> in
        defer { self.reading = nil }
        do throws(SourceFailure) {
          return .success(try await self.readOn(until: until))
        } catch {
          self.hasFailed = true
          return .failure(error)
        }
      }
    reading = task
    return try await task.value.get()
  }

  private func readOn(until: MonotonicTime) async throws(SourceFailure) -> TaskFailures {
    func left() -> Duration { until - LoopActor.now().monotonic }
    for _ in 0..<Self.steps where left() > .milliseconds(50) {
      try await scan(within: left() + Self.patience)
      if cursor == "0" { break }
    }
    var budget = Self.readings
    while !unread.isEmpty, budget > 0, left() > .milliseconds(50) {
      let ids = Array(unread.suffix(min(budget, Self.atOnce)))
      try await read(ids, within: left() + Self.patience)
      unread.removeLast(ids.count)
      budget -= ids.count
    }
    let now = LoopActor.now().wall
    forget(before: now)
    let told = TaskFailures(
      failures: Array(failures.prefix(TaskFailures.most)),
      lastHour: failed.values.count { failure in
        failure.endedAt.map { now.secondsSince1970 - $0.secondsSince1970 < 3_600 } ?? true
      },
      results: max(met.count, known.count + unreadable.count + unread.count),
      unreadable: unreadable.count,
      isWhole: hasPassed && !hasMore && !hasMoreFailures && unread.isEmpty
    )
    last = (told, LoopActor.now().monotonic)
    return told
  }

  /// Takes one step through the keys; SCAN tells each that is there all the while at least once.
  private func scan(within deadline: Duration) async throws(SourceFailure) {
    let reply = try await client.send(.scan(from: cursor, prefix: Self.prefix), deadline: deadline)
    guard case .list(let parts) = reply, parts.count == 2, let next = parts[0].text,
      case .list(let keys) = parts[1]
    else { throw SourceFailure(.unreadable, at: client.address, detail: "SCAN gave no cursor and keys") }
    for key in keys.compactMap(\.text) where key.hasPrefix(Self.prefix) {
      let id = String(key.dropFirst(Self.prefix.count))
      if met.insert(id).inserted, !known.contains(id), !unreadable.contains(id) { unread.append(id) }
    }
    let isFull = met.count >= mostResults
    cursor = isFull ? "0" : next
    guard cursor == "0" else { return }
    hasMore = isFull && next != "0"
    // What the whole pass has not met has expired; failures outlive that.
    known.formIntersection(met)
    unreadable.formIntersection(met)
    unread.removeAll { !met.contains($0) }
    let now = LoopActor.now().monotonic
    if lookedAgainAt.map({ now - $0 >= Self.lookAgainAfter }) ?? true {
      lookedAgainAt = now
      let waiting = Set(unread)
      unread += failures.prefix(Self.mostAgain).map(\.id).filter { met.contains($0) && !waiting.contains($0) }
    }
    met.removeAll(keepingCapacity: true)
    hasPassed = true
  }

  private func read(_ ids: [String], within deadline: Duration) async throws(SourceFailure) {
    let client = client
    let tasks = ids.map { id in
      LoopActor.task { () -> Result<RedisReply, SourceFailure> in
        do throws(SourceFailure) {
          return .success(try await client.send(.get(Self.prefix + id), deadline: deadline))
        } catch {
          return .failure(error)
        }
      }
    }
    var texts: [(id: String, text: String)] = []
    for (id, task) in zip(ids, tasks) {
      switch await task.value {
      case .success(let reply): texts.append((id, reply.text ?? ""))
      // A key of another type, say: the others can be read.
      case .failure(let failure) where failure.code == .rejected: unreadable.insert(id)
      case .failure(let failure): throw failure
      }
    }
    let (asked, latest) = (texts, LoopActor.now().wall.secondsSince1970 + Self.ahead)
    let readings = await LoopActor.onThreadPool { asked.map { ($0, Self.result($0.text, id: $0.id)) } }
    for ((id, text), reading) in readings {
      switch reading {
      case .failed(var failure):
        if let endedAt = failure.endedAt, endedAt.secondsSince1970 > latest { failure.endedAt = nil }
        failed[id] = failure
        known.insert(id)
      case .ended:
        failed[id] = nil
        known.insert(id)
      // One that is under way or waits to be tried again is met once more; one that has expired meanwhile has failed all the
      // same.
      case .open: if !text.isEmpty { (failed[id], _) = (nil, known.remove(id)) }
      case .unreadable: unreadable.insert(id)
      }
    }
  }

  /// What is too old goes, and of more than are kept the oldest.
  private func forget(before now: WallTime) {
    let oldest = now.secondsSince1970 - keepsFor.seconds
    failed = failed.filter { $1.endedAt.map { $0.secondsSince1970 >= oldest } ?? known.contains($0) }
    guard failed.count > Self.mostTracebacks else {
      hasMoreFailures = false
      return
    }
    let order = failures
    for failure in order.dropFirst(Self.mostTracebacks) { failed[failure.id]?.traceback = [] }
    let gone = order.dropFirst(Self.mostFailures)
    for failure in gone { failed[failure.id] = nil }
    // Whether what went was within the window is forgotten with it.
    if !gone.isEmpty { hasMoreFailures = true }
  }

  /// What a result says.
  enum Reading: Equatable {
    case failed(TaskFailure)
    case ended
    case open
    case unreadable
  }

  /// Reads one result: JSON as Celery's backends write it, of which only the first 64 KiB are here.
  nonisolated static func result(_ text: String, id: String) -> Reading {
    if text.isEmpty { return .open }
    guard let value = JSONValue(parsing: Array(text.utf8)), let status = value["status"]?.text else {
      return .unreadable
    }
    switch status {
    case "FAILURE": break
    case "SUCCESS", "REVOKED", "IGNORED", "REJECTED": return .ended
    default: return .open
    }
    return .failed(
      TaskFailure(
        id: id,
        name: value["name"]?.text.map { SafeText(told: $0, limit: 200) },
        worker: value["worker"]?.text.map { SafeText(told: $0, limit: 200) },
        exception: exception(value["result"]),
        traceback: (value["traceback"]?.text ?? "").split(whereSeparator: \.isNewline).suffix(100)
          .map { SafeText(told: String($0), limit: 500) },
        // A time without a zone is UTC, as Celery's own setting has it.
        endedAt: value["date_done"]?.text.flatMap { WallTime(timestamp: $0) },
        named: UUIDText.all(in: [value["args"], value["kwargs"]].compactMap { $0.map(words) })
      )
    )
  }

  /// `{"exc_type": "KeyError", "exc_message": ["a"], "exc_module": "builtins"}`, or what was put in its place.
  private nonisolated static func exception(_ result: JSONValue?) -> SafeText {
    guard let result, result != .null else { return "no exception was kept" }
    guard let type = result["exc_type"]?.text else { return SafeText(told: words(result), limit: 500) }
    let message = result["exc_message"].map { message in
      message.list.map { $0.map(words).joined(separator: ", ") } ?? words(message)
    }
    return SafeText(told: message.map { $0.isEmpty ? type : "\(type): \($0)" } ?? type, limit: 500)
  }

  /// All that a value says, without its form.
  private nonisolated static func words(_ value: JSONValue) -> String {
    switch value {
    case .null: ""
    case .flag(let flag): "\(flag)"
    case .number(let number): Format.number(number)
    case .text(let text): text
    case .list(let list): list.map(words).joined(separator: " ")
    case .object(let members):
      members.sorted { $0.key < $1.key }.map { "\($0) \(words($1))" }.joined(separator: " ")
    case .broken(let why): "(\(why))"
    }
  }
}
