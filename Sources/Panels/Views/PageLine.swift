internal import Facts

/// A line of a page as it is told, and the rows that it takes.
struct PageLine {
  /// What a filter looks through.
  let text: String
  let rows: [StyledText]

  init(_ text: SafeText, _ rows: [StyledText]) {
    self.text = text.string
    self.rows = rows
  }
}

/// The lines of a page by what they are.
struct PageParts {
  /// Its parts, each with its label.
  let head: [PageLine]
  /// What was asked for.
  let text: [PageLine]
  /// What happened.
  let changes: [PageLine]
  /// What is worth reading last.
  let appendix: [PageLine]

  /// What stands above the chart, and below it.
  var rows: (head: [StyledText], rest: [StyledText]) {
    let above = head.flatMap(\.rows)
    var below = text.flatMap(\.rows)
    func add(_ rows: [StyledText]) {
      if !below.isEmpty { below.append(StyledText()) }
      below += rows
    }
    if !changes.isEmpty {
      let title = StyledText("what happened to it, and within 2 min of its last change", .muted)
      add([title] + changes.flatMap(\.rows))
    }
    if !appendix.isEmpty { add(appendix.flatMap(\.rows)) }
    return (above, below)
  }
}
