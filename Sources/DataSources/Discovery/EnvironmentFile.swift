/// Env files (`.env`, `env_file`), read letter for letter as compose reads them.
///
/// The rules are those that `docker compose config` shows, the odd ones included: `KEY: v`, quotes over
/// several lines, what follows a closing quote is a statement of its own.
public struct EnvironmentFile {
  /// Why compose refuses a file.
  public struct Failure: Error, Sendable, Hashable {
    /// The line, counted from 1.
    public var line: Int
    /// What is wrong; never a value.
    public var message: String
  }

  private typealias Scalars = ArraySlice<Unicode.Scalar>

  private let lookup: (String) -> String?
  private var found: [String: String] = [:]
  /// Where each name's value stands last, quotes included.
  private var places: [String: Range<Int>] = [:]
  private var rest: Scalars
  private let count: Int
  private let text: [Unicode.Scalar]

  private init(_ text: String, _ lookup: @escaping (String) -> String?) {
    self.text = Array(text.unicodeScalars.drop { $0 == "\u{FEFF}" })
    rest = self.text[...]
    count = self.text.count
    self.lookup = lookup
  }

  /// The variables of an env file; `lookup` tells those that stand before its own in `${…}`.
  /// - Throws: where and why compose refuses the file.
  public static func parse(
    _ text: String,
    lookup: @escaping (String) -> String?
  ) throws(Failure) -> [String: String] {
    var file = EnvironmentFile(text, lookup)
    while file.skipToStatement() { try file.statement() }
    // Compose keeps a last line without `=` under no name.
    file.found[""] = nil
    return file.found
  }

  /// The variables of an env file of `format: raw`: everything after `=` as it stands.
  /// - Throws: where and why compose refuses the file.
  public static func parseRaw(
    _ text: String,
    lookup: (String) -> String?
  ) throws(Failure) -> [String: String] {
    var found: [String: String] = [:]
    // By scalars: to Swift a CR and a LF are one character.
    let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
    for (index, scalars) in lines.enumerated() {
      var line = Substring(scalars).drop { $0 == "\u{FEFF}" && index == 0 }.drop(while: \.isWhitespace)
      if line.last == "\r" { line.removeLast() }
      guard !line.isEmpty, line.first != "#" else { continue }
      let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard !name.isEmpty else { throw Failure(line: index + 1, message: "no variable name") }
      guard !name.contains(where: \.isWhitespace) else {
        throw Failure(line: index + 1, message: "a blank stands in the name")
      }
      found[name] = parts.count == 2 ? String(parts[1]) : lookup(name)
    }
    return found
  }

  private mutating func skipToStatement() -> Bool {
    while true {
      rest = rest.drop { $0.properties.isWhitespace }
      guard rest.first == "#" else { return !rest.isEmpty }
      rest = rest.drop { $0 != "\n" }
    }
  }

  private mutating func statement() throws(Failure) {
    let (name, isInherited) = try name()
    guard !name.contains(" ") else { throw failure("a blank stands in the name") }
    let start = rest.startIndex
    defer { if !isInherited { places[name] = start..<end(of: start) } }
    if isInherited {
      if let value = lookup(name) { found[name] = value }
    } else if let quote = rest.first, quote == "\"" || quote == "'" {
      found[name] = try quoted(quote)
    } else {
      found[name] = try plain()
    }
  }

  /// The name before `=` or `:`; one that ends with its line is handed on from outside.
  private mutating func name() throws(Failure) -> (String, isInherited: Bool) {
    let word = Array("export".unicodeScalars)
    if rest.starts(with: word), rest.dropFirst(word.count).first?.properties.isWhitespace == true {
      rest = rest.dropFirst(word.count).drop(while: Self.isBlank)
    }
    for index in rest.indices where !Self.isBlank(rest[index]) {
      switch rest[index] {
      case "=", ":", "\n":
        var name = rest[..<index]
        while name.last?.properties.isWhitespace == true { name.removeLast() }
        let isInherited = rest[index] == "\n"
        rest = rest[(index + 1)...].drop(while: Self.isBlank)
        return (String(String.UnicodeScalarView(name)), isInherited)
      case "_", ".", "-", "[", "]": continue
      case let scalar where scalar.properties.isAlphabetic || scalar.properties.numericType != nil: continue
      default: throw failure("a character that no name has", at: index)
      }
    }
    return ("", false)
  }

