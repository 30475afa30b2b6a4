public import Facts

/// Where a row's values come from: what `i` shows.
public enum OriginSheet {
  /// The sheet of one row's facts as they stand at `now`.
  public static func make(_ item: PanelItem, world: World, now: Moment) -> SheetModel {
    var lines: [StyledText] = []
    for name in item.facts {
      guard let fact = world.facts.fact(name, at: now.monotonic) else { continue }
      if !lines.isEmpty { lines.append("") }
      lines += self.lines(of: fact, world, now)
    }
    if lines.isEmpty { lines = [StyledText("nothing is measured here", .muted)] }
    return SheetModel(title: item.title, lines: lines)
  }

  private static func lines(of fact: Fact, _ world: World, _ now: Moment) -> [StyledText] {
    let value = fact.value.map { SafeText(Format.value($0, unit: fact.unit), limit: 400) } ?? "–"
    var lines = [
      StyledText(SafeText(fact.name.description), .text).then("  \(value)", .text)
        .then("  \(SafeText(fact.state.word))", Style.state(fact.state))
        .then(fact.word.isEmpty ? "" : "  \(SafeText(fact.word, limit: 200))", .muted)
    ]
    func row(_ label: SafeText, _ text: SafeText) {
      guard !text.isEmpty else { return }
      lines.append(StyledText("  \(label)", .muted).then(text, .text))
    }
    row("age     ", fact.age(at: now.monotonic).map { "\(SafeText(Format.age($0)))" } ?? "never had a value")
    row("source  ", SafeText(fact.origin.source))
    row("asked   ", SafeText(fact.origin.query, limit: 500))
    row("reply   ", SafeText(fact.origin.excerpt, limit: 500))
    if let failure = world.status(of: fact.origin.source)?.failure {
      row("failed  ", "\(SafeText(failure.word)) at \(SafeText(failure.address))")
      row("        ", SafeText(failure.detail, limit: 300))
      row("try     ", SafeText(failure.advice))
    }
    return lines
  }
}
