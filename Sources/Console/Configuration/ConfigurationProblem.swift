import DataSources
import Facts

/// One thing in a configuration that is wrong, or has no effect, and where.
struct ConfigurationProblem: Error, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Whether the configuration can be used all the same.
  enum Severity: Sendable, Hashable {
    /// It can't be used.
    case error
    /// A part of it has no effect.
    case warning
  }

  /// Whether the configuration can be used all the same.
  var severity: Severity
  /// Where; of a file that couldn't be read at all its beginning, which is not told.
  var location: Location
  /// Whether the file couldn't be read, so that there is no line to tell.
  var isOfWholeFile = false
  /// What is wrong, what was expected, what may be meant; never the value of a secret.
  var message: String

  /// Describes a problem at a place.
  init(_ message: String, at location: Location, severity: Severity = .error) {
    self.severity = severity
    self.location = location
    self.message = message
  }

  /// Describes why a file can't be read, and what to do.
  init(unreadable file: String, _ message: String) {
    self.init(message, at: Location(file: file, line: 1, column: 1))
    isOfWholeFile = true
  }

  /// The problem as compilers write it, harmless to a terminal: `file:line:column: message`.
  ///
  /// Of an unreadable file `file: message`.
  var description: String {
    let place = isOfWholeFile ? location.file : location.description
    return switch severity {
    case .error: SafeText("\(place): \(message)").string
    case .warning: SafeText("\(place): warning: \(message)").string
    }
  }

  /// Orders by place.
  static func < (left: ConfigurationProblem, right: ConfigurationProblem) -> Bool {
    (left.location, left.message) < (right.location, right.message)
  }
}

/// The nearest of the words that may be meant.
enum Suggestion {
  /// `, did you mean `x`?`, or nothing when no word is near.
  static func suffix(_ word: String, among candidates: some Sequence<String>) -> String {
    nearest(to: word, among: candidates).map { ", did you mean `\($0)`?" } ?? ""
  }

  /// The candidate with the fewest edits from `word`, at most a third of its letters; nil: none.
  static func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    guard word.count <= 64 else { return nil }
    let limit = max(1, word.count / 3)
    var best: (candidate: String, edits: Int)?
    for candidate in candidates where abs(candidate.count - word.count) <= limit {
      let edits = distance(Array(word.lowercased()), Array(candidate.lowercased()))
      if edits <= limit, edits < best?.edits ?? .max { best = (candidate, edits) }
    }
    return best?.candidate
  }

  /// The least number of letters inserted, deleted, replaced or swapped with a neighbour.
  static func distance(_ one: [Character], _ other: [Character]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...other.count)
    for (row, letter) in one.enumerated() {
      var current = [row + 1]
      for (column, otherLetter) in other.enumerated() {
        var edits = min(last[column + 1] + 1, current[column] + 1)
        edits = min(edits, last[column] + (letter == otherLetter ? 0 : 1))
        if row > 0, column > 0, letter == other[column - 1], one[row - 1] == otherLetter {
          edits = min(edits, beforeLast[column - 1] + 1)
        }
        current.append(edits)
      }
      beforeLast = last
      last = current
    }
    return last[other.count]
  }
}