  private mutating func plain() throws(Failure) -> String {
    var line = rest.prefix { $0 != "\n" }
    rest = rest[line.endIndex...].dropFirst()
    for index in line.indices where line[index] == "#" && index > line.startIndex && line[index - 1] == " " {
      line = line[..<(index - 1)]
      break
    }
    while line.last?.properties.isWhitespace == true { line.removeLast() }
    return try expanded(String(String.UnicodeScalarView(line)))
  }

  private mutating func quoted(_ quote: Unicode.Scalar) throws(Failure) -> String {
    let opening = rest.startIndex
    var value = String.UnicodeScalarView()
    var isEscaped = false
    for index in rest.indices.dropFirst() {
      let scalar = rest[index]
      if scalar == quote, !isEscaped {
        rest = rest[(index + 1)...]
        let text = String(value)
        return quote == "'" ? text : try expanded(Self.unescaped(text))
      }
      if scalar == "\\", !isEscaped {
        isEscaped = true
        continue
      }
      if isEscaped, scalar != quote { value.append("\\") }
      isEscaped = false
      value.append(scalar)
    }
    throw failure("the quote is never closed", at: opening)
  }

  private func expanded(_ value: String) throws(Failure) -> String {
    var trouble = ComposeVariables.Trouble()
    let own = found
    let result = ComposeVariables.interpolate(value, &trouble) { lookup($0) ?? own[$0] }
    if let problem = trouble.problems.first { throw failure(problem) }
    return result
  }

  /// The end of the value that began at `start` and has been read: a comment and blanks behind it are not its own.
  private func end(of start: Int) -> Int {
    guard start < count, text[start] != "\"", text[start] != "'" else { return min(rest.startIndex, count) }
    var line = text[start..<min(rest.startIndex, count)]
    if line.last == "\n" { line.removeLast() }
    for index in line.indices where line[index] == "#" && index > line.startIndex && line[index - 1] == " " {
      line = line[..<(index - 1)]
      break
    }
    while line.last?.properties.isWhitespace == true { line.removeLast() }
    return line.endIndex
  }

  /// The text with a variable's value replaced, or the variable added at its end; every other byte stays.
  ///
  /// What comes out is read again: the variable has exactly that value, and all others are written as they were; what
  /// is made of the variable (`URL=https://${KEY}@host`) follows it.
  /// - Throws: where compose refuses the file, or that no form of the value reads back as it is.
  public static func replacing(
    _ name: String,
    with value: String,
    in text: String,
    lookup: @escaping (String) -> String?
  ) throws(Failure) -> String {
    var file = EnvironmentFile(text, lookup)
    while file.skipToStatement() { try file.statement() }
    let others = file.written(without: name)
    let mark = text.unicodeScalars.first == "\u{FEFF}" ? "\u{FEFF}" : ""
    for form in forms(of: value) {
      var scalars = file.text
      if let place = file.places[name] {
        scalars.replaceSubrange(place, with: form.unicodeScalars)
      } else {
        let isOpen = scalars.last.map { $0 != "\n" } ?? false
        scalars += Array("\(isOpen ? "\n" : "")\(name)=\(form)\n".unicodeScalars)
      }
      var changed = mark
      changed.unicodeScalars.append(contentsOf: scalars)
      var again = EnvironmentFile(changed, lookup)
      do throws(Failure) {
        while again.skipToStatement() { try again.statement() }
      } catch {
        continue
      }
      if again.found[name] == value, again.written(without: name) == others { return changed }
    }
    throw Failure(line: 1, message: "no way of writing the value of \(name) reads back as it is")
  }

