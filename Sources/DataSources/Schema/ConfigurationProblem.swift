public import Facts

/// One thing in a configuration that is wrong, or has no effect, and where.
public struct ConfigurationProblem: Error, Sendable, Hashable, Comparable, CustomStringConvertible {
  /// Whether the configuration can be used all the same.
  public enum Severity: Sendable, Hashable {
    /// It can't be used.
    case error
    /// A part of it has no effect.
    case warning
  }

  /// Whether the configuration can be used all the same.
  public var severity: Severity
  /// Where; of a file that couldn't be read at all its beginning, which is not told.
  public var location: Location
  /// Whether the file couldn't be read, so that there is no line to tell.
  public var isOfWholeFile = false
  /// What is wrong, what was expected, what may be meant; never the value of a secret.
  public var message: String

  /// Describes a problem at a place.
  public init(_ message: String, at location: Location, severity: Severity = .error) {
    self.severity = severity
    self.location = location
    self.message = message
  }

  /// Describes why a file can't be read, and what to do.
  public init(unreadable file: String, _ message: String) {
    self.init(message, at: Location(file: file, line: 1, column: 1))
    isOfWholeFile = true
  }

  /// The problem as compilers write it, harmless to a terminal: `file:line:column: message`.
  ///
  /// Of an unreadable file `file: message`.
  public var description: String {
    let place = isOfWholeFile ? location.file : location.description
    return switch severity {
    case .error: SafeText("\(place): \(message)").string
    case .warning: SafeText("\(place): warning: \(message)").string
    }
  }

  /// Orders by place.
  public static func < (left: ConfigurationProblem, right: ConfigurationProblem) -> Bool {
    (left.location, left.message) < (right.location, right.message)
  }
}

extension DidYouMean {
  /// `, did you mean `x`?`, or nothing when no word is near.
  public static func suffix(_ word: String, among candidates: some Sequence<String>) -> String {
    let near = DidYouMean.nearest(word, among: candidates)
    // What is cut short is more edits away than what is misspelt.
    let meant = near ?? (word.count >= 3 ? candidates.first { $0.hasPrefix(word) } : nil)
    return meant.map { ", did you mean `\($0)`?" } ?? ""
  }
}
