internal import DataSources
public import Facts

/// What happened: the audit log's entries and what the console has seen itself, merged by time.
///
/// A pure value, advanced after every turn of the loop. What is bad when it is first seen is told as such:
/// consoles are opened after the page.
public struct Timeline: Sendable {
  /// Who tells it: the id under which the timeline stands beside what sources told.
  public static let source = "timeline"

  /// How a fact was when it was last looked at.
  private struct Standing: Sendable, Hashable {
    var state: FactState
    var reason: String
  }

  private let author: AuditAuthor
  private let limit: Int
  /// What the console has seen itself, the oldest first.
  private var seen: [TimelineEntry] = []
  /// How many lines the console has told so far: they are numbered.
  private var toldCount = 0
  /// The audit's lines, the oldest first, and the entries that they were made from.
  private var acts: [TimelineEntry] = []
  private var trail: [AuditEntry] = []
  /// Both, merged, the newest first; nil once there is something new.
  private var merged: [TimelineEntry]?
  private var serviceStates: [String: FactState] = [:]
  private var failingSources: [String: String] = [:]
  /// Probes that answered "no" when their sources answered again.
  private var refusing: Set<String> = []
  private var factStates: [FactName: Standing] = [:]
  /// The changes that the runtime told last.
  private var changes: Set<String> = []
  /// Until then nobody has been heard for as long as the console was stopped: that is no change of theirs.
  private var settlesAt: MonotonicTime?
  /// Alerts that are not seen since then, by name: told if they are not seen afterwards either.
  private var unseen: [SafeText: AlertEngine.Event] = [:]
  private var leftOpen: [TimelineEntry] = []
  /// How many entries of other consoles the line about them counts, and which line that is.
  private var unreadable: (count: Int, id: String)?

  /// A timeline of at most `limit` lines; `author` is who counts as `you`.
  public init(author: AuditAuthor, limit: Int = 300) {
    self.author = author
    self.limit = limit
  }

  /// Tells of the acts that consoles before left open.
  public mutating func take(leftOpen acts: [AuditEntry]) {
    leftOpen = acts.map { line($0, id: "open \($0.sequence)") }
  }

  /// Adds what the alert engine has noticed.
  public mutating func take(_ events: [AlertEngine.Event]) {
    for event in events {
      switch event.transition {
      case .notSeen where settlesAt != nil:
        unseen[event.name] = event
        continue
      case .seenAgain where unseen.removeValue(forKey: event.name) != nil: continue
      case .pending, .fired, .cancelled, .lost, .notSeen, .seenAgain, .resolved: unseen[event.name] = nil
      }
      guard let (state, word) = Self.told(event) else { continue }
      add(
        TimelineEntry(
          time: event.at.wall,
          at: event.at.monotonic,
          kind: .alert,
          state: state,
          text: "alert \(event.name) \(word)",
          subject: event.name.string
        )
      )
    }
  }

  /// Adds that the console itself was stopped, and for how long.
  mutating func takeStop(of duration: Duration, at now: Moment) {
    settlesAt = now.monotonic + Self.settling
    add(
      TimelineEntry(
        time: now.wall,
        at: now.monotonic,
        kind: .note,
        state: .stale,
        text: "the console was stopped for \(Format.duration(duration))"
      )
    )
  }

  /// So long sources are given to answer again after the console was stopped.
  private static let settling = Duration.seconds(15)

  /// Compares services, sources and facts of which there is news (nil: all) with last time, and merges the audit
  /// trail.
  public mutating func advance(
    _ world: World,
    now: Moment,
    news: Set<FactName>? = nil
  ) -> TimelineSnapshot {
    if let settlesAt, settlesAt <= now.monotonic {
      self.settlesAt = nil
      take(unseen.values.sorted { $0.name.string < $1.name.string })
    }
    noticeServices(world, now)
    noticeChanges(world, now)
    noticeSources(world, now)
    noticeFacts(world, now, news)
    let shared = world.snapshot(SharedTrail.self)?.value
    takeTrail(world.acts, now)
    noticeUnreadable(shared?.unreadable ?? 0, now)
    let failure = world.status(of: AuditSource.id)?.failure
    let entries = merged ?? merge()
    merged = entries
    return TimelineSnapshot(
      entries: entries,
      leftOpen: leftOpen,
      failure: failure.map { SafeText("\($0.address): \($0.detail)") }
        ?? shared?.failure.map { SafeText("acts of other hosts: Redis: \($0.word)") }
    )
  }

  private mutating func add(_ entry: TimelineEntry) {
    var entry = entry
    toldCount += 1
    entry.id = "seen \(toldCount)"
    // What began to fail before it was noticed has its place among what is known already.
    let place = seen.lastIndex { $0.time <= entry.time }.map { $0 + 1 } ?? 0
    seen.insert(entry, at: place)
    if seen.count > limit { seen.removeFirst(seen.count - limit) }
    merged = nil
  }

