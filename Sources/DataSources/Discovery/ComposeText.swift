/// The small languages inside a compose file: values, ports and commands.
enum ComposeText {
  /// A value of an environment or a command as compose hands it on: what YAML takes for a number or a day
  /// comes out in another way than it was written.
  static func value(_ node: YAMLNode) -> String? {
    guard let scalar = node.scalar, !node.isNull else { return nil }
    guard scalar.style == .plain, node.tag == nil else { return scalar.text }
    return ComposeNumber.text(scalar.text) ?? scalar.text
  }

  /// The text without blanks around it.
  static func trimmed(_ text: some StringProtocol) -> String {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// `8080:80`, `127.0.0.1:8080:80/tcp`, `[::1]:8080:80`, `8000-8002:8000-8002`; nothing for what publishes no
  /// fixed TCP port.
  static func ports(_ text: String) -> [ComposePort] {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let mapping = parts.first, parts.count == 1 || parts[1] == "tcp",
      let colon = mapping.lastIndex(of: ":"), let targets = range(mapping[mapping.index(after: colon)...])
    else { return [] }
    let left = mapping[..<colon]
    var address: Substring = ""
    var hostPorts = left
    if let split = left.lastIndex(of: ":") {
      address = left[..<split]
      hostPorts = left[left.index(after: split)...]
    }
    if address.first == "[", address.last == "]" { address = address.dropFirst().dropLast() }
    guard let published = range(hostPorts), published.count == targets.count || targets.count == 1 else {
      return []
    }
    return zip(published, targets).map {
      ComposePort(hostAddress: String(address), published: $0, target: $1)
    }
  }

  /// `80` or `80-82`; nil for anything else and for more than 256 ports.
  static func range(_ text: Substring) -> ClosedRange<Int>? {
    let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = ends.first ?? nil, let last = ends.last ?? nil, ends.count <= 2, first <= last,
      first >= 1, last <= 65_535, last - first < 256
    else { return nil }
    return first...last
  }

  /// The words of a command as compose cuts it; nil for what compose refuses.
  ///
  /// That is a quote that is never closed, and what only a shell could read. It ends before `;`, `|`, `&`, `<` and `>`: compose has no shell.
  static func command(_ text: String) -> [String]? {
    var words: [String] = []
    var word: String?
    var quote: Character?
    var isEscaped = false
    var before: Character = " "
    for character in text {
      defer { before = character }
      if isEscaped {
        word = (word ?? "") + String(character)
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        // A substitution is left as it stands, a quote is taken off.
        if character == open { quote = nil }
        if character != open || open == ")" || open == "`" { word = (word ?? "") + String(character) }
      } else {
        switch character {
        case "'", "\"":
          quote = character
          word = word ?? ""
        case "`",
          "(" where character == "`" || before == "$":
          quote = character == "(" ? ")" : character
          word = (word ?? "") + String(character)
        case "(", ")": return nil
        case ";", "|", "&", "<", ">":
          let isDescriptor = character == ">" && word?.allSatisfy(\.isNumber) == true
          return words + (isDescriptor ? [] : [word].compactMap { $0 })
        case let blank where blank.isWhitespace:
          if let done = word { words.append(done) }
          word = nil
        default: word = (word ?? "") + String(character)
        }
      }
    }
    guard quote == nil, !isEscaped else { return nil }
    return words + [word].compactMap { $0 }
  }

  /// The words of one argument of a command: those of the line given to `sh -c` are looked into.
  static func unwrapped(_ argument: String) -> [String] {
    guard argument.contains(" --") else { return [argument] }
    return argument.split(whereSeparator: \.isWhitespace).map { word in
      String(word.filter { $0 != "'" && $0 != "\"" })
    }
  }
}
