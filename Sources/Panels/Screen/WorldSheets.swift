public import Facts

/// Every fact by name: the palette's `facts`.
public enum FactsSheet {
  /// The sheet of all facts as they stand at `now`.
  public static func make(_ world: World, now: Moment) -> SheetModel {
    let facts = world.facts.facts(at: now.monotonic)
    let width = min(48, facts.map { SafeText($0.name.description).widthInColumns }.max() ?? 0)
    let lines = facts.map { fact -> StyledText in
      let name = SafeText(fact.name.description)
      let padding = String(repeating: " ", count: max(1, width + 2 - name.widthInColumns))
      let value = fact.value.map { Format.value($0, unit: fact.unit) } ?? "–"
      return StyledText(name, .muted).then(SafeText(padding)).then(SafeText(value, limit: 120), .text)
        .then("  \(SafeText(fact.state.word))", Style.state(fact.state))
        .then(fact.word.isEmpty ? "" : "  \(SafeText(fact.word, limit: 120))", .muted)
    }
    return SheetModel(title: "Facts · \(facts.count)", lines: lines)
  }
}

/// How every source fares: the palette's `sources`.
public enum SourcesSheet {
  /// The sheet of all sources as they stand at `now`.
  public static func make(_ world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    for (id, status) in world.facts.sources.sorted(by: { $0.key < $1.key }) {
      let state: FactState = status.failure != nil ? .error : status.lastGood == nil ? .nodata : .ok
      let age = status.lastGood.map { "good \(Format.age(now.monotonic - $0)) ago" } ?? "never good"
      lines.append(
        StyledText("\(SafeText(id))", .text)
          .then("  \(SafeText(status.failure?.word ?? (status.isStarting ? "starting" : "answers")))",
            Style.state(state))
          .then("  \(SafeText(age)), every \(SafeText(Format.duration(status.interval)))", .muted))
      guard let failure = status.failure else { continue }
      lines.append(StyledText("  at \(SafeText(failure.address))", .muted))
      if !failure.detail.isEmpty {
        lines.append(StyledText("  \(SafeText(failure.detail, limit: 300))", .muted))
      }
      lines.append(StyledText("  \(SafeText(failure.advice))", .text))
    }
    return SheetModel(title: "Sources · \(world.facts.sources.count)", lines: lines)
  }
}