  /// Turns entries of the audit into lines; those that are lines already stay as they are.
  private mutating func takeTrail(_ entries: [AuditEntry], _ now: Moment) {
    guard entries != trail else { return }
    let known = Dictionary(zip(trail, acts), uniquingKeysWith: { first, _ in first })
    let lines = entries.map { entry in
      // What another host's console told has no number in this log.
      let id = entry.sequence > 0 ? "\(entry.sequence)" : entry.momentKey
      return known[entry] ?? line(entry, id: "act \(id)", now)
    }
    trail = entries
    acts = lines
    merged = nil
  }

  /// The newest lines first; of one moment the later line is the newer, and the console's own above the audit's.
  private func merge() -> [TimelineEntry] {
    // Clocks of several hosts: the audit's lines are in the order in which they were written.
    let acts = acts.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
    var left = acts.map(\.element)[...]
    var right = seen[...]
    var entries: [TimelineEntry] = []
    while entries.count < limit, let entry = Self.newer(left.last, right.last) {
      entries.append(entry)
      if entry.id == right.last?.id { right.removeLast() } else { left.removeLast() }
    }
    return entries
  }

  private static func newer(_ act: TimelineEntry?, _ own: TimelineEntry?) -> TimelineEntry? {
    guard let act, let own else { return act ?? own }
    return own.time >= act.time ? own : act
  }

  /// Tells in one line how many entries of other consoles can't be read: what they tell is missing here.
  private mutating func noticeUnreadable(_ count: Int, _ now: Moment) {
    guard count > unreadable?.count ?? 0 else { return }
    seen.removeAll { $0.id == unreadable?.id }
    let entries = count == 1 ? "1 entry" : "\(Format.count(Double(count))) entries"
    add(
      TimelineEntry(
        time: now.wall,
        at: now.monotonic,
        kind: .note,
        state: .warn,
        text: SafeText("\(entries) of other consoles could not be read")
      )
    )
    unreadable = (count, "seen \(toldCount)")
  }

  private mutating func noticeServices(_ world: World, _ now: Moment) {
    guard let statuses = world.snapshot(ServiceStatuses.self)?.value else { return }
    for status in statuses.services {
      // Until something is known of it there is nothing that could change.
      if status.state == .nodata, serviceStates[status.name] == nil { continue }
      if settlesAt != nil, !status.state.isKnown { continue }
      let before = serviceStates.updateValue(status.state, forKey: status.name)
      guard before != status.state, before != nil || status.state.severity > 0 else { continue }
      let because = status.because.map { ", because \($0)" } ?? ""
      let already = before == nil ? ", as found" : ""
      var entry = TimelineEntry(
        time: now.wall,
        at: now.monotonic,
        kind: .service,
        state: status.state,
        text: SafeText("\(status.name) \(status.state.word): \(status.word)\(because)\(already)"),
        subject: status.service
      )
      entry.isFirstSight = before == nil
      add(entry)
    }
  }

  /// Tells what the runtime has seen to happen: nobody here knows who did it.
  private mutating func noticeChanges(_ world: World, _ now: Moment) {
    guard let told = world.snapshot(RuntimeChanges.self)?.value.changes else { return }
    for change in told where !changes.contains(change.id) {
      add(
        TimelineEntry(
          time: change.time,
          at: Self.moment(change.time, seenAt: now),
          kind: .change,
          state: change.state,
          text: SafeText("seen: \(change.text)", limit: 300),
          subject: change.service
        )
      )
    }
    changes = Set(told.map(\.id))
  }

  private mutating func noticeSources(_ world: World, _ now: Moment) {
    for id in world.facts.sourceIDs {
      guard let status = world.status(of: id), !status.isStarting else { continue }
      let before = failingSources[id]
      failingSources[id] = status.failure?.word
      switch (before, status.failure) {
      case (nil, let failure?):
        let text = SafeText("\(FactWords.source(id)) can't be read: \(failure.word)")
        addSource(id, .error, text, since: status.failingSince ?? now)
      case (.some, nil): noticeAnswer(id, status.verdict, now)
      case (nil, nil), (.some, .some): break
      }
      if status.failure == nil, let verdict = status.verdict, verdict.state == .ok, refusing.remove(id) != nil
      {
        addSource(id, .ok, SafeText("\(FactWords.source(id)) OK: \(verdict.word)"), since: now)
      }
    }
  }

  /// A probe that answers "no" answers, but is not well: what it says is told.
  private mutating func noticeAnswer(_ id: String, _ verdict: SourceVerdict?, _ now: Moment) {
    guard let verdict, verdict.state != .ok else {
      return addSource(id, .ok, SafeText("\(FactWords.source(id)) answers again"), since: now)
    }
    refusing.insert(id)
    let text = SafeText("\(FactWords.source(id)) \(verdict.state.word): \(verdict.word)")
    addSource(id, verdict.state, text, since: now)
  }

  private mutating func addSource(_ id: String, _ state: FactState, _ text: SafeText, since: Moment) {
    add(
      TimelineEntry(
        time: since.wall,
        at: since.monotonic,
        kind: .source,
        state: state,
        text: text,
        subject: id
      )
    )
  }

