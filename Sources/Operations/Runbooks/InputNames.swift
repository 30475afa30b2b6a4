/// The places of a step that are filled with what was asked for on the way: `{queue}`.
enum InputNames {
  /// The names in a text, in order.
  static func names(in text: String) -> [String] {
    var names: [String] = []
    _ = filled(text) { name in
      names.append(name)
      return nil
    }
    return names
  }

  /// The text with its places filled; one of which `value` knows nothing stays as it is.
  static func filled(_ text: String, by value: (String) -> String?) -> String {
    var result = ""
    var rest = text[...]
    while let brace = rest.firstIndex(of: "{") {
      result += rest[..<brace]
      let inner = rest[rest.index(after: brace)...]
      let name = inner.prefix { isPart($0) }
      let end = inner.dropFirst(name.count)
      if let first = name.first, !first.isNumber, end.first == "}" {
        result += value(String(name)) ?? "{\(name)}"
        rest = end.dropFirst()
      } else {
        result += "{"
        rest = inner
      }
    }
    return result + rest
  }

  /// Whether a value may be filled in: one line of letters that no expression takes for its own.
  static func isFit(_ value: String) -> Bool {
    let isLine = value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    return isLine && !value.isEmpty && value.utf8.count <= 200 && !value.contains { "\"{}".contains($0) }
  }

  private static func isPart(_ character: Character) -> Bool {
    character.isASCII && (character.isLetter || character.isNumber || "_-.".contains(character))
  }
}
