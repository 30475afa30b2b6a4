/// The words of one program of a command, read from the left.
struct CommandWords: Sendable {
  private(set) var rest: ArraySlice<String>

  init(_ words: [String]) { rest = words[...] }

  var first: String? { rest.first }
  var second: String? { rest.dropFirst().first }
  var last: String? { rest.count > 1 ? rest.last : nil }

  /// The name of a line that only sets a variable.
  var assignment: String? {
    guard rest.count >= 1, let word = rest.first, let equals = word.firstIndex(of: "=") else { return nil }
    let name = word[..<equals]
    let isName =
      !name.isEmpty && !(name.first?.isNumber ?? true)
      && name.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
    return isName && rest.count == 1 ? String(name) : nil
  }

  mutating func skip(_ isSkipped: (String) -> Bool) {
    while let word = rest.first, isSkipped(word) { rest.removeFirst() }
  }

  /// Leaves out the program and its options; those of `withValue` take the next word with them.
  mutating func skipProgram(withValue: Set<String>) {
    if !rest.isEmpty { rest.removeFirst() }
    skipOptions(withValue: withValue)
  }

  mutating func skipOptions(withValue: Set<String>) {
    while let word = rest.first, word.hasPrefix("-"), word.count > 1 {
      rest.removeFirst()
      if withValue.contains(word), !rest.isEmpty { rest.removeFirst() }
    }
  }

  mutating func next() -> String? { rest.popFirst() }

  /// The value of an option by any of its names, the first if it is given often; nil without it.
  func value(of names: String...) -> String? {
    names.lazy.compactMap { values(of: $0).first }.first
  }

  /// The values of an option: `--tail=100`, `--tail 100`, `-n100`.
  func values(of name: String) -> [String] {
    rest.indices.compactMap { index in
      let word = rest[index]
      if word == name { return index + 1 < rest.endIndex ? rest[index + 1] : nil }
      if word.hasPrefix(name + "=") { return String(word.dropFirst(name.count + 1)) }
      let isJoined = !name.hasPrefix("--") && word.hasPrefix(name) && word.count > name.count
      return isJoined ? String(word.dropFirst(name.count)) : nil
    }
  }

  /// The words that are no options; those of `withValue` take the next word with them.
  func operands(withValue: Set<String> = []) -> [String] {
    var found: [String] = []
    var values = rest
    while let word = values.popFirst() {
      if word.hasPrefix("-"), word.count > 1 {
        if withValue.contains(word) { values = values.dropFirst() }
      } else {
        found.append(word)
      }
    }
    return found
  }

  func has(_ options: String...) -> Bool { rest.contains { options.contains($0) } }
}