  /// Tells what changed its state: a queue, runs, a provider.
  ///
  /// Services have lines of their own, and while a source fails its line tells of all that it told.
  private mutating func noticeFacts(_ world: World, _ now: Moment, _ news: Set<FactName>?) {
    for fact in world.facts.healthFacts(among: news, at: now.monotonic)
    where fact.origin.source != ServiceAssessor.source {
      let before = factStates[fact.name]
      if fact.state == .nodata, before == nil { continue }
      if world.status(of: fact.origin.source)?.failure != nil { continue }
      if settlesAt != nil, !fact.state.isKnown { continue }
      let standing = Standing(state: fact.state, reason: FactWords.reason(of: fact))
      factStates[fact.name] = standing
      guard before != standing, before != nil || fact.state.severity > 0 else { continue }
      let already = before == nil ? ", as found" : ""
      addFact(fact.name, fact.state, FactWords.told(fact) + already, isFirstSight: before == nil, world, now)
    }
    // A queue that is deleted while it is CRIT is no longer so, and nobody has mended it; nor has anybody a
    // provider that is not asked any more.
    guard news == nil else { return }
    let gone = factStates.filter { world.facts.fact($0.key, at: now.monotonic)?.kind != .health }
    for (name, standing) in gone.sorted(by: { $0.key < $1.key }) {
      factStates[name] = nil
      guard standing.state.severity > 0 else { continue }
      let fact = world.facts.fact(name, at: now.monotonic)
      addFact(name, .nodata, fact.map { "counts no more: \($0.word)" } ?? "is gone", world, now)
    }
  }

  private mutating func addFact(
    _ name: FactName,
    _ state: FactState,
    _ words: String,
    isFirstSight: Bool = false,
    _ world: World,
    _ now: Moment
  ) {
    let queues =
      name.qualifier.map { world.snapshot(QueuesSnapshot.self, of: $0) }
      ?? world.snapshot(QueuesSnapshot.self)
    let mainQueue = queues?.value.mainQueue
    let queue = mainQueue.map { queue in name.qualifier.map { "\($0):\(queue)" } ?? queue }
    var entry = TimelineEntry(
      time: now.wall,
      at: now.monotonic,
      kind: .fact,
      state: state,
      text: SafeText("\(FactWords.subject(of: name, mainQueue: mainQueue)) \(words)"),
      // What acts on a queue knows it by its name.
      subject: name.plain == "queue.depth" ? queue ?? name.subject : name.subject
    )
    entry.isFirstSight = isFirstSight
    add(entry)
  }

  private static func told(_ event: AlertEngine.Event) -> (FactState, SafeText)? {
    let bad: FactState =
      switch event.severity {
      case .info: .ok
      case .warning: .warn
      case .critical: .crit
      }
    return switch event.transition {
    case .fired: (bad, "firing")
    case .resolved: (.ok, "resolved")
    case .notSeen: (.stale, "firing, but not seen any more")
    case .seenAgain: (bad, "seen again")
    case .pending, .cancelled, .lost: nil
    }
  }

  private func line(_ entry: AuditEntry, id: String, _ now: Moment? = nil) -> TimelineEntry {
    let record = entry.record
    let action = ActionCatalog.standard.descriptor(of: ActionID(record.action))
    let verb = ActionCatalog.title(of: record.action)
    let what = action?.isOfEnvironment == true ? verb : "\(verb) \(record.target)"
    let isOwn = entry.author.person == author.person
    let isHere = entry.author.host == author.host
    let who = isOwn ? "you" : entry.author.person + (isHere ? "" : "@\(entry.author.host)")
    let (state, glyph, text) = Self.told(record, what)
    var entry = TimelineEntry(
      time: record.time,
      // An act is as old as its begin, however long its proof took.
      at: now.flatMap { Self.moment(record.time - (record.duration ?? .zero), seenAt: $0) },
      kind: record.event == .note ? .note : .act,
      state: state,
      glyph: glyph,
      who: SafeText(who),
      text: SafeText(text),
      subject: record.target
    )
    entry.id = id
    entry.isRefused = record.event == .refused
    return entry
  }

  /// When an act was, as the monotonic clock tells it from when it was first seen on.
  ///
  /// Nil for one of the future: the clock was set back since; a few seconds are what hosts' clocks differ by.
  private static func moment(_ time: WallTime, seenAt now: Moment) -> MonotonicTime? {
    let age = now.wall.secondsSince1970 - time.secondsSince1970
    return age < -5 ? nil : now.monotonic - .seconds(max(0, age))
  }

  private static func told(_ record: AuditRecord, _ what: String) -> (FactState, String, String) {
    switch record.event {
    case .begin: return (.ok, "▸", "\(what) (\(DangerClass(nearest: record.danger).word))")
    case .note: return (.ok, "·", record.reason)
    case .refused: return (.warn, "✗", "\(what): \(record.reason)")
    case .end:
      let outcome = Verdict.Outcome.allCases.first { $0.word == record.verdict } ?? .unknown
      let state: FactState =
        switch outcome {
        case .done: .ok
        case .doneUnproven: .warn
        case .failed: .crit
        case .unknown: .error
        }
      return (state, outcome.glyph, "\(what): \(outcome.word), \(record.reason)")
    }
  }
}
