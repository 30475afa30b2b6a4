public import Facts
internal import Operations

/// How the source behind a panel fares: what its title, its notices and its unknown values say.
///
/// No data is never 0: a panel whose source is not ``isLive`` says so before it shows what it kept.
public struct PanelSource: Sendable, Hashable {
  /// The source's id; nil if no source of this kind is known.
  public let id: String?
  /// How its polls go; nil if it was never introduced.
  public let status: FactStore.SourceStatus?
  /// The age of the newest good reading; nil if there never was one.
  public let age: Duration?
  /// Since when it fails, as it is shown; empty while it does not.
  private let since: SafeText
  private let failingFor: Duration?
  /// How often it is asked for what a panel shows, where that isn't how often it is polled.
  private var ownInterval: Duration?
  /// The service that is down and so explains it, and how it is; nil if none is known to.
  private let behind: Behind?

  private struct Behind: Hashable {
    let name: SafeText
    let word: SafeText
  }

  /// Looks at the source `id` at the context's moment.
  ///
  /// `sampledAt` is when the panel's own snapshot was sampled; nil takes the newest good poll. `fact` is the one
  /// that the panel is about, which may fail alone.
  public init(
    _ id: String?,
    sampledAt: MonotonicTime? = nil,
    fact: Fact? = nil,
    _ context: PanelContext
  ) {
    self.id = id
    var status = id.flatMap { context.world.status(of: $0) }
    // A source that answers and was refused what this panel shows has nothing live to show here.
    if let fact, fact.state == .error, status?.failure == nil {
      status?.failure = SourceFailure(.rejected, at: "", detail: fact.origin.excerpt, told: fact.word)
    }
    self.status = status
    age = (sampledAt ?? status?.lastGood).map { context.now.monotonic - $0 }
    let isOlder = status?.lastGood == nil
    since =
      status?.failingSince.map { "\(context.time($0.wall))\(isOlder ? " or before" : "")" } ?? ""
    failingFor = status?.failingSince.map { context.now.monotonic - $0.monotonic }
    let service = status?.failure == nil ? nil : id.flatMap(context.world.serviceDown)
    behind = service.map { Behind(name: SafeText($0.name), word: SafeText($0.word)) }
  }

  /// Looks at what a source is asked for beside its polls: when it last told it, and why it doesn't now.
  init(
    asking id: String,
    every interval: Duration,
    sampledAt: MonotonicTime?,
    failure: SourceFailure?,
    since: Moment?,
    _ context: PanelContext
  ) {
    self.id = id
    var status = context.world.status(of: id)
    status?.failure = failure
    status?.failingSince = since
    self.status = status
    age = sampledAt.map { max(.zero, context.now.monotonic - $0) }
    self.since = since.map { "\(context.time($0.wall))\(sampledAt == nil ? " or before" : "")" } ?? ""
    failingFor = since.map { max(.zero, context.now.monotonic - $0.monotonic) }
    let service = failure == nil ? nil : context.world.serviceDown(behind: id)
    behind = service.map { Behind(name: SafeText($0.name), word: SafeText($0.word)) }
    ownInterval = interval
  }

  /// How often it is asked.
  public var interval: Duration { ownInterval ?? status?.interval ?? .seconds(10) }

  /// `ok` while it answers in time; `nodata` before its first answer; `stale`; `error`.
  public var state: FactState {
    if status?.failure != nil { return .error }
    guard let age else { return .nodata }
    return age > FactStore.staleAfter(interval) ? .stale : .ok
  }

  /// Whether what it told is as fresh as it should be.
  public var isLive: Bool { state == .ok }

  /// Why there is nothing fresh, in a word or two: `starting`, `refused`, `34s`.
  public var word: SafeText {
    if let failure = status?.failure { return SafeText(failure.word) }
    guard let age else {
      return SafeText(status?.beforeFirst ?? (id == nil ? "not configured" : FactStore.starting))
    }
    return SafeText(Format.titleAge(age, interval: interval))
  }

  /// What a value says in place of its word while the source is not live: `STALE 34s`, `ERROR refused`.
  public var told: SafeText {
    switch state {
    case .ok: "live"
    case .nodata: word
    case .warn, .crit, .stale, .error: "\(state.word) \(word)"
    }
  }

  /// The right end of a tile's title: `live`, `10s`, `STALE 1m`, `ERROR refused 2m`, `NO DATA starting`.
  public var titleAge: SafeText {
    switch state {
    case .ok: word
    case .nodata: "\(state.word) \(word)"
    case .warn, .crit, .stale: "\(state.word) \(word)"
    case .error:
      "\(state.word) \(word)\(failingFor.map { " " + Format.titleAge($0, interval: .zero) } ?? "")"
    }
  }

