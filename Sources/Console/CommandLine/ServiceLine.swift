import DataSources
import Facts
import Operations

/// One service in one line of text.
enum ServiceLine {
  /// `running, healthy, 4/4, up 2h`: what it was before an act.
  static func short(_ status: ServiceStatus, at now: Moment) -> String {
    var parts = [status.word]
    if !status.detail.isEmpty { parts.append(status.detail) }
    if !status.probes.isEmpty { parts.append("\(status.passed)/\(status.probes.count)") }
    if let uptime = uptime(status, at: now) { parts.append("up \(uptime)") }
    return parts.joined(separator: ", ")
  }

  /// How long it runs; nil if that isn't known.
  static func uptime(_ status: ServiceStatus, at now: Moment) -> String? {
    guard let startedAt = status.reading?.startedAt else { return nil }
    let seconds = max(0, now.wall.secondsSince1970 - startedAt.secondsSince1970)
    return Format.uptime(.seconds(seconds))
  }
}
