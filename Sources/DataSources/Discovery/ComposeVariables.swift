/// The variables of a compose project: the process' own before those of `.env`.
public struct ComposeVariables: Sendable {
  /// The process' variables.
  public var process: [String: String]
  /// Those of `.env` files, later ones overriding.
  public var file: [String: String]

  /// Makes variables.
  public init(process: [String: String] = [:], file: [String: String] = [:]) {
    self.process = process
    self.file = file
  }

  /// The value of a variable; nil when it is not set, empty when it is set to nothing.
  public subscript(_ name: String) -> String? {
    process[name] ?? file[name]
  }

  /// The text with `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:+r}`, `${V+r}`, `${V:?e}` and `$$` replaced.
  ///
  /// What is not set becomes nothing, as compose does it; `missing` gathers the names of those, and of
  /// those that a `?` demands. A `$` that begins nothing stays.
  public func interpolate(_ text: String, missing: inout Set<String>) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    var characters = Array(text.unicodeScalars)[...]
    return expand(&characters, until: nil, depth: 0, &missing)
  }

  private typealias Scalars = ArraySlice<Unicode.Scalar>

  private func expand(
    _ rest: inout Scalars,
    until end: Unicode.Scalar?,
    depth: Int,
    _ missing: inout Set<String>
  ) -> String {
    var output = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      if scalar == end { break }
      guard scalar == "$", let next = rest.first else {
        output.append(scalar)
        continue
      }
      if next == "$" {
        rest.removeFirst()
        output.append("$")
      } else if next == "{", depth < 16 {
        rest.removeFirst()
        output.append(contentsOf: braced(&rest, depth: depth, &missing).unicodeScalars)
      } else if Self.begins(next) {
        output.append(contentsOf: value(Self.name(&rest), &missing).unicodeScalars)
      } else {
        output.append("$")
      }
    }
    return String(output)
  }

  /// What stands after `${`, up to and with its `}`.
  private func braced(_ rest: inout Scalars, depth: Int, _ missing: inout Set<String>) -> String {
    let name = Self.name(&rest)
    let countsEmpty = rest.first == ":"
    if countsEmpty { rest.removeFirst() }
    guard let operation = rest.popFirst(), operation != "}" else { return value(name, &missing) }
    var inner: Set<String> = []
    let word = expand(&rest, until: "}", depth: depth + 1, &inner)
    let current = self[name]
    let isSet = countsEmpty ? !(current ?? "").isEmpty : current != nil
    switch operation {
    case "-":
      if isSet { return current ?? "" }
      missing.formUnion(inner)
      return word
    case "+":
      if isSet { missing.formUnion(inner) }
      return isSet ? word : ""
    default:
      if !isSet, !name.isEmpty { missing.insert(name) }
      return current ?? ""
    }
  }

  private func value(_ name: String, _ missing: inout Set<String>) -> String {
    if let value = self[name] { return value }
    if !name.isEmpty { missing.insert(name) }
    return ""
  }

  private static func name(_ rest: inout Scalars) -> String {
    var name = String.UnicodeScalarView()
    while let scalar = rest.first, begins(scalar) || (!name.isEmpty && ("0"..."9").contains(scalar)) {
      name.append(scalar)
      rest.removeFirst()
    }
    return String(name)
  }

  private static func begins(_ scalar: Unicode.Scalar) -> Bool {
    ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
  }

  /// The variables of an env file: `NAME=value`, quotes, `export`, `#` comments; lines that are none are skipped.
  public static func parseEnvFile(_ text: String, over base: ComposeVariables) -> [String: String] {
    var variables = base
    var found: [String: String] = [:]
    for line in text.split(whereSeparator: \.isNewline) {
      var rest = trimmed(line)
      if rest.hasPrefix("export ") { rest = trimmed(rest.dropFirst(7)) }
      guard rest.first != "#", let equals = rest.firstIndex(of: "=") else { continue }
      let name = String(trimmed(rest[..<equals]))
      guard let first = name.unicodeScalars.first, begins(first) else { continue }
      let value = variables.envValue(trimmed(rest[rest.index(after: equals)...]))
      found[name] = value
      variables.file[name] = value
    }
    return found
  }

  private func envValue(_ text: Substring) -> String {
    var missing: Set<String> = []
    if let quote = text.first, quote == "'" || quote == "\"" {
      let body = text.dropFirst()
      let inside = String(body.prefix { $0 != quote })
      return quote == "'" ? inside : interpolate(inside, missing: &missing)
    }
    var end = text.endIndex
    for index in text.indices where text[index] == "#" {
      if index == text.startIndex || text[text.index(before: index)].isWhitespace {
        end = index
        break
      }
    }
    return interpolate(String(Self.trimmed(text[..<end])), missing: &missing)
  }

  private static func trimmed(_ text: Substring) -> Substring {
    var text = text.drop(while: \.isWhitespace)
    while text.last?.isWhitespace == true { text.removeLast() }
    return text
  }
}
