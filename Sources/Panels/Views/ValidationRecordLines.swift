internal import Facts

/// What was recorded of a judged answer, line by line: its scores, what judged it and why, and what became of it.
struct ValidationRecordLines {
  let record: ValidationRecord

  var lines: [StyledText] {
    var lines: [StyledText] = []
    if let problem = record.problem { lines.append(StyledText(problem, .state(.warn))) }
    lines += section("Scores", scores)
    lines += section("Judged by", judges)
    lines += section("Reviewers' queue", rows(record.queue, none: "it is in no queue"))
    lines += section("Decided by people", rows(record.people, none: "nobody has decided"))
    lines += section("Defects of its execution or run", rows(record.defects, none: "none is recorded"))
    return lines + [StyledText("Its execution", .strong)]
  }

  private func section(_ title: SafeText, _ lines: [StyledText]) -> [StyledText] {
    [StyledText(title, .strong)] + lines.map { StyledText("  ") + $0 } + [StyledText()]
  }

  private var scores: [StyledText] {
    guard !record.scores.isEmpty else { return [StyledText("none is recorded", .muted)] }
    let width = record.scores.reduce(0) { max($0, $1.name.widthInColumns) } + 2
    return record.scores.map { score in
      let gap = SafeText(String(repeating: " ", count: width - score.name.widthInColumns))
      return StyledText(score.name, .muted).then(gap).then(SafeText(Format.score(score.value)))
    }
  }

  private var judges: [StyledText] {
    func verdict(_ passed: Bool?) -> StyledText {
      guard let passed else { return StyledText("did not judge it, or it isn't recorded", .muted) }
      return StyledText(glyphOf: passed ? .ok : .crit).then(passed ? " passed" : " failed")
    }
    var models = StyledText("models  ", .muted) + verdict(record.modelsPassed)
    if let consensus = record.consensus { models = models.then("  \(consensus)", .muted) }
    return [StyledText("houndify  ", .muted) + verdict(record.providerPassed), models]
      + record.opinions.map { opinion in
        let score = opinion.score.map { "\(Format.score($0))  " } ?? ""
        return StyledText("  \(opinion.judge)  ", .muted).then(SafeText(score))
          .then(opinion.reasoning ?? "gave no reason")
      }
  }

  private func rows(_ rows: ValidationRecord.Rows, none: SafeText) -> [StyledText] {
    switch rows {
    case .untold(let why): return [StyledText("not known: \(why)", Style(role: .nodata))]
    case .told(let lines, let isCut):
      let cut = isCut ? [StyledText("there is more than is shown here", .state(.warn))] : []
      return (lines.isEmpty ? [StyledText(none, .muted)] : lines.map { StyledText($0) }) + cut
    }
  }
}
