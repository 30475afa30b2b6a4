/// Which lines of logs are wanted: what each record must hold, and what it must not.
///
/// As text, parts with spaces between them, all of which must hold: `words`, `"several words"`, `/regular expression/` of
/// PCRE2, `service:backend`, `level:warning` (that or graver); a `-` before one excludes. Case doesn't count.
public struct LogQuery: Sendable, Hashable {
  /// What a line of the record holds.
  public struct Term: Sendable, Hashable {
    /// As it was written, without its sign.
    public var text: String
    /// The expression of PCRE2.
    public var pattern: String
    /// Whether records that hold it are left out.
    public var excludes: Bool
  }

  /// What is wrong with a text, and from which of its characters on.
  public struct Fault: Error, Sendable, Hashable {
    /// In words.
    public var message: String
    /// In bytes of the text.
    public var offset: Int
  }

  /// What is looked for in the lines.
  public private(set) var terms: [Term] = []
  /// The services of which lines are wanted; empty: all.
  public private(set) var services: [String] = []
  /// Those of which none are.
  public private(set) var withoutServices: [String] = []
  /// How grave a record is at least.
  public private(set) var level = LogLevel.unknown

  /// The most terms that are looked for: each has a bit of a number.
  public static let mostTerms = 24

  /// All lines.
  public init() {}

  /// Records that hold an expression of PCRE2 (nil: any) and are at least so grave.
  /// - Throws: what is wrong with the expression.
  public init(pattern: String?, level: LogLevel) throws(Fault) {
    self.level = level
    guard let pattern else { return }
    do throws(LinePattern.Failure) {
      _ = try LinePattern(pattern, ignoresCase: true)
    } catch {
      throw Fault(message: error.message, offset: error.offset ?? 0)
    }
    terms = [Term(text: pattern, pattern: pattern, excludes: false)]
  }

  /// Reads a text.
  /// - Throws: what is wrong with it: an expression that is none, a level that there isn't.
  public init(parsing text: String) throws(Fault) {
    var scanner = LogQueryScanner(text)
    while let word = try scanner.next() {
      if !word.isQuoted, let value = word.value(of: "service") {
        if word.excludes { withoutServices.append(value) } else { services.append(value) }
        continue
      }
      if !word.isQuoted, let value = word.value(of: "level") {
        level = try Self.level(value, word)
        continue
      }
      let term = Term(text: word.text, pattern: word.pattern, excludes: word.excludes)
      guard !terms.contains(term) else { continue }
      guard terms.count < Self.mostTerms else {
        throw Fault(message: "more than \(Self.mostTerms) parts", offset: word.offset)
      }
      do throws(LinePattern.Failure) {
        _ = try LinePattern(term.pattern, ignoresCase: true)
      } catch {
        let within = word.isExpression ? word.textOffset + (error.offset ?? 0) : word.offset
        throw Fault(message: error.message, offset: within)
      }
      terms.append(term)
    }
  }

  private static func level(_ value: String, _ word: LogQueryScanner.Word) throws(Fault) -> LogLevel {
    let level = LogLevel(word: value.uppercased())
    guard level != .unknown else {
      throw Fault(
        message: "a level: debug, info, warning or error",
        offset: word.textOffset + "level:".utf8.count
      )
    }
    guard !word.excludes else { throw Fault(message: "a level can't be excluded", offset: word.offset) }
    return level
  }

  /// Whether a record of this log and gravity may be wanted at all.
  func takes(_ service: String, _ level: LogLevel) -> Bool {
    level >= self.level && (services.isEmpty || services.contains(service))
      && !withoutServices.contains(service)
  }
}

/// Goes over the text of a query.
private struct LogQueryScanner {
  struct Word {
    /// Without its sign and quotes.
    var text: String
    var excludes: Bool
    var isQuoted: Bool
    var isExpression: Bool
    /// Where it begins in bytes of the whole, and where what is within its sign and quotes does.
    var offset: Int
    var textOffset: Int

    /// What stands behind `name:`; nil if it is no such word.
    func value(of name: String) -> String? {
      guard !isExpression, text.hasPrefix("\(name):"), text.count > name.count + 1 else { return nil }
      return String(text.dropFirst(name.count + 1))
    }

    /// As an expression; a text that is none matches itself.
    var pattern: String {
      isExpression ? text : "\\Q\(text.replacing("\\E", with: "\\E\\\\E\\Q"))\\E"
    }
  }

  private let bytes: [UInt8]
  private var at = 0

  init(_ text: String) { bytes = Array(text.utf8) }

  mutating func next() throws(LogQuery.Fault) -> Word? {
    while at < bytes.count, bytes[at] == 0x20 { at += 1 }
    guard at < bytes.count else { return nil }
    let offset = at
    let excludes = bytes[at] == UInt8(ascii: "-") && at + 1 < bytes.count && bytes[at + 1] != 0x20
    if excludes { at += 1 }
    let mark = bytes[at]
    guard mark == UInt8(ascii: "\"") || mark == UInt8(ascii: "/") else {
      let start = at
      while at < bytes.count, bytes[at] != 0x20 { at += 1 }
      return word(start..<at, excludes, false, false, offset)
    }
    let start = at + 1
    var end = start
    while end < bytes.count, bytes[end] != mark || isEscaped(end, from: start) { end += 1 }
    let isExpression = mark == UInt8(ascii: "/")
    // A path is no expression: `/health` has no second slash before the next space, or something behind it.
    if isExpression, end == bytes.count || end + 1 < bytes.count && bytes[end + 1] != 0x20 {
      at = start - 1
      while at < bytes.count, bytes[at] != 0x20 { at += 1 }
      return word((start - 1)..<at, excludes, false, false, offset)
    }
    guard end > start else {
      throw LogQuery.Fault(message: "nothing between these", offset: offset)
    }
    guard end < bytes.count else {
      // While it is being typed the quote that ends it is missing.
      at = end
      return word(start..<end, excludes, true, false, offset)
    }
    at = end + 1
    return word(start..<end, excludes, !isExpression, isExpression, offset)
  }

  private func word(
    _ range: Range<Int>,
    _ excludes: Bool,
    _ isQuoted: Bool,
    _ isExpression: Bool,
    _ offset: Int
  ) -> Word {
    Word(
      text: String(decoding: bytes[range], as: UTF8.self),
      excludes: excludes,
      isQuoted: isQuoted,
      isExpression: isExpression,
      offset: offset,
      textOffset: range.lowerBound
    )
  }

  private func isEscaped(_ index: Int, from start: Int) -> Bool {
    var count = 0
    while index - count > start, bytes[index - count - 1] == UInt8(ascii: "\\") { count += 1 }
    return count % 2 == 1
  }
}
