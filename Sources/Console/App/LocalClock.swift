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
    guard time.secondsSince1970.magnitude < 1e11 else { return "--:--:--" }
    var seconds = time_t(time.secondsSince1970.rounded(.down))
    var parts = tm()
    localtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))"
  }
}
