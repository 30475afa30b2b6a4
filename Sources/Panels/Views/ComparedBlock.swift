internal import Facts

/// What was expected beside what was there, in two columns where there is the width for it.
struct ComparedBlock {
  /// One thing that is compared.
  struct Pair: Sendable {
    /// What it is.
    var name: SafeText
    /// What should have been.
    var expected: StyledText
    /// What was.
    var actual: StyledText
    /// What stands before it: whether both are the same.
    var mark: StyledText
  }

  let pairs: [Pair]

  /// Below it the two stand one under the other.
  private static let leastWidth = 64

  /// Its lines at a width, a title first; none without anything to compare.
  func lines(width: Int) -> [PageLine] {
    guard !pairs.isEmpty else { return [] }
    let names = pairs.reduce(0) { max($0, $1.name.widthInColumns) } + 4
    guard width >= Self.leastWidth else { return pairs.flatMap { stacked($0, width: width) } }
    let column = (width - names - 2) / 2
    let title = Self.row(
      StyledText("", .muted),
      names,
      StyledText("expected", .muted),
      column,
      StyledText("actual", .muted)
    )
    return [PageLine("", [title])]
      + pairs.map { pair in
        let (left, right) = (pair.expected.wrapped(to: column), pair.actual.wrapped(to: column))
        let rows = (0..<max(left.count, right.count, 1)).map { index in
          Self.row(
            index == 0 ? pair.mark.then(" ").then(pair.name, .muted) : StyledText(),
            names,
            index < left.count ? left[index] : StyledText(),
            column,
            index < right.count ? right[index] : StyledText()
          )
        }
        return PageLine("\(pair.name) \(pair.expected.plain) \(pair.actual.plain)", rows)
      }
  }

  private func stacked(_ pair: Pair, width: Int) -> [PageLine] {
    [("expected", pair.expected), ("actual", pair.actual)].map { word, text in
      let lead = (word == "expected" ? pair.mark : StyledText(" ")).then(
        " \(pair.name) \(SafeText(word))  ",
        .muted
      )
      return PageLine("\(pair.name) \(text.plain)", text.wrapped(to: width, behind: lead))
    }
  }

  /// Two cells behind a name, each filled up to its column.
  private static func row(
    _ name: StyledText,
    _ nameWidth: Int,
    _ left: StyledText,
    _ column: Int,
    _ right: StyledText
  ) -> StyledText {
    func filled(_ text: StyledText, _ width: Int) -> StyledText {
      text.then(SafeText(String(repeating: " ", count: max(0, width - text.widthInColumns))))
    }
    return filled(name, nameWidth) + filled(left, column + 2) + right
  }
}
