internal import DataSources
internal import Facts

/// The line above the rows of a log.
struct LogHead {
  let logs: LogsSnapshot
  let isFollowing: Bool
  let width: Int
  let context: PanelContext

  /// So many minutes are told.
  private static let minutes = 30

  func draw(into buffer: inout CellBuffer, row: Rect) {
    let line = row.inset(left: 2)
    let used = buffer.put(text, at: line.origin, maxWidth: width)
    let strip = strip
    guard line.width - used >= strip.widthInColumns + 2 else { return }
    buffer.put(strip, alignedRightIn: line)
  }

  private var text: StyledText {
    let counts = logs.archive.counts
    let selection = logs.selection
    let isNarrowed = selection.query != LogQuery()
    var text = StyledText("\(Format.count(selection.serials.count)) lines", .strong)
    if isNarrowed { text.append(" of \(SafeText(Format.count(counts.kept)))", .muted) }
    let errors = selection.errors.count
    if errors > 0 {
      text.append("  \(SafeText(Format.count(errors))) \(errors == 1 ? "error" : "errors")", .state(.crit))
    }
    for (term, hits) in zip(selection.query.terms, selection.hits) {
      text.append("  \(term.excludes ? "-" : "")\(SafeText(term.text, limit: 40)) ", .muted)
      text.append(SafeText(Format.count(hits)), hits == 0 ? .state(.warn) : .text)
    }
    if let since = selection.wholeSince { text.append("  whole since \(context.time(since))", .muted) }
    if counts.dropped > 0 { text.append("  \(SafeText(Format.count(counts.dropped))) dropped", .muted) }
    if let lag = logs.lag(at: context.now.monotonic) {
      text.append("  lag \(SafeText(Format.age(lag)))", .state(.stale))
    }
    text.append(isFollowing ? "  following" : "  G follows", .muted)
    let failed = logs.standings.count { $0.failure != nil }
    let cut = logs.standings.count { !$0.gaps.isEmpty }
    if failed > 0 { text.append("  \(failed) can't be read", .state(.error)) }
    if cut > 0 { text.append("  lines of \(cut) are missing", .state(.warn)) }
    return text
  }

  /// The errors of the last minutes, `errors/min ▁▃▇`.
  private var strip: StyledText {
    guard let last = logs.selection.minutes.last?.minute else { return StyledText() }
    var values = [Double?](repeating: nil, count: Self.minutes)
    for minute in logs.selection.minutes where minute.minute > last - Self.minutes {
      values[Self.minutes - 1 - (last - minute.minute)] = minute.errors == 0 ? nil : Double(minute.errors)
    }
    guard values.contains(where: { $0 != nil }) else { return StyledText() }
    return StyledText("errors/min ", .muted)
      + Sparkline(values, style: .state(.crit)).text(width: Self.minutes)
  }
}

/// One line of a log as a row.
struct LogRow {
  private let line: LogArchive.Line
  private let context: PanelContext

  init(_ line: LogArchive.Line, _ context: PanelContext) {
    (self.line, self.context) = (line, context)
  }

  /// `05:00:01.123  backend  message`; what continues a record stands under its message.
  func text(nameWidth: Int, width: Int) -> StyledText {
    head(nameWidth: nameWidth, width: width) + message(atMost: .max)
  }

  /// What stands before the message: `05:00:01.123  backend  `.
  func head(nameWidth: Int, width: Int) -> StyledText {
    let isNarrow = width < 100
    let stamp = line.continues ? "" : time(isShort: isNarrow)
    let timeWidth = isNarrow ? 8 : 12
    var text = StyledText(Self.padded(SafeText(stamp), timeWidth), .muted)
    text.append(line.isTimeAssumed && !line.continues ? "≈ " : "  ", .muted)
    let name = line.continues ? "" : SafeText(line.stream.service)
    text.append(Self.padded(name, nameWidth), Style(role: Self.role(of: line.stream.service)))
    text.append("  ")
    return text
  }

  /// The message, as much of it as has room in so many columns: what is longer needs no more to be told so.
  func message(atMost columns: Int) -> StyledText {
    let style = Self.style(line.level, isQuiet: line.continues)
    let isLonger = columns < .max && line.message.string.utf8.count > 4 * columns
    let shown =
      isLonger ? SafeText(String(line.message.string.prefix(columns + 1)), limit: .max) : line.message
    let text = StyledText(shown, style)
    return line.isCut ? text.then(" …", .state(.warn)) : text
  }

  /// `05:00:01.123`; of another day the day stands in its place.
  private func time(isShort: Bool) -> String {
    let clock = context.clock.text(line.time, seenAt: context.now.wall, hasSeconds: true)
    guard clock.count <= 8 else {
      let date = context.clock.text(line.time, seenAt: context.now.wall, hasSeconds: false)
      return isShort ? String(date.prefix(6)) : date
    }
    let fraction = line.time.secondsSince1970 - line.time.secondsSince1970.rounded(.down)
    let digits = String(Int(fraction * 1_000) + 1_000).dropFirst()
    return isShort ? clock : "\(clock).\(digits)"
  }

  /// In the local zone and in UTC.
  var longTime: StyledText {
    let time = StyledText(context.time(line.time)).then("  \(Format.timestamp(line.time))", .muted)
    return line.isTimeAssumed ? time.then("  ≈ as it was read: it tells no time", .muted) : time
  }

  /// Colours by which the lines of services are told apart; those of warnings and errors are none of them.
  private static let roles: [ThemeRole] = [.graph1, .graph3, .graph5, .accent]

  private static func role(of service: String) -> ThemeRole {
    roles[service.utf8.reduce(0) { ($0 &* 31 &+ Int($1)) & 0xFFFF } % roles.count]
  }

  private static func padded(_ text: SafeText, _ width: Int) -> SafeText {
    let used = text.widthInColumns
    guard used <= width else { return SafeText(String(text.string.prefix(max(0, width - 1))) + "…") }
    return SafeText(text.string + String(repeating: " ", count: width - used))
  }

  static func style(_ level: LogLevel, isQuiet: Bool = false) -> Style {
    switch level {
    case .error: .state(.crit)
    case .warning: .state(.warn)
    case .debug: .muted
    case .info, .unknown: isQuiet ? .muted : .text
    }
  }

  static func state(_ level: LogLevel) -> FactState {
    switch level {
    case .error: .crit
    case .warning: .warn
    case .info, .debug, .unknown: .ok
    }
  }

  static func word(_ level: LogLevel) -> SafeText {
    switch level {
    case .error: "error"
    case .warning: "warning"
    case .info: "info"
    case .debug: "debug"
    case .unknown: "it doesn't say"
    }
  }
}

extension LogStreamID {
  /// The service, and which of its instances and logs where it has several: `backend stderr`.
  var shown: SafeText {
    var words = [service]
    if instance != service { words.append(instance) }
    if !part.isEmpty { words.append(part) }
    return SafeText(words.joined(separator: " "))
  }
}

extension TargetKind {
  /// A line of a log: nothing acts on it.
  static let line: TargetKind = "line"
}
