public import Facts

/// Where the facts of a row come from: what `i` shows.
public enum OriginSheet {
  /// The facts of an item, the chief one first: each with value, state, age, source, question and answer.
  public static func make(_ item: PanelItem, world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    for name in item.facts {
      guard let fact = world.facts.fact(name, at: now.monotonic) else { continue }
      if !lines.isEmpty { lines.append(StyledText(" ")) }
      lines += describe(fact, world: world, now: now)
    }
    if lines.isEmpty {
      lines = [StyledText(glyphOf: .nodata).then(" NO DATA  nothing was told of \(item.title)", Style(role: .nodata))]
    }
    return SheetModel(title: "Where from: \(item.title)", lines: lines)
  }

  /// One fact by itself.
  public static func make(_ fact: Fact, world: World, now: Moment) -> SheetModel {
    SheetModel(
      title: "Where from: \(fact.name.description)", lines: describe(fact, world: world, now: now))
  }

  private static func describe(_ fact: Fact, world: World, now: Moment) -> [StyledText] {
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
    if let age = fact.age(at: now.monotonic) {
      add("age", "\(Format.age(age))\(fact.state.isKnown ? "" : ", the last value that was told")")
    } else {
      add("age", "never had a value", .muted)
    }
    add("counts", fact.kind == .health ? "yes: health" : "no: information", .muted)
    add("source", SafeText(fact.origin.source))
    add("asked", SafeText(fact.origin.query))
    add("answer", SafeText(fact.origin.excerpt), .muted)
    if let failure = world.status(of: fact.origin.source)?.failure {
      add("failed", "\(failure.word) at \(failure.address)", .state(.error))
      add("said", SafeText(failure.detail), .muted)
      add("try", SafeText(failure.advice))
    }
    return lines
  }
}

/// Every fact by name: what `:facts` shows.
public enum FactsSheet {
  /// One line a fact: state, name, value, word and age.
  public static func make(_ world: World, now: Moment) -> SheetModel {
    let facts = world.facts.facts(at: now.monotonic)
    let width = min(44, facts.reduce(0) { max($0, SafeText($1.name.description).widthInColumns) })
    let lines = facts.map { fact in
      let name = SafeText(fact.name.description)
      let gap = String(repeating: " ", count: max(0, width - name.widthInColumns) + 2)
      var line = StyledText(glyphOf: fact.state).then(" ").then(name).then(SafeText(gap))
        .then(SafeText(Format.value(of: fact)), fact.state == .ok ? .text : .state(fact.state))
      if !fact.word.isEmpty { line.append("  \(fact.word)", .muted) }
      if let age = fact.age(at: now.monotonic), !fact.state.isKnown {
        line.append("  \(Format.age(age)) old", .muted)
      }
      return line
    }
    return SheetModel(
      title: "Facts: \(Format.count(facts.count))",
      lines: lines.isEmpty ? [StyledText("Nothing was told yet", .muted)] : lines)
  }
}

/// Every source: what `:sources` shows.
public enum SourcesSheet {
  /// One line a source, and under a failing one what failed, where, since when and what to try.
  public static func make(_ world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    for (id, status) in world.facts.sources.sorted(by: { $0.key < $1.key }) {
      let age = status.lastGood.map { now.monotonic - $0 }
      let state: FactState =
        status.failure != nil
        ? .error : age.map { $0 > FactStore.staleAfter(status.interval) ? .stale : .ok } ?? .nodata
      var line = StyledText(glyphOf: state).then(" ").then(SafeText(id), .strong)
      switch state {
      case .ok: line.append("  \(Format.titleAge(age, interval: status.interval))", .muted)
      case .nodata: line.append("  NO DATA starting", Style(role: .nodata))
      case .warn, .crit, .stale, .error:
        line.append("  \(state.word) \(status.failure?.word ?? age.map(Format.age) ?? "")", .state(state))
      }
      line.append("  every \(Format.duration(status.interval)), asked \(Format.count(status.attempts)) times", .muted)
      lines.append(line)
      guard let failure = status.failure else { continue }
      let since = status.failingSince.map { Format.age(now.monotonic - $0.monotonic) } ?? "–"
      lines.append(StyledText("    \(failure.address)  for \(since)", .muted))
      lines.append(StyledText("    \(failure.advice)"))
      if !failure.detail.isEmpty { lines.append(StyledText("    it said: \(failure.detail)", .muted)) }
    }
    return SheetModel(
      title: "Sources", lines: lines.isEmpty ? [StyledText("No source is configured", .muted)] : lines)
  }
}
