internal import DataSources
internal import Facts

/// The lives of services that somebody asked a console to end, as the audit log tells them.
///
/// An engine keeps no word of who stopped a container, and what is stopped may exit with 0 as what has done its work.
struct AskedStops: Sendable {
  /// What ends a life.
  static let actions: Set<String> = [
    StopService.descriptor.id.name, RestartService.descriptor.id.name,
  ]
  /// By how much the clocks of an engine and of a console may differ without a word.
  private static let clockTolerance = Duration.seconds(2)

  private struct Life: Hashable {
    var identity: String
    var incarnation: String
  }

  /// One act that would end a life.
  private struct Ask {
    var person: String
    var begunAt: WallTime
    /// When it was known to have failed; nil of one that did not, or of which that isn't known.
    var failedAt: WallTime?
  }

  private var asks: [Life: [String: Ask]] = [:]
  /// What was asked for before isn't known; nil if all is.
  private let knownSince: WallTime?

  /// Reads the log; nothing where it isn't known.
  init(_ trail: AuditTrail?) {
    knownSince = trail?.stopsSince
    for entry in trail?.stops ?? [] where Self.actions.contains(entry.record.action) {
      let record = entry.record
      // One that was refused was never sent.
      guard record.event != .refused, !record.identity.isEmpty, !record.incarnation.isEmpty else { continue }
      let life = Life(identity: record.identity, incarnation: record.incarnation)
      var ask = asks[life]?[record.act] ?? Ask(person: entry.author.person, begunAt: record.time)
      if record.event == .end {
        ask.begunAt = min(ask.begunAt, record.time - (record.duration ?? .zero))
        if record.verdict == Verdict.Outcome.failed.word { ask.failedAt = record.time }
      }
      asks[life, default: [:]][record.act] = ask
    }
  }

  /// Who asked for the end of the life that is over; nil if nobody is known to have.
  ///
  /// What had ended before was not stopped; nor was what lived on after the act had failed, though one that failed may
  /// have been heard all the same.
  func person(who reading: ServiceReading?) -> String? {
    guard let reading, let life = life(of: reading) else { return nil }
    let mine = asks[life].map { $0.values.sorted { $0.begunAt < $1.begunAt } } ?? []
    return mine.last { ask in
      guard let ended = reading.endedAt else { return true }
      let outlived = ask.failedAt.map { ended > $0 + Self.clockTolerance } ?? false
      return ended >= ask.begunAt - Self.clockTolerance && !outlived
    }?.person
  }

  /// Whether the life that is over ended before what is known of the log begins: somebody may have asked for it.
  func isBeforeAllThatIsKnown(_ reading: ServiceReading?) -> Bool {
    guard let knownSince, let reading, life(of: reading) != nil else { return false }
    return reading.endedAt.map { $0 < knownSince } ?? true
  }

  private func life(of reading: ServiceReading) -> Life? {
    guard reading.state.hasEnded, !reading.identity.incarnation.isEmpty else { return nil }
    return Life(identity: reading.identity.id, incarnation: reading.identity.incarnation)
  }
}
