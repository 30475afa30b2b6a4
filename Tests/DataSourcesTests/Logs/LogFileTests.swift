import Facts
import TestSupport
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// A log in a file: its end at once, and all of it window by window.
@Suite struct LogFileTests {
  private static let now = WallTime(secondsSince1970: 1_795_845_600)

  private func search(
    _ path: String,
    _ query: String,
    from offset: Int = 0
  ) throws -> (texts: [String], search: LogFileSearch) {
    var search = try LogFileSearch(LogFile(path), for: LogQuery(parsing: query), from: offset)
    var texts: [String] = []
    while !search.isOver { texts += try search.next(windows: 2, at: Self.now).map(\.text.string) }
    return (texts, search)
  }

  private func bytes(_ path: String, _ bytes: [UInt8]) throws {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    try #require(descriptor >= 0)
    defer { close(descriptor) }
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      try #require(count > 0)
      rest = rest.dropFirst(count)
    }
  }

  /// Records of every kind, so that some lie over the border of two windows.
  private func example(_ count: Int) -> String {
    (0..<count).map { number in
      let second = number % 60 < 10 ? "0\(number % 60)" : "\(number % 60)"
      let minute = number / 60 % 60 < 10 ? "0\(number / 60 % 60)" : "\(number / 60 % 60)"
      let head = "2026-11-28 0\(number / 3_600 % 10):\(minute):\(second),000+00:00 - api"
      switch number % 7 {
      case 0:
        return
          "\(head) - ERROR - request \(number) failed\nTraceback (most recent call last):\n  File \"a.py\", in f\n"
          + "psycopg2.OperationalError: refused \(number)\n\tIs the server running?\n"
      case 3: return "INFO:     1.2.3.4:5 - \"GET /runs/\(number) HTTP/1.1\" \(number % 2 == 0 ? 200 : 503)\n"
      case 5: return "a line of its own \(number)\n"
      default:
        return
          "\(head) - INFO - request \(number) took \(number % 997) ms \(String(repeating: "x", count: 60))\n"
      }
    }.joined()
  }

  /// However a window falls, it finds what looking at all lines at once does.
  @Test(arguments: [
    "refused", "\"is the server\"", "level:error", "level:warning", "service:none", "/^a line/",
    "/\\d{5} failed$/",
    "/request (1|2)000 /", "-took", "failed -took", "/[0-9]77 ms/", "nowhere", "",
  ]) func whatIsFoundIsWhatIsThere(_ query: String) throws {
    let directory = try TemporaryDirectory()
    let text = example(30_000)
    try #require(text.utf8.count > 3 << 20)
    let path = try directory.write("a.log", text)
    let lines = text.split(separator: "\n").map { LogStretch.Line(Array($0.utf8)) }
    let expected = try LogArchive.lines(lines, of: "x", at: Self.now, LogQuery(parsing: query)).map(
      \.text.string
    )
    let found = try search(path, query).texts
    #expect(found.count == expected.count, "\(query)")
    #expect(found == expected, "\(query)")
    if query == "refused" { #expect(found.count == 4_286 * 5) }
  }

  /// Neither what is looked through nor what is read on is taken for lines that don't hold it.
  @Test func anExpressionThatTakesForeverIsNoEmptyAnswer() throws {
    let directory = try TemporaryDirectory()
    let text = "\(String(repeating: "a", count: 60))!"
    let query = try LogQuery(parsing: "/^(a|aa|aaa)+$/")
    #expect(throws: LogFile.Failure.self) {
      try LogArchive.lines([LogStretch.Line(Array(text.utf8))], of: "x", at: Self.now, query)
    }
    var search = try LogFileSearch(LogFile(directory.write("a.log", "\(text)\n")), for: query)
    #expect(throws: LogFile.Failure.self) { try search.next(windows: 2, at: Self.now) }
  }

  @Test func aLongLineIsCutAndNothingBehindItIsLost() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("a.log")
    var text = Array("first needle\n".utf8)
    text += Array(repeating: UInt8(ascii: "x"), count: 100_000) + Array("a needle in it".utf8)
    text += Array(repeating: UInt8(ascii: "y"), count: 64 << 20) + Array("needle unseen\n".utf8)
    text += [0xFF, 0x00, 0xC3] + Array(" needle behind\r\nlast needle".utf8)
    try bytes(path, text)
    let (texts, found) = try search(path, "needle")
    #expect(
      texts.count == 4 && texts[1].contains("a needle in it") && texts[1].utf8.count < 20_000,
      "\(texts.count)"
    )
    #expect(texts[2].hasSuffix("needle behind") && texts[3] == "last needle")
    // What was not looked through is told.
    #expect(found.longLines == 1 && found.offset == text.count)
    let unseen = try search(path, "unseen")
    #expect(unseen.texts.isEmpty && unseen.search.longLines == 1)
  }

  @Test func theEndOfAFileIsReadWithoutTheRest() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("a.log", (0..<100_000).map { "line \($0)\n" }.joined() + "unfinished")
    let file = try LogFile(path)
    func texts(_ piece: LogFile.Piece) -> [String] {
      piece.lines.map { String(decoding: $0.bytes, as: UTF8.self) }
    }
    #expect(texts(try file.end(3)) == ["line 99998", "line 99999", "unfinished"])
    let followed = try file.end(2, isFollowed: true)
    #expect(texts(followed) == ["line 99998", "line 99999"] && followed.hasOlder)
    // Where it goes on is where the unfinished one begins.
    #expect(try file.lines(from: followed.end, room: 100).lines.isEmpty)
    let all = try file.end(200_000)
    #expect(texts(all).count == 100_001 && !all.hasOlder)
    let empty = try LogFile(directory.write("b.log", "")).end(5)
    #expect(empty.lines.isEmpty && !empty.hasOlder)
    let long = directory.path("c.log")
    try bytes(long, Array(repeating: 0x78, count: 9 << 20))
    let torn = try LogFile(long).end(5)
    #expect(torn.isTorn && torn.hasOlder && torn.lines.count == 1)
  }

  @Test func whatIsWrittenIsReadOnLineByLine() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("a.log", "one\ntwo\nthr")
    let file = try LogFile(path)
    let first = try file.lines(from: 0, room: 100)
    #expect(first.lines.count == 2 && first.end == 8)
    try bytes(path, Array("one\ntwo\nthree\n".utf8))
    let next = try file.lines(from: first.end, room: 100)
    #expect(next.lines.map(\.bytes) == [Array("three".utf8)] && next.end == 14)
    // Room is taken for no more than there is: nobody has so much, and at the end for nothing.
    for offset in [8, 14, 99] {
      let rest = try file.lines(from: offset, room: 1 << 50)
      #expect(rest.lines.count == (offset == 8 ? 1 : 0) && rest.end == max(14, offset) && !rest.isTorn)
    }
    // A line that is longer than what is read at once holds nothing up.
    let torn = try file.lines(from: 0, room: 2)
    #expect(torn.isTorn && !file.isReplaced)
    _ = try directory.write("b.log", "new\n")
    #expect(rename(directory.path("b.log"), path) == 0 && file.isReplaced)
  }

  @Test func aTimeIsFoundByHalving() throws {
    let directory = try TemporaryDirectory()
    let text = (0..<36_000).map { number in
      let parts = [number / 3_600, number / 60 % 60, number % 60].map { $0 < 10 ? "0\($0)" : "\($0)" }
      return "2026-11-28T\(parts.joined(separator: ":"))Z \(String(repeating: "x", count: 100))\n"
    }.joined()
    let file = try LogFile(directory.write("a.log", text))
    let time = try #require(WallTime(timestamp: "2026-11-28T07:00:00Z"))
    let offset = try #require(try file.offset(since: time))
    let exact = 7 * 3_600 * 122
    #expect(offset <= exact && offset > exact - (2 << 20))
    let none = try LogFile(directory.write("b.log", String(repeating: "no time\n", count: 500_000)))
    #expect(try none.offset(since: time) == nil)
  }

  @Test func whatIsNoFileIsSaidAndNothingWaits() throws {
    let directory = try TemporaryDirectory()
    let pipe = directory.path("pipe")
    try #require(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, directory.path("none"), directory.root, "/dev/null"] {
      #expect(throws: LogFile.Failure.self) { try LogFile(path) }
    }
  }

  @Test(arguments: [
    ("timed? ?out", true), ("pool.*exhausted", true), ("(a|b)+[0-9]\\d\\w\\b", true), ("\\Qa.b(\\E", true),
    ("a\\.b", true),
    ("^a", false), ("a$", false), ("a\\s+b", false), ("[^a]b", false), ("(?s)a.b", false), ("(?=a)", false),
    ("\\n", false),
    ("\\x0a", false), ("[\\n]", false), ("a\nb", false), ("(*ANYCRLF)a.b", false), ("\\D", false),
    ("[]a]", false),
  ]) func anExpressionThatMayReachOverAnEndOfLineIsSeen(_ text: String, _ stays: Bool) throws {
    #expect(try LinePattern(text).staysWithinLine == stays)
  }
}
