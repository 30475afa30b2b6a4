/// The variables of a compose project: the process' own before those of `.env`.
public struct ComposeVariables: Sendable {
  /// What came up while texts were interpolated.
  public struct Trouble: Sendable, Hashable {
    /// The names that are not set and for which nothing stands.
    public var missing: Set<String> = []
    /// Why compose refuses a text; no values.
    public var problems: [String] = []

    /// Makes one without any.
    public init() {}
  }

  /// The process' variables.
  public var process: [String: String]
  /// Those of `.env` files.
  public var file: [String: String]
  /// The file that each of those stands in.
  public var places: [String: String]

  /// Makes variables.
  public init(
    process: [String: String] = [:],
    file: [String: String] = [:],
    places: [String: String] = [:]
  ) {
    self.process = process
    self.file = file
    self.places = places
  }

  /// The value of a variable; nil when it is not set, empty when it is set to nothing.
  public subscript(_ name: String) -> String? {
    process[name] ?? file[name]
  }

  /// Adds the variables of a `.env` file, those that are there already before them.
  /// - Throws: where and why compose refuses the file.
  public mutating func add(_ text: String, of path: String) throws(EnvironmentFile.Failure) {
    let known = self
    for (name, value) in try EnvironmentFile.parse(text, lookup: { known[$0] }) where file[name] == nil {
      file[name] = value
      places[name] = path
    }
  }

  /// Where the value of a variable is to be had again; nil when it is not set.
  func reference(_ name: String) -> SecretReference? {
    if process[name] != nil { return .environment(name) }
    return places[name].map { .keyInFile($0, key: name) }
  }

  /// The text with `$V`, `${V}`, `${V:-d}`, `${V-d}`, `${V:+r}`, `${V+r}`, `${V:?e}` and `$$` replaced.
  ///
  /// What is not set becomes nothing, as compose does it. A `$` that begins nothing stays.
  public func interpolate(_ text: String, _ trouble: inout Trouble) -> String {
    Self.interpolate(text, &trouble) { self[$0] }
  }

  static func interpolate(
    _ text: String,
    _ trouble: inout Trouble,
    lookup: (String) -> String?
  ) -> String {
    guard text.utf8.contains(UInt8(ascii: "$")) else { return text }
    return expand(Array(text.unicodeScalars)[...], depth: 0, &trouble, lookup)
  }

  /// The variable that a text is, whole: `$V`, `${V}` or `${V` with an operator; nil for any other text.
  static func variable(_ text: some StringProtocol) -> String? {
    var rest = Array(text.unicodeScalars)[...]
    guard rest.popFirst() == "$" else { return nil }
    let isBraced = rest.first == "{"
    if isBraced { rest.removeFirst() }
    let name = name(&rest)
    guard !name.isEmpty else { return nil }
    guard isBraced else { return rest.isEmpty ? name : nil }
    guard rest.last == "}", closing(rest) == rest.endIndex - 1 else { return nil }
    return name
  }

  /// The names that follow a `$` or `${` in a text.
  static func mentioned(in text: String) -> [String] {
    var rest = Array(text.unicodeScalars)[...]
    var names: [String] = []
    while let scalar = rest.popFirst() {
      guard scalar == "$" else { continue }
      if rest.first == "{" { rest.removeFirst() }
      let name = name(&rest)
      if !name.isEmpty { names.append(name) }
    }
    return names
  }

  private typealias Scalars = ArraySlice<Unicode.Scalar>

  private static func expand(
    _ text: Scalars,
    depth: Int,
    _ trouble: inout Trouble,
    _ lookup: (String) -> String?
  ) -> String {
    var rest = text
    var output = String.UnicodeScalarView()
    while let scalar = rest.popFirst() {
      guard scalar == "$", let next = rest.first else {
        output.append(scalar)
        continue
      }
      if next == "$" {
        rest.removeFirst()
        output.append("$")
      } else if next == "{" {
        rest.removeFirst()
        guard depth < 16, let end = closing(rest) else {
          trouble.problems.append("invalid interpolation: a `${` is no variable")
          return String(output)
        }
        output.append(contentsOf: braced(rest[..<end], depth, &trouble, lookup).unicodeScalars)
        rest = rest[(end + 1)...]
      } else if begins(next) {
        output.append(contentsOf: value(name(&rest), &trouble, lookup).unicodeScalars)
      } else {
        output.append("$")
      }
    }
    return String(output)
  }

  /// Where the `}` stands that closes what was opened before the text; nil when none does.
  private static func closing(_ text: Scalars) -> Int? {
    var open = 1
    var index = text.startIndex
    while index < text.endIndex {
      if text[index] == "}" {
        open -= 1
        if open == 0 { return index }
      } else if text[index] == "$", index + 1 < text.endIndex, text[index + 1] == "{" {
        open += 1
        index += 1
      }
      index += 1
    }
    return nil
  }

  /// What stands between `${` and its `}`.
  private static func braced(
    _ text: Scalars,
    _ depth: Int,
    _ trouble: inout Trouble,
    _ lookup: (String) -> String?
  ) -> String {
    var rest = text
    let name = name(&rest)
    let countsEmpty = rest.first == ":"
    if countsEmpty { rest.removeFirst() }
    let operation = rest.popFirst()
    // A line break in a default is beyond what compose's own pattern takes.
    guard !name.isEmpty, operation.map({ "-+?".unicodeScalars.contains($0) }) ?? !countsEmpty,
      !rest.contains("\n")
    else {
      trouble.problems.append("invalid interpolation: a `${` is no variable")
      return ""
    }
    guard let operation else { return value(name, &trouble, lookup) }
    let current = lookup(name)
    let isSet = countsEmpty ? !(current ?? "").isEmpty : current != nil
    switch operation {
    case "-": return isSet ? current ?? "" : expand(rest, depth: depth + 1, &trouble, lookup)
    case "+": return isSet ? expand(rest, depth: depth + 1, &trouble, lookup) : ""
    default:
      if !isSet { trouble.problems.append("the required variable \(name) is not set") }
      return current ?? ""
    }
  }

  private static func value(
    _ name: String,
    _ trouble: inout Trouble,
    _ lookup: (String) -> String?
  ) -> String {
    if let value = lookup(name) { return value }
    trouble.missing.insert(name)
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
}
