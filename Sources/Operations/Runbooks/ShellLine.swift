/// A line of shell as a runbook writes it, taken apart into programs and their words.
///
/// Nothing of it is ever run by a shell: what is recognised becomes a typed step, and where more of a shell is used
/// than words, quotes and pipes (variables, substitutions, redirections, several commands) it is not taken apart.
struct ShellLine: Sendable, Hashable {
  /// The programs of a pipe, in order, each with its words.
  var stages: [[String]]

  /// Takes a line apart; nil where it uses more of a shell than that.
  init?(_ line: String) {
    stages = []
    var words: [String] = []
    var word: String?
    var quote: Character?
    var rest = Substring(line)
    while let character = rest.popFirst() {
      if let open = quote {
        if character == open {
          quote = nil
        } else if character == "\\", open == "\"", let next = rest.first, "\"\\$`".contains(next) {
          word?.append(next)
          rest.removeFirst()
        } else if open == "\"", Self.expands(character, rest) {
          return nil
        } else {
          word?.append(character)
        }
        continue
      }
      switch character {
      case "'", "\"":
        quote = character
        word = word ?? ""
      case "\\":
        guard let next = rest.popFirst() else { return nil }
        word = (word ?? "") + String(next)
      case " ", "\t":
        if let ended = word { words.append(ended) }
        word = nil
      case "|":
        guard rest.first != "|" else { return nil }
        if let ended = word { words.append(ended) }
        word = nil
        guard !words.isEmpty else { return nil }
        stages.append(words)
        words = []
      case "#" where word == nil: rest = ""
      case ";", "<", ">", "(", ")": return nil
      case "&":
        // Between words an & ends the command; in an address that was not quoted it is meant as a part of it.
        guard word != nil, let next = rest.first, next != "&", next != " " else { return nil }
        word?.append(character)
      case _ where Self.expands(character, rest): return nil
      default: word = (word ?? "") + String(character)
      }
    }
    guard quote == nil else { return nil }
    if let ended = word { words.append(ended) }
    guard !words.isEmpty else { return nil }
    stages.append(words)
  }

  private static func expands(_ character: Character, _ rest: Substring) -> Bool {
    if character == "`" { return true }
    guard character == "$", let next = rest.first else { return false }
    return next == "(" || next == "{" || next == "_" || next.isLetter
  }

  /// The commands of a block of shell, each with the comment lines above it and its line in the block, from 0.
  ///
  /// A command goes on behind a `\` at the end of its line, and within quotes.
  static func commands(of block: String) -> [(text: String, comment: String, line: Int)] {
    var commands: [(text: String, comment: String, line: Int)] = []
    var comments: [String] = []
    var open: (text: String, line: Int)?
    for (number, line) in block.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let trimmed = line.trimming()
      if open == nil {
        if trimmed.isEmpty {
          comments = []
          continue
        }
        if trimmed.hasPrefix("#") {
          comments.append(String(trimmed.drop { $0 == "#" || $0 == " " }))
          continue
        }
      }
      var text = open.map { $0.text } ?? ""
      // A prompt that was copied with the command.
      text += open == nil && trimmed.hasPrefix("$ ") ? String(trimmed.dropFirst(2)) : String(trimmed)
      let start = open?.line ?? number
      if text.hasSuffix("\\") {
        open = (String(text.dropLast()), start)
      } else if hasOpenQuote(text) {
        open = (text + "\n", start)
      } else {
        commands.append((text, comments.joined(separator: " "), start))
        comments = []
        open = nil
      }
    }
    if let open { commands.append((open.text, comments.joined(separator: " "), open.line)) }
    return commands
  }

  private static func hasOpenQuote(_ text: String) -> Bool {
    var quote: Character?
    var isEscaped = false
    for character in text {
      if isEscaped {
        isEscaped = false
      } else if character == "\\", quote != "'" {
        isEscaped = true
      } else if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      }
    }
    return quote != nil
  }
}

extension Substring {
  fileprivate func trimming() -> Substring {
    let start = drop { $0 == " " || $0 == "\t" || $0 == "\r" }
    guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" && $0 != "\r" }) else { return "" }
    return start[...last]
  }
}
