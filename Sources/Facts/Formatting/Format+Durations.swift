extension Format {
  /// How long something took to answer: `0.4 ms`, `12 ms`, `1.3 s`, `42 s`, `2m5s`.
  public static func latency(_ duration: Duration) -> String {
    interval(seconds: duration.seconds)
  }

  /// A time in seconds as a measure: `0.4 ms`, `12 ms`, `1.3 s`, `42 s`, then as ``duration(_:)``.
  public static func interval(seconds: Double) -> String {
    guard seconds.isFinite, seconds.magnitude < 1e12 else { return extreme(seconds) }
    guard seconds >= 0 else { return "-" + interval(seconds: -seconds) }
    // The limits are where rounding would reach the next form: 999.6 ms is `1 s`, not `1000 ms`.
    let milliseconds = seconds * 1_000
    switch seconds {
    case 0: return "0 s"
    case ..<0.00005: return "<0.1 ms"
    case ..<0.00095: return (trimmed(milliseconds, decimals: 1) ?? absent) + " ms"
    case ..<0.9995: return (trimmed(milliseconds, decimals: 0) ?? absent) + " ms"
    case ..<9.95: return (trimmed(seconds, decimals: 1) ?? absent) + " s"
    case ..<59.5: return (trimmed(seconds, decimals: 0) ?? absent) + " s"
    default: return duration(.seconds(Int64(seconds.rounded())))
    }
  }

  /// How long something took, to tell a person: whole seconds, or tenths below ten: `4 s`, `3.2 s`.
  public static func seconds(_ duration: Duration) -> String {
    let tenths = Int((duration.seconds * 10).rounded())
    guard tenths < 100, tenths % 10 != 0 else { return "\((tenths + 5) / 10) s" }
    return "\(tenths / 10).\(tenths % 10) s"
  }

  /// A duration by its two largest units: `500ms`, `9m`, `4m10s`, `1h30m`, `3d2h`.
  ///
  /// Cut, not rounded, so that it never claims more than has passed; the expression language reads it back.
  public static func duration(_ duration: Duration) -> String {
    let parts = largest(duration)
    guard let first = parts.first else { return "\(sign(duration))\(milliseconds(duration))" }
    let rest = parts.dropFirst().first.map { $0.number > 0 ? "\($0.number)\($0.unit)" : "" } ?? ""
    return "\(sign(duration))\(first.number)\(first.unit)\(rest)"
  }

  /// A duration to the millisecond, as the expression language and the configuration read it back: `1d2h3m4s5ms`.
  ///
  /// What is below a millisecond is cut; nothing and less is `0s`.
  public static func exactDuration(_ duration: Duration) -> String {
    let units: [(name: String, milliseconds: Int64)] = [
      ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1),
    ]
    var rest = duration.milliseconds
    guard rest > 0 else { return "0s" }
    var text = ""
    for unit in units where rest >= unit.milliseconds {
      text += "\(rest / unit.milliseconds)\(unit.name)"
      rest %= unit.milliseconds
    }
    return text
  }

  /// How long something has been up: `45s`, `14m`, `2h 14m`, `3d`; days alone from the first on.
  public static func uptime(_ duration: Duration) -> String {
    let parts = largest(max(duration, .zero))
    guard let first = parts.first else { return "0s" }
    let head = "\(first.number)\(first.unit)"
    guard first.unit == "h", let rest = parts.dropFirst().first, rest.number > 0 else { return head }
    return "\(head) \(rest.number)\(rest.unit)"
  }

  /// The age of something told in a sentence, as in `STALE 34s`: `34s`, `4m10s`, `3d2h`.
  public static func age(_ duration: Duration) -> String {
    guard duration >= .seconds(1) else { return "0s" }
    return self.duration(duration)
  }

  /// A stopwatch: `0:14`, `2:00`, `1:02:03`.
  public static func clock(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
    guard hours > 0 else { return "\(minutes):\(padded(seconds % 60))" }
    return "\(hours):\(padded(minutes)):\(padded(seconds % 60))"
  }

  /// How far a timer has come: `0:14 of 2:00`; never more than the whole.
  public static func progress(_ elapsed: Duration, of whole: Duration) -> String {
    "\(clock(min(elapsed, whole))) of \(clock(whole))"
  }

  static func padded(_ number: Int64) -> String {
    number < 10 ? "0\(number)" : "\(number)"
  }

  /// Days and hours, hours and minutes, minutes and seconds, or seconds; empty below a second.
  private static func largest(_ duration: Duration) -> [(number: UInt64, unit: String)] {
    let seconds = duration.components.seconds.magnitude
    switch seconds {
    case 0: return []
    case ..<60: return [(seconds, "s")]
    case ..<3_600: return [(seconds / 60, "m"), (seconds % 60, "s")]
    case ..<86_400: return [(seconds / 3_600, "h"), (seconds / 60 % 60, "m")]
    default: return [(seconds / 86_400, "d"), (seconds / 3_600 % 24, "h")]
    }
  }

  private static func milliseconds(_ duration: Duration) -> String {
    let milliseconds = duration.nanoseconds.magnitude / 1_000_000
    return milliseconds == 0 ? "0s" : "\(milliseconds)ms"
  }

  private static func sign(_ duration: Duration) -> String {
    duration <= .milliseconds(-1) ? "-" : ""
  }
}
