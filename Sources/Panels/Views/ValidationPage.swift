internal import Facts

/// One validation told in full: what should have been against what was, who judged it, and what became of it.
struct ValidationPage {
  let row: ValidationRow
  let detail: Loadable?
  let context: PanelContext

  private var record: ValidationRecord? {
    guard case .loaded(let snapshot)? = detail else { return nil }
    return (snapshot as? RunDetail)?.validation
  }

  var page: DetailPage {
    let limit = context.settings.lowConfidence
    let score = Format.score(row.score, against: limit)
    var page = DetailPage(
      title: row.scenario ?? "no scenario",
      state: row.score < limit ? .warn : .ok,
      headline: "\(score), threshold \(Format.score(limit))\(Past.since(row.createdAt, context))",
      entries: entries + names
    )
    page.pairs = pairs
    page.pairsBehind = entries.count
    page.text =
      (record.map { ValidationRecordLines(record: $0).lines } ?? [])
      + RunPage.lines(of: detail, context)
    page.changes = Past.changes(about: row.createdAt, context)
    return page
  }

  private var entries: [KeyValueBlock.Entry] {
    let isLow = row.score < context.settings.lowConfidence
    let role: ThemeRole = isLow ? .warn : .ok
    var entries = [
      KeyValueBlock.Entry(
        "scenario",
        StyledText(row.scenario ?? "no scenario", .strong).then("  ").then(row.language ?? "", .muted)
      ),
      KeyValueBlock.Entry(
        "score",
        StyledText(
          SafeText(Format.score(row.score, against: context.settings.lowConfidence)),
          Style(role: role, attributes: .bold)
        ).then("  ")
          + Meter(row.score, role: role).text(width: 20)
          + StyledText("  threshold \(Format.score(context.settings.lowConfidence))", .muted)
      ),
    ]
    if let asr = row.asrScore {
      entries.append(
        KeyValueBlock.Entry(
          "recogniser",
          StyledText(SafeText(Format.score(asr))).then("  its own confidence, not the measure", .muted)
        )
      )
    }
    if let reason = row.reason {
      entries.append(KeyValueBlock.Entry("reason", StyledText(reason, .state(.warn))))
    }
    return entries
  }

  /// What it belongs to, and since when it is there.
  private var names: [KeyValueBlock.Entry] {
    var entries: [KeyValueBlock.Entry] = []
    // What could not be read is not none.
    if let record, record.run != nil || record.problem == nil {
      entries.append(KeyValueBlock.Entry("run", StyledText(record.run ?? "none", .muted)))
    }
    entries.append(KeyValueBlock.Entry("execution", StyledText(SafeText(row.executionID ?? "none"), .muted)))
    entries.append(KeyValueBlock.Entry("created", StyledText(context.time(row.createdAt), .muted)))
    return entries
  }

  /// What was expected against what was there: the speech is known before anything is asked for.
  private var pairs: [ComparedBlock.Pair] {
    let known =
      record?.comparisons ?? [
        ValidationRecord.Comparison("speech", expected: row.expected, actual: row.heard)
      ]
    return known.map { comparison in
      let matches = comparison.matches
      return ComparedBlock.Pair(
        name: comparison.name,
        expected: compared(comparison.expected, with: comparison.actual, matches),
        actual: compared(comparison.actual, with: comparison.expected, matches),
        // The provider passes what nothing was expected of, or of which nobody can say what was: that is no match.
        mark: comparison.expected == nil
          ? StyledText(" ") : matches.map { StyledText(glyphOf: $0 ? .ok : .crit) } ?? StyledText(" ")
      )
    }
  }

  /// The text with the words that the other one lacks in the colour of a warning, unless both count as the same.
  private func compared(_ text: SafeText?, with other: SafeText?, _ matches: Bool?) -> StyledText {
    guard let text else { return StyledText("not recorded", .muted) }
    guard let other, matches != true else { return StyledText(text) }
    let known = Set(other.string.split(separator: " ").map(Self.bare))
    var line = StyledText()
    for (index, word) in text.string.split(separator: " ").enumerated() {
      if index > 0 { line.append(" ") }
      line.append(SafeText(String(word)), known.contains(Self.bare(word)) ? .text : Style.state(.warn).bold)
    }
    return line
  }

  private static func bare(_ word: Substring) -> String {
    word.lowercased().filter { $0.isLetter || $0.isNumber }
  }
}

extension ValidationsPanel {
  /// The score first, then the column that holds it.
  func origin(ofRow row: ValidationRow, _ context: PanelContext) -> RowOrigin {
    let (source, snapshot) = Self.feed(context)
    let limit = context.settings.lowConfidence
    let state = item(row, context).state
    var origin = RowOrigin(
      StyledText(glyphOf: state).then(" ").then(row.scenario ?? "no scenario", .strong)
        .then("  \(Format.score(row.score, against: limit))", Style.state(state).bold)
        .then("  below the threshold of \(Format.score(limit))", .muted)
    )
    origin.add("since", StyledText(Past.told(since: row.createdAt, context)))
    origin.add("reason", StyledText(row.reason ?? "no reason recorded"))
    origin.add("column", StyledText(SafeText(snapshot?.measure ?? "none")))
    origin.add("row", StyledText(SafeText(row.id)))
    let listed = context.world.name("validations.low_24h", of: row.source)
    origin.take(context.world.facts.fact(listed, at: context.now.monotonic))
    origin.source = row.source ?? source.id
    origin.reply = """
      score \(row.score), of execution \(row.executionID ?? "none"), created \(Format.timestamp(row.createdAt))
      """
    origin.others = item(row, context).facts
    return origin
  }
}
