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
  private(set) var text: [PageLine]
  /// What happened.
  let changes: [PageLine]
  /// What is worth reading last.
  let appendix: [PageLine]

  /// The rows of its parts.
  var headRows: Int { head.reduce(0) { $0 + $1.rows.count } }

  /// The rows of all of it.
  var count: Int {
    let (head, rest) = rows
    return head.count + (head.isEmpty || rest.isEmpty ? 0 : 1) + rest.count
  }

  /// Leaves out the oldest lines of the text, below its title, as far as it takes to see the newest in so many rows.
  mutating func leaveOutOldest(toFit height: Int) {
    guard let title = text.first else { return }
    var room = height - headRows - (head.isEmpty ? 0 : 1) - title.rows.count
    let newest = text.dropFirst().reversed().prefix { line in
      room -= line.rows.count
      return room >= 0
    }
    text = [title] + (newest.isEmpty ? text.suffix(1) : newest.reversed())
  }

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
