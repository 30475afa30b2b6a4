extension WallTime {
  /// Reads an ISO 8601 or RFC 3339 timestamp: `2026-11-23T17:21:47.279340904Z`,
  /// `2026-11-24 03:48:54.123+00`, `2026-11-24T03:48:54`.
  ///
  /// Docker, Kubernetes, Prometheus and the team's API write them with `T` and `Z` or an offset,
  /// Postgres with a space and a short offset. Without a zone it is taken as UTC, which is what the
  /// API's naive timestamps are. A leap second counts as the last second before it. Nil if the text is
  /// anything else, a date alone included.
  public init?(timestamp text: String) {
    var scanner = TimestampScanner(text)
    guard let time = scanner.read() else { return nil }
    self = time
  }

  /// Reads a timestamp that tells its zone: without one nobody knows by how many hours it is off.
  public init?(zonedTimestamp text: String) {
    let time = text.split(whereSeparator: { "Tt ".contains($0) }).dropFirst().joined()
    guard time.contains(where: { "Zz+-".contains($0) }) else { return nil }
    self.init(timestamp: text)
  }

  /// Reads the `Date` of an HTTP reply (RFC 9110, section 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`.
  ///
  /// The older forms, which no server sends any more, are nil.
  public init?(httpDate text: String) {
    let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    let words = text.utf8.count <= 40 ? text.split(separator: " ") : []
    guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(where: { $0 == words[2] }) else {
      return nil
    }
    let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
    self.init(timestamp: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
  }
}

/// Reads fixed-width digits and separators from the front of a timestamp.
private struct TimestampScanner {
  private var rest: ArraySlice<UInt8>

  init(_ text: String) {
    // No valid timestamp is longer; the cap keeps hostile ones from costing anything.
    rest = Array(text.utf8.prefix(65))[...]
  }

  mutating func read() -> WallTime? {
    guard rest.count <= 64, let year = digits(4), take("-"), let month = digits(2), take("-"),
      let day = digits(2), take("T") || take("t") || take(" "),
      let hour = digits(2), take(":"), let minute = digits(2)
    else { return nil }
    var second = 0
    var fraction = 0.0
    if take(":") {
      guard let seconds = digits(2) else { return nil }
      second = seconds
      if take(".") || take(",") {
        guard let read = self.fraction() else { return nil }
        fraction = read
      }
    }
    guard let offset = offset(), rest.isEmpty, (1...12).contains(month), day >= 1,
      day <= CivilTime.days(inMonth: month, of: year), hour < 24, minute < 60, second <= 60
    else { return nil }
    let days = CivilTime.dayNumber(year: year, month: month, day: day)
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + min(second, 59) - offset
    return WallTime(secondsSince1970: Double(seconds) + fraction)
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard rest.first == UInt8(ascii: character) else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func digits(_ count: Int) -> Int? {
    let run = rest.prefix(count)
    guard run.count == count, run.allSatisfy(Lexer.isDigit) else { return nil }
    rest.removeFirst(count)
    return run.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
  }

  private mutating func fraction() -> Double? {
    let run = rest.prefix(while: Lexer.isDigit)
    guard !run.isEmpty else { return nil }
    rest.removeFirst(run.count)
    return Double("0." + String(decoding: run, as: UTF8.self))
  }

  /// Seconds east of UTC: `Z`, `+05:30`, `+0530`, `+05`, `-00:00`, or nothing.
  private mutating func offset() -> Int? {
    if rest.isEmpty || take("Z") || take("z") { return 0 }
    let sign: Int
    if take("+") {
      sign = 1
    } else if take("-") {
      sign = -1
    } else {
      return nil
    }
    guard let hours = digits(2), hours < 24 else { return nil }
    if rest.isEmpty { return sign * hours * 3_600 }
    _ = take(":")
    guard let minutes = digits(2), minutes < 60 else { return nil }
    return sign * (hours * 3_600 + minutes * 60)
  }
}
