public import Facts

/// Where a row comes from: what `i` shows.
public enum OriginSheet {
  /// What a row says, since when, by which source and which question; then what else belongs to it.
  public static func make(_ title: SafeText, _ origin: RowOrigin, world: World, now: Moment) -> SheetModel {
    var lines = origin.answer
    let failure = origin.source.flatMap { world.status(of: $0)?.failure }
    if let failure { lines += told(failure) }
    for (label, value) in origin.entries { lines.append(labelled(label, value)) }
    if let source = origin.source { lines += told(source: source, world, now) }
    lines += labelled(lines: origin.reply ?? origin.asked?.origin.excerpt ?? "", "answer", .muted)
    if let fact = origin.asked { lines += labelled(lines: fact.origin.query, "asked") }
    let facts = FactView(world.facts, at: now.monotonic)
    let others = origin.others.compactMap(facts.fact)
    if !others.isEmpty { lines += [StyledText(" "), StyledText("it shows as well", .muted)] }
    lines += evidence(others, beside: origin.asked, now)
    return SheetModel(title: "Where from: \(title)", lines: lines)
  }

  /// Each fact with what was asked, what came back and how long ago, and what it had to be; what one question
  /// told stands together above it.
  private static func evidence(_ facts: [Fact], beside asked: Fact?, _ now: Moment) -> [StyledText] {
    var questions: [Origin] = []
    var told: [Origin: [Fact]] = [:]
    for fact in facts {
      if told[fact.origin] == nil { questions.append(fact.origin) }
      told[fact.origin, default: []].append(fact)
    }
    return questions.flatMap { origin -> [StyledText] in
      let facts = told[origin] ?? []
      let heads = facts.map { head(of: $0) }
      // Its question stands above already.
      if let asked, asked.origin.source == origin.source, asked.origin.query == origin.query { return heads }
      let age = facts.compactMap { $0.age(at: now.monotonic) }.min()
      return heads + [labelled("answer", answer(origin, age))]
        + labelled(lines: origin.expected, "expects", .muted) + labelled(lines: line(origin), "asked")
    }
  }

  /// `3s ago: 200 {"status":"healthy"}`: a line is enough of what only stands beside.
  private static func answer(_ origin: Origin, _ age: Duration?) -> StyledText {
    guard let age else { return StyledText("none yet", .muted) }
    let lines = origin.excerpt.split(whereSeparator: \.isNewline)
    let text = SafeText(lines.joined(separator: " "), limit: answerLength)
    let ago = StyledText(age < .seconds(1) ? "just now" : "\(Format.age(age)) ago")
    return lines.isEmpty ? ago : ago.then(": \(text)", .muted)
  }

  /// So many characters are told of an answer that isn't the row's own.
  private static let answerLength = 200

  /// One fact by itself.
  public static func make(_ fact: Fact, world: World, now: Moment) -> SheetModel {
    SheetModel(
      title: "Where from: \(fact.name.description)",
      lines: describe(fact, world: world, now: now)
    )
  }

  /// Name, value, state and why.
  static func head(of fact: Fact, named title: SafeText? = nil) -> StyledText {
    let name = SafeText(fact.name.description)
    var head = StyledText(glyphOf: fact.state).then(" ").then(title ?? name, .strong)
    let value = fact.value.map { Format.value($0, unit: fact.unit) }
    if let value { head.append("  \(value)", Style.text.bold) }
    head.append("  \(fact.state.word)", .state(fact.state))
    if !fact.word.isEmpty, fact.word != value { head.append("  \(fact.word)", .muted) }
    if let title, title != name { head.append("  \(name)", .muted) }
    return head
  }

  /// What is known of a fact, and where it comes from.
  static func describe(_ fact: Fact, world: World, now: Moment) -> [StyledText] {
    var lines = [head(of: fact)]
    if let failure = world.status(of: fact.origin.source)?.failure { lines += told(failure) }
    if let age = fact.age(at: now.monotonic) {
      let kept = fact.state.isKnown ? "" : ", the last value that was told"
      lines.append(labelled("age", StyledText("\(Format.age(age))\(kept)")))
    } else {
      lines.append(labelled("age", StyledText("never had a value", .muted)))
    }
    let counts: SafeText = fact.kind == .health ? "yes: health" : "no: information"
    lines.append(labelled("counts", StyledText(counts, .muted)))
    lines.append(labelled("source", StyledText(SafeText(fact.origin.source))))
    lines += labelled(lines: fact.origin.excerpt, "answer", .muted)
    return lines + labelled(lines: fact.origin.query, "asked")
  }

  private static func told(_ failure: SourceFailure) -> [StyledText] {
    let failed = StyledText("\(failure.word) at \(failure.address)", .state(.error))
    var lines = [labelled("failed", failed), labelled("try", StyledText(SafeText(failure.advice)))]
    if !failure.detail.isEmpty {
      lines.append(labelled("said", StyledText(SafeText(failure.detail), .muted)))
    }
    return lines
  }

  /// `postgres, asked 3s ago, every 10s`.
  private static func told(source: String, _ world: World, _ now: Moment) -> [StyledText] {
    var line = StyledText(SafeText(source))
    if let status = world.status(of: source), !status.isStarting {
      let age = status.lastGood.map { "answered \(Format.age(now.monotonic - $0)) ago" } ?? "never answered"
      line.append("  \(age), asked every \(Format.duration(status.interval))", .muted)
    }
    return [labelled("source", line)]
  }

  /// The first line of a question.
  private static func line(_ origin: Origin) -> String {
    let lines = origin.query.split(separator: "\n", maxSplits: 1)
    return (lines.first.map(String.init) ?? origin.source) + (lines.count > 1 ? " …" : "")
  }

  private static func labelled(_ label: SafeText, _ value: StyledText) -> StyledText {
    let gap = String(repeating: " ", count: max(1, 9 - label.widthInColumns))
    return StyledText("  ").then(label, .muted).then(SafeText(gap)) + value
  }

  /// A statement or reply of several lines stays one.
  private static func labelled(lines text: String, _ label: SafeText, _ style: Style = .text) -> [StyledText]
  {
    text.split(separator: "\n", maxSplits: 199).enumerated().map { index, line in
      labelled(index == 0 ? label : "", StyledText(SafeText(String(line)), style))
    }
  }
}
