internal import Facts

/// What is said of scores in words and small pictures.
enum ValidationWords {
  /// A share in percent: `41 %`; what is not all is never told as all, and what is not none never as none.
  static func share(_ share: Double) -> String {
    let percent = (share * 100).rounded()
    if percent == 0, share > 0 { return "<1 %" }
    if percent == 100, share < 1 { return ">99 %" }
    return "\(Int(percent)) %"
  }

  /// Where the median lies: `0.48 to 0.49`.
  static func median(_ scores: ScoreHistogram) -> SafeText {
    guard let median = scores.median else { return "no scores" }
    guard median < 1 else { return "1.00" }
    return SafeText("\(Format.score(median)) to \(Format.score(median + 0.01))")
  }

  /// The tenths as ten small bars.
  static func bars(_ scores: ScoreHistogram) -> StyledText {
    Sparkline(scores.tenths.map(Double.init), style: .role(.graph1)).text(width: 10)
  }

  /// The tenths as lines of bars, those below the threshold in its colour.
  static func lines(_ scores: ScoreHistogram, limit: Double) -> [StyledText] {
    let most = Double(max(1, scores.tenths.max() ?? 1))
    return scores.tenths.enumerated().map { tenth, count in
      let role: ThemeRole = Double(tenth) / 10 < limit - 1e-9 ? .warn : .graph1
      return StyledText("0.\(tenth) ", .muted)
        + Meter(Double(count) / most, role: role, hasTrack: false).text(width: 24)
        + StyledText(" \(SafeText(Format.count(count)))", count > 0 ? .text : .muted)
    }
  }

  /// When something was asked for, where that isn't now: ` as of 22:14:03`.
  static func asked(_ at: Moment?, _ context: PanelContext) -> SafeText {
    guard let at, context.now.monotonic - at.monotonic > .seconds(30) else { return "" }
    return " as of \(context.time(at.wall))"
  }

  /// The scores of now beside those of a week ago, the longest first: told as far as there is room.
  ///
  /// Where one of them is too few, or not known, nothing is said to be the same.
  static func drift(_ snapshot: ValidationsSnapshot, _ context: PanelContext) -> [StyledText] {
    let spread = PanelSource.merged(ValidationSpread.self, fact: "validations.low_24h", context).value
    let lead = StyledText("a week ago  ", .muted)
    guard let before = spread?.before.value else {
      let why = spread?.before.word ?? "not asked yet"
      return [lead.then("not known: \(why)", Style(role: .nodata))]
    }
    let limit = context.settings.lowConfidence
    var then = StyledText()
    if let median = before.median {
      then = then.then("median \(Format.score(median))", .muted)
      if let now = snapshot.scores.median { then = then.then(", now \(Format.score(now))  ") }
    }
    if let low = before.below(limit), let now = snapshot.scores.below(limit), before.total > 0,
      snapshot.scored > 0
    {
      let shares = [low, now].enumerated().map {
        share(Double($0.element) / Double($0.offset == 0 ? before.total : snapshot.scored))
      }
      then = then.then("low \(SafeText(shares[0]))", .muted).then(", now \(SafeText(shares[1]))  ")
    }
    let counts = StyledText(
      "  \(SafeText(Format.count(before.total))) scores then, \(SafeText(Format.count(snapshot.scored))) now",
      .muted
    )
    guard let drift = ScoreDrift(snapshot.scores, before) else {
      let few = StyledText("drift not known: too few scores", Style(role: .nodata))
      return [lead + then + few + counts, lead + few + counts, lead + few]
    }
    let chance = drift.chance < 0.001 ? "p < 0.001" : "p \(Format.score(drift.chance))"
    let verdict =
      drift.isShown
      ? StyledText("drifted", Style.state(.warn).bold) : StyledText("no drift shown", .muted)
    let measure = StyledText(" (KS \(SafeText(Format.score(drift.distance))), \(SafeText(chance)))", .muted)
    return [
      lead + then + verdict + measure + counts, lead + then + verdict + measure,
      lead + verdict + measure + counts,
      lead + verdict + measure, lead + verdict,
    ]
  }
}

/// The lines above the rows: how many are low, and how the scores compare with those of a week ago.
struct ValidationHead {
  let snapshot: ValidationsSnapshot
  let context: PanelContext
  /// What is listed, where that isn't all; empty: all.
  var lead = StyledText()
  /// Whether the bars stand on its right.
  var hasBars = true
  /// How many rows follow.
  var rows = 0
  /// Whether what is compared with a week ago is all that is listed.
  var isOfAll = true

  /// Draws them as far as there is room, and tells what is left.
  func draw(into buffer: inout CellBuffer, area: Rect) -> Rect {
    var body = area
    if body.height >= 3 {
      let parts = body.split(top: 1)
      let room = parts.top.inset(left: 2)
      buffer.put(line(width: room.width), at: room.origin, maxWidth: room.width)
      body = parts.rest
    }
    // Rows come first, and their titles.
    if isOfAll, body.height >= min(rows + 2, 12) {
      let parts = body.split(top: 1)
      let room = parts.top.inset(left: 2)
      let told = ValidationWords.drift(snapshot, context)
      if let line = told.first(where: { $0.widthInColumns <= room.width }) ?? told.last {
        buffer.put(line, at: room.origin, maxWidth: room.width)
      }
      body = parts.rest
    }
    return body
  }

  /// `64 of 89 in 24 h   threshold { 0.50 }   ▁▂▅█▂▁`, as far as there is room.
  private func line(width: Int) -> StyledText {
    let threshold = context.settings.lowConfidence
    let low = snapshot.low(below: threshold)
    let isLeast = isOfAll && context.world.known("validations.low_24h", context.now.monotonic).isLeast
    var line =
      (lead.isEmpty ? lead : lead.then("  "))
      + StyledText(
        "\(low.isExact && !isLeast ? "" : "≥ ")\(Format.count(low.count))",
        low.count > 0 ? Style.state(.warn).bold : .strong
      )
      .then(" of \(isLeast ? "≥ " : "")\(Format.count(snapshot.scored))", .muted)
    let limit = StyledText("   threshold ", .muted).then("{ \(Format.score(threshold)) }", .accent)
    let window = StyledText(" in \(RunsPanel.window(snapshot.window))", .muted)
    func fits(_ part: StyledText) -> Bool { line.widthInColumns + part.widthInColumns <= width }
    if fits(window + limit) { line = line + window }
    line = line + limit
    let unscored = snapshot.total - snapshot.scored
    if unscored > 0 {
      let missing = StyledText("   \(Format.count(unscored)) without a score", .muted)
      if fits(missing) { line = line + missing }
    }
    if hasBars, snapshot.scored > 0 {
      let spread =
        StyledText("   0 ", .muted) + ValidationWords.bars(snapshot.scores) + StyledText(" 1", .muted)
      if fits(spread) { line = line + spread }
    }
    return line
  }
}