  /// How the values of all variables but one are written, by name; nil for one that is only handed on.
  private func written(without name: String) -> [String: ArraySlice<Unicode.Scalar>?] {
    var written: [String: ArraySlice<Unicode.Scalar>?] = [:]
    for other in found.keys where other != name { written[other] = .some(places[other].map { text[$0] }) }
    return written
  }

  /// The text with the values of some variables as they are written in `old`; every other byte stays.
  ///
  /// What `old` doesn't set is left alone.
  /// - Throws: where compose refuses either text, or that what comes out doesn't read back so.
  static func restoring(
    _ names: [String],
    from old: String,
    in text: String,
    lookup: @escaping (String) -> String?
  ) throws(Failure) -> String {
    var source = EnvironmentFile(old, lookup)
    while source.skipToStatement() { try source.statement() }
    var result = text
    for name in names {
      guard let written = source.places[name], let value = source.found[name] else { continue }
      var file = EnvironmentFile(result, lookup)
      while file.skipToStatement() { try file.statement() }
      guard let place = file.places[name] else {
        result = try replacing(name, with: value, in: result, lookup: lookup)
        continue
      }
      var scalars = file.text
      scalars.replaceSubrange(place, with: source.text[written])
      var changed = result.unicodeScalars.first == "\u{FEFF}" ? "\u{FEFF}" : ""
      changed.unicodeScalars.append(contentsOf: scalars)
      guard try parse(changed, lookup: lookup)[name] == value else {
        throw Failure(line: 1, message: "the old value of \(name) doesn't read back as it was")
      }
      result = changed
    }
    return result
  }

  /// The ways to write a value, the plainest first.
  private static func forms(of value: String) -> [String] {
    let isPlain =
      !value.isEmpty
      && value.unicodeScalars.allSatisfy {
        $0.isASCII
          && ($0.properties.isAlphabetic || ("0"..."9").contains($0)
            || "-_./:+@%,=".unicodeScalars.contains($0))
      }
    let single = "'" + value.replacing("'", with: "\\'") + "'"
    let double =
      "\""
      + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("$", with: "\\$")
      .replacing("\n", with: "\\n") + "\""
    return (isPlain ? [value] : []) + [single, double]
  }

  /// `\n`, `\t`, `\"`, `\\` and their like replaced; `\$` becomes the `$$` that stands for a dollar.
  static func unescaped(_ text: String) -> String {
    var output = String.UnicodeScalarView()
    var rest = Array(text.unicodeScalars)[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.first else {
        output.append(scalar)
        continue
      }
      rest.removeFirst()
      if next == "$" {
        output.append(contentsOf: "$$".unicodeScalars)
      } else if let meant = escapes[next] {
        output.append(meant)
      } else if next == "0" {
        let digits = rest.prefix(3).prefix { ("0"..."9").contains($0) }
        rest.removeFirst(digits.count)
        let octal = String(String.UnicodeScalarView(digits))
        if digits.count == 3, let value = UInt8(octal, radix: 8) {
          output.append(Unicode.Scalar(value))
        } else {
          // What is no octal number loses its zero, as in compose.
          output.append(contentsOf: "\\\(octal)".unicodeScalars)
        }
      } else {
        output.append("\\")
        output.append(next)
      }
    }
    return String(output)
  }

  private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
    "a": "\u{07}", "b": "\u{08}", "f": "\u{0C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{0B}", "\"": "\"",
    "\\": "\\",
  ]

  private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "\t", "\u{0B}", "\u{0C}", "\r", " ", "\u{85}", "\u{A0}": true
    default: false
    }
  }

  private func failure(_ message: String, at index: Int? = nil) -> Failure {
    let end = index ?? rest.startIndex
    return Failure(line: text[..<min(end, count)].count { $0 == "\n" } + 1, message: message)
  }
}
