internal import DataSources
public import Facts

/// What happened: the audit log's entries and what the console has seen itself, merged by time.
///
/// A pure value, advanced after every report. What is bad when it is first seen is told as such: consoles are
/// opened after the page.
public struct Timeline: Sendable {
  /// The id of the source under which the timeline is told.
  public static let source = "timeline"

  private let author: AuditAuthor
  private let limit: Int
  private var seen: [TimelineEntry] = []
  private var serviceStates: [String: FactState] = [:]
  private var failingSources: [String: String] = [:]
  private var leftOpen: [TimelineEntry] = []

  /// A timeline of at most `limit` lines; `author` is who counts as `you`.
  public init(author: AuditAuthor, limit: Int = 300) {
    self.author = author
    self.limit = limit
  }

  /// Tells of the acts that consoles before left open.
  public mutating func take(leftOpen acts: [AuditEntry]) {
    leftOpen = acts.map(line)
  }

  /// Adds what the alert engine has noticed.
  public mutating func take(_ events: [AlertEngine.Event]) {
    for event in events {
      guard let (state, word) = Self.told(event) else { continue }
      add(
        TimelineEntry(
          time: event.at.wall,
          kind: .alert,
          state: state,
          text: "alert \(event.name) \(word)",
          subject: event.name.string
        )
      )
    }
  }

  /// Adds a line of the console's own.
  public mutating func note(_ text: SafeText, at time: WallTime, who: SafeText = "you") {
    add(TimelineEntry(time: time, kind: .note, state: .ok, glyph: "▸", who: who, text: text))
  }

  /// Compares services and sources with last time and merges the audit trail.
  public mutating func advance(_ world: World, now: Moment) -> TimelineSnapshot {
    noticeServices(world, now)
    noticeSources(world, now)
    let acts = (world.snapshot(AuditTrail.self)?.value.entries ?? []).map(line)
    let failure = world.status(of: AuditSource.id)?.failure
    // Equal times keep their order: later lines are newer.
    let merged = (acts + seen).enumerated().sorted { left, right in
      (left.element.time, left.offset) > (right.element.time, right.offset)
    }
    return TimelineSnapshot(
      entries: Array(merged.map(\.element).prefix(limit)),
      leftOpen: leftOpen,
      failure: failure.map { SafeText("\($0.address): \($0.detail)") }
    )
  }

  private mutating func add(_ entry: TimelineEntry) {
    seen.append(entry)
    if seen.count > limit { seen.removeFirst(seen.count - limit) }
  }

  private mutating func noticeServices(_ world: World, _ now: Moment) {
    guard let statuses = world.snapshot(ServiceStatuses.self)?.value else { return }
    for status in statuses.services {
      // Until something is known of it there is nothing that could change.
      if status.state == .nodata, serviceStates[status.name] == nil { continue }
      let before = serviceStates.updateValue(status.state, forKey: status.name)
      guard before != status.state, before != nil || status.state.severity > 0 else { continue }
      let because = status.because.map { ", because \($0)" } ?? ""
      let already = before == nil ? ", when first seen" : ""
      add(
        TimelineEntry(
          time: now.wall,
          kind: .service,
          state: status.state,
          text: SafeText("\(status.name) \(status.state.word): \(status.word)\(because)\(already)"),
          subject: status.service
        )
      )
    }
  }

  private mutating func noticeSources(_ world: World, _ now: Moment) {
    for (id, status) in world.facts.sources.sorted(by: { $0.key < $1.key }) where !status.isStarting {
      let before = failingSources[id]
      failingSources[id] = status.failure?.word
      switch (before, status.failure) {
      case (nil, let failure?):
        let time = status.failingSince?.wall ?? now.wall
        let text = SafeText("source \(id) \(failure.word)")
        add(TimelineEntry(time: time, kind: .source, state: .error, text: text, subject: id))
      case (.some, nil):
        let text = SafeText("source \(id) answers again")
        add(TimelineEntry(time: now.wall, kind: .source, state: .ok, text: text, subject: id))
      case (nil, nil), (.some, .some): break
      }
    }
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

  private func line(_ entry: AuditEntry) -> TimelineEntry {
    let record = entry.record
    let verb = ActionRegistry.descriptor(of: ActionID(record.action))?.title ?? record.action
    let what = record.action == ActionID.quickTest.name ? verb : "\(verb) \(record.target)"
    let isOwn = entry.author.person == author.person
    let isHere = entry.author.host == author.host
    let who = isOwn ? "you" : entry.author.person + (isHere ? "" : "@\(entry.author.host)")
    let (state, glyph, text) = Self.told(record, what)
    var entry = TimelineEntry(
      time: record.time,
      kind: .act,
      state: state,
      glyph: glyph,
      who: SafeText(who),
      text: SafeText(text),
      subject: record.target
    )
    entry.isRefused = record.event == .refused
    return entry
  }

  private static func told(_ record: AuditRecord, _ what: String) -> (FactState, String, String) {
    switch record.event {
    case .begin: return (.ok, "▸", "\(what) (class \(record.danger))")
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
