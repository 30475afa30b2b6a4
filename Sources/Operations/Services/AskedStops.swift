internal import DataSources
internal import Facts

/// The lives of services that somebody asked a console to end, as the audit log tells them.
///
/// An engine keeps no word of who stopped a container, and what is stopped may exit with 0 as what has done its work.
struct AskedStops: Sendable {
  /// What ends a life.
  private static let actions: Set<String> = [
    StopService.descriptor.id.name, RestartService.descriptor.id.name,
  ]

  private struct Life: Hashable {
    var identity: String
    var incarnation: String
  }

  private var people: [Life: String] = [:]

  /// Reads the newest entries of the log; nothing where they aren't known.
  init(_ trail: AuditTrail?) {
    for entry in trail?.entries ?? [] where Self.actions.contains(entry.record.action) {
      let record = entry.record
      // One that was refused was never sent. One that failed may have been heard all the same.
      guard record.event != .refused, !record.identity.isEmpty, !record.incarnation.isEmpty else { continue }
      people[Life(identity: record.identity, incarnation: record.incarnation)] = entry.author.person
    }
  }

  /// Who asked for the end of the life that is over; nil if nobody is known to have.
  func person(who reading: ServiceReading?) -> String? {
    guard let reading, reading.state.hasEnded, !reading.identity.incarnation.isEmpty else { return nil }
    return people[Life(identity: reading.identity.id, incarnation: reading.identity.incarnation)]
  }
}