  /// The title line of a tile that shows this source.
  public func title(_ name: SafeText, _ source: SafeText) -> TileTitle {
    TileTitle(name: name, source: source, age: titleAge, ageState: state)
  }

  /// What a panel says above its values while the source is not live: what failed, where, since when,
  /// what to try and how old the values below are.
  ///
  /// Nothing while it is live.
  public var notice: [StyledText] {
    switch state {
    case .ok, .warn, .crit: return []
    case .nodata:
      let rest: SafeText =
        id == nil ? "no source of this kind is configured" : "\(id ?? "") was not heard yet"
      return [
        StyledText(glyphOf: .nodata).then(" \(state.word) \(word)", Style(role: .nodata)).then(
          "  \(rest)",
          .muted
        )
      ]
    case .stale:
      return [
        StyledText(glyphOf: .stale).then(" \(told)", Style.state(.stale).bold)
          .then("  \(id ?? "") has told nothing new; these are its last values", .muted)
      ]
    case .error: return failureNotice
    }
  }

  private var failureNotice: [StyledText] {
    guard let failure = status?.failure else { return [] }
    var first = StyledText(glyphOf: .error).then(" ERROR \(failure.word)", Style.state(.error).bold)
    if !since.isEmpty { first.append("  since \(since)", .muted) }
    if !failure.address.isEmpty { first.append("  \(failure.address)", .text) }
    var lines = [first, StyledText(SafeText(failure.advice), .muted)]
    if let behind {
      let key = StyledText(SafeText(String(CauseKey.character)), Style.accent.bold)
      let service = StyledText("the service ").then(behind.name, .strong).then(": ")
      lines[1] = service.then(behind.word, Style.state(.crit).bold).then("  ") + key.then(" leads there")
    }
    if !failure.detail.isEmpty { lines.append(StyledText("it said: \(failure.detail)", .muted)) }
    if let age {
      lines.append(StyledText("last values, \(Format.titleAge(age, interval: .zero)) old:", .muted))
    } else {
      lines.append(StyledText("no values: it never answered", .muted))
    }
    return lines
  }

  /// Draws the notice at the top of `area`, on no more than half of it where values follow.
  ///
  /// What failed and how old the values are is always told; advice and answer as far as there is room.
  ///
  /// - Returns: What remains for the values.
  public func drawNotice(into buffer: inout CellBuffer, area: Rect) -> Rect {
    let notice = notice
    guard let first = notice.first else { return area }
    let most = age == nil ? Int.max : max(1, area.height / 2)
    var rows = [first]
    let last = notice.count > 1 && most > 1 ? notice.last : nil
    // In a tile a server's answer has one row: the rows below it are why one looks there. Without any it is
    // all there is to read.
    let limit = age == nil ? max(2, area.height - 5) : area.height < 16 ? 1 : 2
    for (index, line) in notice.dropFirst().dropLast().enumerated() {
      let room = most - rows.count - (last == nil ? 0 : 1)
      rows += Self.indented(line, width: area.width, rows: min(index == 0 ? 2 : limit, room))
    }
    if let last { rows += Self.indented(last, width: area.width, rows: 2) }
    let parts = area.split(top: rows.count)
    for (line, y) in zip(rows, parts.top.rows) {
      buffer.put(line, at: Point(x: area.x, y: y), maxWidth: area.width)
    }
    return parts.rest
  }

  /// A line of a notice on at most so many rows; what is cut off shows.
  private static func indented(_ line: StyledText, width: Int, rows: Int) -> [StyledText] {
    let wrapped = line.wrapped(to: max(1, width - 3))
    return wrapped.prefix(max(0, rows)).enumerated().map { index, row in
      let isCut = index == rows - 1 && wrapped.count > rows
      return StyledText("  ") + (isCut ? row.then("…", .muted) : row)
    }
  }
}

extension CellBuffer {
  /// Takes the brightness out of values that are not fresh.
  mutating func fade(_ area: Rect) {
    restyle(area) { style in
      switch style.role {
      case .accent, .focus, .stale, .border: break
      case .text, .muted, .ok, .warn, .crit, .nodata, .selection, .header, .dialog, .button, .shade, .graph1,
        .graph2, .graph3, .graph4, .graph5, .graph6:
        style = Style(role: .muted, background: style.background)
      }
    }
  }
}
