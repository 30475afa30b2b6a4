internal import CPCRE2

/// What lines are looked through for: a regular expression of PCRE2, compiled to machine code where it can be.
///
/// A pattern that would take forever ends by PCRE2's own limits; it blocks all the same: on the thread pool only.
public final class LinePattern: @unchecked Sendable {
  // Unchecked: what was compiled is never changed, and each matching has a place of its own for what it finds.

  /// Why a pattern can't be used.
  public struct Failure: Error, Sendable, Hashable {
    /// PCRE2's words.
    public var message: String
    /// The byte of the pattern at which it can't go on; nil if it was matching that failed.
    public var offset: Int?
  }

  /// Steps that one line may take: the library's own default is ten million, seconds of a bad pattern.
  private static let matchLimit: UInt32 = 200_000

  /// Whether no match can hold an end of line or ask for one, so that many lines can be looked through as one text.
  ///
  /// Told of expressions of which it is seen at once; of others it may be so, too.
  let staysWithinLine: Bool
  fileprivate let code: OpaquePointer
  fileprivate let context: OpaquePointer

  /// Compiles a pattern.
  /// - Throws: what is wrong with it, and where.
  public init(_ text: String, ignoresCase: Bool = false) throws(Failure) {
    let options = UInt32(PCRE2_UTF) | UInt32(PCRE2_MATCH_INVALID_UTF) | UInt32(PCRE2_NEVER_BACKSLASH_C)
    var (number, offset): (Int32, Int) = (0, 0)
    let bytes = Array(text.utf8)
    guard
      let code = pcre2_compile_8(
        bytes,
        bytes.count,
        ignoresCase ? options | UInt32(PCRE2_CASELESS) : options,
        &number,
        &offset,
        nil
      )
    else { throw Failure(message: Self.words(number), offset: offset) }
    guard let context = pcre2_match_context_create_8(nil) else {
      pcre2_code_free_8(code)
      throw Failure(message: "no memory")
    }
    pcre2_set_match_limit_8(context, Self.matchLimit)
    // Where it can't be compiled further it is interpreted.
    pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
    self.code = code
    self.context = context
    staysWithinLine = Self.staysWithinLine(bytes)
  }

  deinit {
    pcre2_match_context_free_8(context)
    pcre2_code_free_8(code)
  }

  /// Whether each of these lines holds it.
  /// - Throws: it takes too long for one of them.
  public func matches(_ lines: [String]) throws(Failure) -> [Bool] {
    var matcher = try matcher()
    var found: [Bool] = []
    found.reserveCapacity(lines.count)
    for line in lines {
      var result = Result<Bool, Failure>.success(false)
      Array(line.utf8).withUnsafeBytes { bytes in
        do throws(Failure) { result = .success(try matcher.holds(bytes)) } catch { result = .failure(error) }
      }
      found.append(try result.get())
    }
    return found
  }

  /// Looks through lines one by one, on one thread.
  func matcher() throws(Failure) -> Matcher { try Matcher(self) }

  /// What looks through lines for one pattern.
  struct Matcher: ~Copyable {
    private let pattern: LinePattern
    private let match: OpaquePointer

    fileprivate init(_ pattern: LinePattern) throws(Failure) {
      guard let match = pcre2_match_data_create_8(1, nil) else { throw Failure(message: "no memory") }
      self.pattern = pattern
      self.match = match
    }

    deinit { pcre2_match_data_free_8(match) }

    /// Whether a line holds it.
    /// - Throws: it takes too long.
    mutating func holds(_ line: UnsafeRawBufferPointer) throws(Failure) -> Bool {
      let bytes = line.bindMemory(to: UInt8.self)
      let empty: [UInt8] = [0]
      let result =
        bytes.baseAddress.map { pcre2_match_8(pattern.code, $0, bytes.count, 0, 0, match, pattern.context) }
        ?? pcre2_match_8(pattern.code, empty, 0, 0, 0, match, pattern.context)
      guard result >= 0 || result == PCRE2_ERROR_NOMATCH else {
        throw Failure(message: LinePattern.words(result))
      }
      return result >= 0
    }

    /// Where the first match begins behind an offset of a text; nil if there is none.
    /// - Throws: it takes too long.
    mutating func first(in text: UnsafeRawBufferPointer, from offset: Int) throws(Failure) -> Int? {
      guard let base = text.bindMemory(to: UInt8.self).baseAddress else { return nil }
      let result = pcre2_match_8(pattern.code, base, text.count, offset, 0, match, pattern.context)
      guard result >= 0 || result == PCRE2_ERROR_NOMATCH else {
        throw Failure(message: LinePattern.words(result))
      }
      return result >= 0 ? pcre2_get_ovector_pointer_8(match)[0] : nil
    }
  }

  /// Letters, `.` and plain classes never match an end of line; what looks around, negates or anchors may.
  private static func staysWithinLine(_ text: [UInt8]) -> Bool {
    guard text.allSatisfy({ $0 >= 0x20 }) else { return false }
    var at = 0
    func byte(_ offset: Int) -> UInt8? { at + offset < text.count ? text[at + offset] : nil }
    while let here = byte(0) {
      switch Unicode.Scalar(here) {
      case "^", "$", "]": return false
      case "(":
        if byte(1) == UInt8(ascii: "?") || byte(1) == UInt8(ascii: "*") { return false }
      case "[":
        guard let end = text[at...].firstIndex(of: UInt8(ascii: "]")), end > at + 1,
          byte(1) != UInt8(ascii: "^"), !text[(at + 1)..<end].contains(UInt8(ascii: "\\")),
          !text[(at + 1)..<end].contains(UInt8(ascii: "["))
        else { return false }
        at = end
      case "\\":
        guard let escaped = byte(1) else { return false }
        if escaped == UInt8(ascii: "Q") {
          // Up to \E all stands for itself.
          while at < text.count, !(byte(0) == UInt8(ascii: "\\") && byte(1) == UInt8(ascii: "E")) { at += 1 }
        } else if !"dwb".utf8.contains(escaped), escaped >= 0x80 || isLetterOrDigit(escaped) {
          return false
        }
        at += 1
      default: break
      }
      at += 1
    }
    return true
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
  }

  fileprivate static func words(_ number: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 256)
    let count = pcre2_get_error_message_8(number, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer.prefix(Int(count)), as: UTF8.self) : "error \(number)"
  }
}
