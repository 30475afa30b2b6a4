public import Facts

/// Where the facts of a row come from: what `i` shows.
public enum OriginSheet {
  /// The facts of an item, the chief one first: each with value, state, age, source, question and answer.
  public static func make(_ item: PanelItem, world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    for name in item.facts {
      guard let fact = FactView(world.facts, at: now.monotonic).fact(name) else { continue }
      if !lines.isEmpty { lines.append(StyledText(" ")) }
      lines += describe(fact, world: world, now: now)
    }
    if lines.isEmpty {
      lines = [
        StyledText(glyphOf: .nodata).then(" NO DATA  nothing was told of \(item.title)", Style(role: .nodata))
      ]
    }
    return SheetModel(title: "Where from: \(item.title)", lines: lines)
  }

  /// One fact by itself.
  public static func make(_ fact: Fact, world: World, now: Moment) -> SheetModel {
    SheetModel(
      title: "Where from: \(fact.name.description)",
      lines: describe(fact, world: world, now: now)
    )
  }

  /// What is known of a fact, and where it comes from.
  static func describe(_ fact: Fact, world: World, now: Moment) -> [StyledText] {
    var head = StyledText(glyphOf: fact.state).then(" ").then(SafeText(fact.name.description), .strong)
    if let value = fact.value { head.append("  \(Format.value(value, unit: fact.unit))", Style.text.bold) }
    head.append("  \(fact.state.word)", .state(fact.state))
    if !fact.word.isEmpty { head.append("  \(fact.word)", .muted) }
    var lines = [head]
    func add(_ label: SafeText, _ value: SafeText, _ style: Style = .text) {
      guard !value.isEmpty else { return }
      let gap = String(repeating: " ", count: max(1, 9 - label.widthInColumns))
      lines.append(StyledText("  ").then(label, .muted).then(SafeText(gap)).then(value, style))
    }
    /// A statement or reply of several lines stays one.
    func add(lines text: String, _ label: SafeText, _ style: Style = .text) {
      for (index, line) in text.split(separator: "\n", maxSplits: 199).enumerated() {
        add(index == 0 ? label : "", SafeText(String(line)), style)
      }
    }
    if let age = fact.age(at: now.monotonic) {
      add("age", "\(Format.age(age))\(fact.state.isKnown ? "" : ", the last value that was told")")
    } else {
      add("age", "never had a value", .muted)
    }
    add("counts", fact.kind == .health ? "yes: health" : "no: information", .muted)
    add("source", SafeText(fact.origin.source))
    add(lines: fact.origin.query, "asked")
    add(lines: fact.origin.excerpt, "answer", .muted)
    if let failure = world.status(of: fact.origin.source)?.failure {
      add("failed", "\(failure.word) at \(failure.address)", .state(.error))
      add("said", SafeText(failure.detail), .muted)
      add("try", SafeText(failure.advice))
    }
    return lines
  }
}
