import TestSupport

/// A synthetic log whose every line is known to come of one statement: what grouping is measured on.
///
/// A statement is text with `{name}` for a value and `[[…]]` for a part that is there in half of the lines. One of weight 0 is
/// rare: 1 to 3 lines. The same seed makes the same log.
struct LabelledLog: Sendable {
  /// What stands for a name in a statement.
  enum Value: Sendable {
    /// One of these, the first most often.
    case words([String])
    /// A whole number.
    case number(ClosedRange<Int>)
    /// A number with so many digits behind the point.
    case decimal(ClosedRange<Int>, digits: Int)
    /// An IPv4 address.
    case address
    /// So many hexadecimal digits.
    case hex(Int)
    /// A UUID.
    case uuid
    /// So many of another value, parted by a text.
    case list(String, ClosedRange<Int>, separator: String)
    /// A statement of its own.
    case text([String])
  }

  /// What a header is made of: the number of the line and the statement's level.
  typealias Header = @Sendable (inout SeededGenerator, Int, String) -> String

  let name: String
  let header: Header
  let values: [String: Value]
  /// Weight, level, text.
  let statements: [(Int, String, String)]

  /// So many lines, each with the number of its statement, in the order of a mixed log.
  func lines(_ count: Int, seed: UInt64) -> [(text: String, statement: Int)] {
    var random = SeededGenerator(state: seed)
    var chosen: [Int] = []
    for (index, statement) in statements.enumerated() where statement.0 == 0 {
      chosen += Array(repeating: index, count: Int.random(in: 1...3, using: &random))
    }
    let total = statements.reduce(0) { $0 + $1.0 }
    while chosen.count < count {
      var ticket = Int.random(in: 0..<total, using: &random)
      let index = statements.firstIndex { statement in
        ticket -= statement.0
        return ticket < 0
      }
      chosen.append(index ?? 0)
    }
    chosen.shuffle(using: &random)
    var made: [(text: String, statement: Int)] = []
    for (number, index) in chosen.enumerated() {
      let (_, level, text) = statements[index]
      made.append((header(&random, number, level) + fill(text, &random), index))
    }
    return made
  }

  private func fill(_ text: String, _ random: inout SeededGenerator) -> String {
    var made = ""
    var rest = text[...]
    while let first = rest.first {
      if rest.hasPrefix("[["), let end = rest.range(of: "]]") {
        let part = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end.lowerBound])
        if Bool.random(using: &random) { made += fill(part, &random) }
        rest = rest[end.upperBound...]
      } else if first == "{", let end = rest.firstIndex(of: "}"),
        let value = values[String(rest[rest.index(after: rest.startIndex)..<end])]
      {
        made += draw(value, &random)
        rest = rest[rest.index(after: end)...]
      } else {
        made.append(first)
        rest = rest.dropFirst()
      }
    }
    return made
  }

  private func draw(_ value: Value, _ random: inout SeededGenerator) -> String {
    switch value {
    case .words(let words):
      // The smaller of two draws: the first ones are frequent, the last ones rare, as names in logs are.
      let draws = [0, 1].map { _ in Int.random(in: 0..<words.count, using: &random) }
      return fill(words[min(draws[0], draws[1])], &random)
    case .number(let range): return "\(Int.random(in: range, using: &random))"
    case .decimal(let range, let digits):
      let fraction = (0..<digits).map { _ in "\(Int.random(in: 0...9, using: &random))" }.joined()
      return "\(Int.random(in: range, using: &random)).\(fraction)"
    case .address:
      return (0..<4).map { "\(Int.random(in: $0 == 0 ? 10...220 : 0...254, using: &random))" }.joined(
        separator: "."
      )
    case .hex(let count): return hex(count, &random)
    case .uuid: return [8, 4, 4, 4, 12].map { hex($0, &random) }.joined(separator: "-")
    case .list(let name, let range, let separator):
      guard let element = values[name] else { return "" }
      let count = Int.random(in: range, using: &random)
      return (0..<count).map { _ in draw(element, &random) }.joined(separator: separator)
    case .text(let texts): return fill(random.pick(texts), &random)
    }
  }

  private func hex(_ count: Int, _ random: inout SeededGenerator) -> String {
    (0..<count).map { _ in String(Int.random(in: 0...15, using: &random), radix: 16) }.joined()
  }
}

extension StringProtocol {
  /// Where a text stands; nil if it doesn't.
  fileprivate func range(of text: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
      start = index(after: start)
    }
    return nil
  }
}
