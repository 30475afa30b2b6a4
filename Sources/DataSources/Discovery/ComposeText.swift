/// The small languages inside a compose file: ports and commands.
enum ComposeText {
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

  /// The words of a command line, quotes taken off.
  static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word: String?
    var quote: Character?
    for character in text {
      if let open = quote {
        if character == open { quote = nil } else { word = (word ?? "") + String(character) }
      } else if character == "'" || character == "\"" {
        quote = character
        word = word ?? ""
      } else if character.isWhitespace {
        if let done = word { words.append(done) }
        word = nil
      } else {
        word = (word ?? "") + String(character)
      }
    }
    if let word { words.append(word) }
    return words
  }

  /// The words of one argument of a command: those of the line given to `sh -c` are looked into.
  static func unwrapped(_ argument: String) -> [String] {
    argument.contains(" --") ? words(argument) : [argument]
  }
}
