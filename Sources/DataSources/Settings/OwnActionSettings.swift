/// An action of somebody's own, as a configuration tells it: a program that is run, with preview, record and gate.
public struct OwnActionSettings: Sendable, Hashable {
  /// What it may act on.
  public enum Scope: String, Sendable, CaseIterable {
    case environment, service, queue, run
  }

  /// Its name: `warm-cache`.
  public var name: String
  /// What it is called; its name unless told.
  public var title: String?
  /// The program and its arguments, never a shell's line; `{target}` and `{INPUT}` stand for what is meant.
  public var run: [String] = []
  /// What it acts on.
  public var scope = Scope.environment
  /// Its danger class: 1 mild, 2 disruptive, 3 destructive.
  public var dangerClass = 2
  /// The names of what has to be given each time.
  public var inputs: [String] = []
  /// What must hold afterwards; nil: nothing proves it.
  public var gate: String?
  /// The time that the program may take.
  public var deadline = Duration.seconds(60)
  /// Where it stands.
  public var location: Location?

  /// Makes an action that runs nothing yet.
  public init(name: String, location: Location? = nil) {
    self.name = name
    self.location = location
  }

  /// The names between braces in its words, in order.
  public var placeholders: [String] { run.flatMap { Self.parts(of: $0).filter(\.isPlaceholder).map(\.text) } }

  /// Its words with what stands for the names between braces; each stays one word, whatever is in it.
  public func words(_ values: [String: String]) -> [String] {
    run.map { word in
      Self.parts(of: word).map { $0.isPlaceholder ? values[$0.text] ?? "{\($0.text)}" : $0.text }.joined()
    }
  }

  /// A word cut at what stands between braces and is a name; other braces are letters.
  private static func parts(of word: String) -> [(text: String, isPlaceholder: Bool)] {
    var parts: [(text: String, isPlaceholder: Bool)] = []
    var rest = word[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let name = rest[rest.index(after: open)..<close]
      let isName =
        !name.isEmpty && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }
      guard isName else {
        parts.append((String(rest[...open]), false))
        rest = rest[rest.index(after: open)...]
        continue
      }
      parts.append((String(rest[..<open]), false))
      parts.append((String(name), true))
      rest = rest[rest.index(after: close)...]
    }
    parts.append((String(rest), false))
    return parts.filter { !$0.text.isEmpty }
  }
}
