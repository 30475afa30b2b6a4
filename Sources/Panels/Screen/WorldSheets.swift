public import Facts

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
      lines: lines.isEmpty ? [StyledText("Nothing was told yet", .muted)] : lines
    )
  }
}

/// Every source, those that aren't well first: what `:sources` shows.
public enum SourcesSheet {
  /// One line a source, and under a failing one what failed, where, since when and what to try.
  public static func make(_ world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    // Those that don't answer are why one looks.
    func place(_ source: (key: String, value: FactStore.SourceStatus)) -> (Int, String) {
      (-source.value.standing(at: now.monotonic).state.severity, source.key)
    }
    for (id, status) in world.facts.sources.sorted(by: { place($0) < place($1) }) {
      let age = status.lastGood.map { now.monotonic - $0 }
      let (state, word) = status.standing(at: now.monotonic)
      var line = StyledText(glyphOf: state).then(" ").then(SafeText(id), .strong)
      switch state {
      case .ok: line.append("  \(Format.titleAge(age, interval: status.interval))", .muted)
      case .stale: line.append("  STALE \(age.map(Format.age) ?? "")", .state(.stale))
      case .warn, .crit, .nodata, .error: line.append("  \(state.word): \(word)", .state(state))
      }
      line.append(
        "  every \(Format.duration(status.interval)), asked \(Format.count(status.attempts)) times",
        .muted
      )
      lines.append(line)
      guard let failure = status.failure else { continue }
      let since = status.failingSince.map { Format.age(now.monotonic - $0.monotonic) } ?? "–"
      lines.append(StyledText("    \(failure.address)  for \(since)", .muted))
      lines.append(StyledText("    \(failure.advice)"))
      if !failure.detail.isEmpty { lines.append(StyledText("    it said: \(failure.detail)", .muted)) }
    }
    return SheetModel(
      title: "Sources",
      lines: lines.isEmpty ? [StyledText("No source is configured", .muted)] : lines
    )
  }
}
