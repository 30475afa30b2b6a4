internal import Facts

/// Reads the time at the beginning of a log line, in any of the forms that the programs of ``LogLine`` write.
struct StampScanner {
  private let line: UnsafeRawBufferPointer
  /// How far it has read.
  private(set) var at: Int
  /// Whether it was a time as syslog writes it, behind which host and program stand.
  private(set) var isSyslog = false
  /// Whether it was a time with its zone.
  private(set) var isZoned = false

  init(_ line: UnsafeRawBufferPointer, _ start: Int) {
    self.line = line
    at = start
  }

  /// Takes a character.
  mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard at < line.count, line[at] == UInt8(ascii: scalar) else { return false }
    at += 1
    return true
  }

  /// Reads a time; its instant is nil where it has no year.
  mutating func read() -> (time: WallTime?, Bool)? {
    let start = at
    if let time = numeric() { return (time, true) }
    at = start
    if let time = compact() { return (time, true) }
    at = start
    if let time = dayFirst() { return (time, true) }
    at = start
    if let time = worded() { return (time, true) }
    at = start
    return nil
  }

  private mutating func digits(_ count: Int) -> Int? {
    guard at + count <= line.count else { return nil }
    var number = 0
    for offset in 0..<count {
      let byte = line[at + offset]
      guard (0x30...0x39).contains(byte) else { return nil }
      number = number * 10 + Int(byte - 0x30)
    }
    at += count
    return number
  }

  /// `2026-11-23 17:25:06,047`, `2026/11/23 17:25:06`, `17/06/09 20:10:40`, with a `T` or a zone.
  private mutating func numeric() -> WallTime? {
    var year: Int?
    let start = at
    year = digits(4)
    if year == nil || !(take("-") || take("/")) {
      at = start
      guard let short = digits(2), take("/") else { return nil }
      year = 2000 + short
    }
    guard let year, let month = digits(2), take("-") || take("/"), let day = digits(2), take(" ") || take("T")
    else { return nil }
    return clock(year, month, day)
  }

  private mutating func clock(_ year: Int, _ month: Int, _ day: Int) -> WallTime? {
    guard let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2) else {
      return nil
    }
    var fraction = 0.0
    if at + 1 < line.count, line[at] == UInt8(ascii: ".") || line[at] == UInt8(ascii: ","),
      (0x30...0x39).contains(line[at + 1])
    {
      at += 1
      var scale = 0.1
      while at < line.count, (0x30...0x39).contains(line[at]) {
        fraction += Double(line[at] - 0x30) * scale
        scale /= 10
        at += 1
      }
    }
    guard (1...12).contains(month), day >= 1, day <= CivilTime.days(inMonth: month, of: year), hour < 24,
      minute < 60, second <= 60
    else { return nil }
    let offset = zone()
    let days = CivilTime.dayNumber(year: year, month: month, day: day)
    return WallTime(
      secondsSince1970: Double(days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset)
        + fraction
    )
  }

  /// Seconds east of UTC; 0 where there is no zone.
  private mutating func zone() -> Int {
    if take("Z") {
      isZoned = true
      return 0
    }
    guard at < line.count, line[at] == UInt8(ascii: "+") || line[at] == UInt8(ascii: "-"),
      at + 1 < line.count,
      (0x30...0x39).contains(line[at + 1])
    else { return 0 }
    let start = at
    let sign = line[at] == UInt8(ascii: "+") ? 1 : -1
    at += 1
    guard let hours = digits(2) else {
      at = start
      return 0
    }
    let before = at
    if !take(":") { at = before }
    isZoned = true
    return sign * (hours * 3_600 + (digits(2) ?? 0) * 60)
  }

  /// `081109 203615` of HDFS.
  private mutating func compact() -> WallTime? {
    guard let year = digits(2), let month = digits(2), let day = digits(2), take(" "), let hour = digits(2),
      let minute = digits(2), let second = digits(2), take(" "), (1...12).contains(month),
      (1...31).contains(day),
      hour < 24, minute < 60, second < 61
    else { return nil }
    let days = CivilTime.dayNumber(year: 2000 + year, month: month, day: day)
    return WallTime(secondsSince1970: Double(days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59)))
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]
  private static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  private mutating func name(_ names: [String]) -> Int? {
    guard at + 4 <= line.count, line[at + 3] == 0x20 else { return nil }
    let found = names.firstIndex { $0.utf8.elementsEqual(line[at..<at + 3]) }
    if found != nil { at += 4 }
    return found
  }

  /// `28 Nov 2026 05:00:00.123` of Redis.
  private mutating func dayFirst() -> WallTime? {
    guard let day = digits(2) ?? digits(1), take(" "), let month = name(Self.months), let year = digits(4),
      take(" ")
    else { return nil }
    return clock(year, month + 1, day)
  }

  /// `Nov 23 17:25:06` of syslog, which has no year; `Sun Dec 04 04:47:44 2005` and the like of Apache.
  private mutating func worded() -> WallTime?? {
    let hasWeekday = name(Self.weekdays) != nil
    guard let month = name(Self.months) else { return nil }
    _ = take(" ")
    guard let day = digits(2) ?? digits(1), take(" ") else { return nil }
    guard let time = clock(2000, month + 1, day) else { return nil }
    guard hasWeekday else {
      isSyslog = true
      return .some(nil)
    }
    guard take(" "), let year = digits(4) else { return .some(nil) }
    let days = CivilTime.dayNumber(year: year, month: month + 1, day: day)
    let clock =
      time.secondsSince1970 - Double(CivilTime.dayNumber(year: 2000, month: month + 1, day: day) * 86_400)
    return WallTime(secondsSince1970: Double(days * 86_400) + clock)
  }
}
