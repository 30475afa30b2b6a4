import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Wall time in the zone of the machine: the one place that knows zones.
///
/// FoundationEssentials' TimeZone knows no zone names; the C library reads TZ and /etc/localtime.
enum LocalClock {
  /// The time of day as `HH:MM:SS`; dashes for a time that no calendar has, such as PostgreSQL's infinity.
  @Sendable static func text(_ time: WallTime) -> String {
    guard let parts = parts(of: time) else { return "--:--:--" }
    return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }

  /// The day as `YYYY-MM-DD`; dashes for a time that no calendar has.
  @Sendable static func day(_ time: WallTime) -> String {
    guard let parts = parts(of: time) else { return "----------" }
    return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
  }

  private static func parts(of time: WallTime) -> tm? {
    guard time.secondsSince1970.magnitude < 1e11 else { return nil }
    var seconds = time_t(time.secondsSince1970.rounded(.down))
    var parts = tm()
    localtime_r(&seconds, &parts)
    return parts
  }

  private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
