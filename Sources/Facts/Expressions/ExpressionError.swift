/// Why an expression can't be read, and where.
public struct ExpressionError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong, what was expected and, where one is near, what was probably meant.
  ///
  /// It may quote the line: make it a ``SafeText`` before it is shown.
  public let message: String
  /// Where it is wrong, as a UTF-8 offset in the line; equal to its length at the end of the line.
  public let offset: Int

  /// Describes an error at a UTF-8 offset of the line.
  public init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }

  /// The column (from 1, in bytes) and the message, for a log or a test's output.
  public var description: String {
    "column \(offset + 1): \(message)"
  }
}

/// A test that could not be decided because its two sides don't fit together.
public struct ExpressionNote: Sendable, Hashable {
  /// The test as it was written, such as `queue.celery.ready > 5s`.
  public let test: String
  /// Why it can't be decided, such as `a number can't be compared with a time`.
  public let message: String
  /// Where the misfit stands, as a UTF-8 offset in the line.
  public let offset: Int
}

/// Finds the word that was probably meant by a mistyped one.
public enum DidYouMean {
  /// The candidate nearest to `word`, or nil if none is near enough to be a typing mistake.
  ///
  /// Near is an edit distance (a swap of neighbours counts once) of at most a third of the word,
  /// case ignored. Of two equally near candidates the first wins. Words over 64 bytes have none.
  public static func nearest(_ word: String, among candidates: some Sequence<String>) -> String? {
    let typed = Array(word.lowercased().utf8)
    guard !typed.isEmpty, typed.count <= 64 else { return nil }
    let limit = max(1, typed.count / 3)
    var best: (candidate: String, distance: Int)?
    for candidate in candidates where abs(candidate.utf8.count - typed.count) <= limit {
      let distance = distance(typed, Array(candidate.lowercased().utf8))
      // Something must be left of the word: "s" is no typing mistake of "B".
      guard distance <= limit, distance < typed.count else { continue }
      if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    return best?.candidate
  }

  /// A clause to append to a message: `; did you mean 'known'?`, or nothing.
  public static func clause(_ word: String, among candidates: some Sequence<String>) -> String {
    nearest(word, among: candidates).map { "; did you mean '\($0)'?" } ?? ""
  }

  /// The optimal string alignment distance, row by row.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious: [Int] = []
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let cost = left[row] == right[column] ? 0 : 1
        var best = min(previous[column + 1] + 1, current[column] + 1, previous[column] + cost)
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          best = min(best, beforePrevious[column - 1] + 1)
        }
        current.append(best)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}
