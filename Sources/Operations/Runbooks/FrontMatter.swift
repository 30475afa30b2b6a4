internal import DataSources
public import Facts

/// A thing of which a runbook says that it is for it: `service backend`, `queue *`, `run`.
public struct RunbookSubject: Sendable, Hashable {
  /// Which kind of thing.
  public var kind: TargetKind
  /// Its name; nil: any of its kind.
  public var name: String?
}

/// What stands between two lines `---` at the head of a runbook: what it is for.
///
///     ---
///     for: run, validation -> validation-failures
///     ---
struct FrontMatter {
  /// What is for what: the subject, and the last part of the procedure's id; nil: the file's first.
  private(set) var subjects: [(subject: RunbookSubject, procedure: String?)] = []
  /// What is wrong with it, and on which line.
  private(set) var problems: [(message: String, line: Int)] = []
  /// The text with blank lines in its place.
  private(set) var rest: String

  private static let fence = "---"
  private static let kinds: [TargetKind] = [
    .service, .queue, .run, .execution, .cause, .validation, .alert,
  ]

  init(parsing text: String) {
    rest = text
    let lines = text.split(omittingEmptySubsequences: false) { ["\n", "\r\n"].contains($0) }
    guard lines.first == "\(Self.fence)" else { return }
    guard let end = lines.dropFirst().firstIndex(of: "\(Self.fence)") else {
      problems.append(("the `---` that begins here is never closed", 1))
      return
    }
    for (index, line) in lines[1..<end].enumerated() { read(line, index + 2) }
    rest = String(repeating: "\n", count: end + 1) + lines[(end + 1)...].joined(separator: "\n")
  }

  private mutating func read(_ line: Substring, _ number: Int) {
    guard !line.allSatisfy({ $0 == " " }) else { return }
    let key = line.prefix { $0 != ":" }
    guard key == "for", key.endIndex < line.endIndex else {
      problems.append(("only `for: …` stands between the `---`, not `\(line)`", number))
      return
    }
    for part in line[line.index(after: key.endIndex)...].split(separator: ",") {
      let sides = part.split(separator: "->", maxSplits: 1).map { $0.trimmed }
      let words = (sides.first ?? "").split(separator: " ").map(String.init)
      guard let kind = words.first.map({ TargetKind($0) }), Self.kinds.contains(kind), words.count <= 2,
        sides.last?.isEmpty == false
      else {
        let known = Self.kinds.map(\.name).joined(separator: ", ")
        problems.append(
          ("`\(String(part).trimmed)`: it is KIND NAME or KIND *; the kinds are \(known)", number)
        )
        continue
      }
      let name = words.count == 2 && words[1] != "*" ? words[1] : nil
      subjects.append((RunbookSubject(kind: kind, name: name), sides.count == 2 ? sides[1] : nil))
    }
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    let start = drop { $0 == " " }
    return String(start.reversed().drop { $0 == " " }.reversed())
  }
}
