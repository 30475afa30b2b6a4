import Facts
import TestSupport
import Testing

@testable import Operations

/// What a cause is: its template, its variants, its class, its labels.
struct CauseFinderTests {
  /// The causes of some texts, as `count in variants: template`.
  private func causes(_ texts: [String]) -> [String] {
    var finder = CauseFinder()
    for text in texts { finder.add(text) }
    return finder.report().causes.map { "\($0.count) in \($0.variants.count): \($0.template)" }
  }

  @Test(arguments: [
    ("Missing entity: 'time'", "Missing entity: ‹…›"),
    ("Missing required phrase: 'table for two'", "Missing required phrase: ‹…›"),
    (
      "CommandKind mismatch: expected WeatherCommand, got NoResultCommand",
      "CommandKind mismatch: expected ‹…›, got ‹…›"
    ),
    (
      "Text-to-speech generation failed: Failed to connect. Probable cause: Unknown",
      "Text-to-speech generation failed: ‹…›"
    ),
    ("Confidence too low: 0.95 < 0.99", "Confidence too low: ‹…› < ‹…›"),
    (#"Regex pattern not matched: '\d{3}-\d{3}-\d{4}'"#, "Regex pattern not matched: ‹…›"),
    (
      "could not receive data from client: Connection reset by peer",
      "could not receive data from client: ‹…›"
    ),
    (
      "fatal: Write failed: Connection reset by peer [preauth]",
      "fatal: Write failed: ‹…› [preauth]"
    ),
    ("psycopg2.OperationalError: out of memory", "psycopg2.OperationalError: out of memory"),
    ("KeyError: 'steps'", "KeyError: ‹…›"),
    ("took 250 ms", "took ‹…›"),
    ("Consuming from queues: celery, email, reports", "Consuming from queues: ‹…›"),
    (#"{"a": 1} could not be stored"#, "‹…› could not be stored"),
    ("User doesn't exist", "User doesn't exist"),
    ("ask 10.0.0.1:50010 to delete blk_17 blk_23 blk_42", "ask ‹…› to delete ‹…›"),
    ("of a1b2c3d4 f0e1d2c3 nothing is left", "of ‹…› ‹…› nothing is left"),
    ("Starting evaluation...", "Starting evaluation..."),
    ("state=failed code=7", "state=‹…› code=‹…›"),
  ]) func oneTextTellsItsValuesAlone(text: String, template: String) {
    #expect(causes([text]) == ["1 in 1: \(template)"])
  }

  @Test func manyWordsInOnePlaceAreValues() {
    let users = ["alice", "bob", "maria", "chen", "olga"]
    #expect(causes(users.map { "User \($0) has no quota" }) == ["5 in 5: User ‹…› has no quota"])
  }

  @Test func statementsThatDifferInAVerbStayApart() {
    let found = causes(["job mail started", "job mail stopped", "job mail started"])
    #expect(found == ["2 in 1: job mail started", "1 in 1: job mail stopped"])
  }

  @Test func statesBehindAPrepositionAreValues() {
    let found = causes(["moved from running to failed", "moved from pending to failed"])
    #expect(found == ["2 in 2: moved from ‹…› to failed"])
  }

  @Test func whatVariesTwiceNeedsNotAllItsPairs() {
    let pairs = [
      ("alice", "web"), ("bob", "web"), ("chen", "web"), ("olga", "web"), ("olga", "cache"), ("bob", "mail"),
    ]
    let found = causes(pairs.map { "login of \($0) refused on host \($1)" })
    #expect(found == ["6 in 6: login of ‹…› refused on host ‹…›"])
  }

  @Test func timesSpanWhatToldOne() throws {
    var finder = CauseFinder()
    finder.add("no time")
    finder.add("late by 3 s", at: WallTime(secondsSince1970: 20))
    finder.add("late by 5 s", at: WallTime(secondsSince1970: 10))
    finder.add("late by 4 s")
    let causes = finder.report().causes
    #expect(causes.map(\.count) == [3, 1])
    #expect(causes[0].firstSeen?.secondsSince1970 == 10 && causes[0].lastSeen?.secondsSince1970 == 20)
    // Nobody told when: not the beginning of 1970.
    #expect(causes[1].firstSeen == nil && causes[1].lastSeen == nil)
  }

  @Test func sharesTellWhereACauseIsOverRepresented() throws {
    var finder = CauseFinder()
    let french = finder.label("language", "fr-FR")
    let english = finder.label("language", "en-US")
    for _ in 0..<30 { finder.add("Missing entity: 'time'", labels: [french].compactMap { $0 }) }
    for _ in 0..<70 { finder.add("Confidence too low: 0.5 < 0.9", labels: [english].compactMap { $0 }) }
    for _ in 0..<20 { finder.add("nobody said in which language") }
    let causes = finder.report().causes
    let share = try #require(causes.first { $0.template == "Missing entity: ‹…›" }?.shares.first)
    #expect(share.value == "fr-FR" && share.count == 30 && share.inCause == 1 && share.inAll == 0.25)
    #expect(share.isOverRepresented)
    #expect(try #require(causes.first { $0.count == 20 }).shares == [])
  }

  @Test func aFewOfALabelAreNoOverRepresentation() throws {
    var finder = CauseFinder()
    let french = finder.label("language", "fr-FR")
    finder.add("Missing entity: 'time'", labels: [french].compactMap { $0 })
    for _ in 0..<3 { finder.add("Confidence too low: 0.5 < 0.9") }
    let share = try #require(finder.report().causes.last?.shares.first)
    #expect(share.inCause == 1 && share.inAll == 0.25 && !share.isOverRepresented)
  }

  @Test(arguments: [
    (
      "QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30",
      CauseClass.poolExhaustion
    ),
    ("connection pool is exhausted", .poolExhaustion),
    ("Houndify answered with a latency of 9 s", .providerLatency),
    ("password authentication failed for user \"x\"", .authentication),
    ("httpx.ReadTimeout: The read operation timed out", .timeout),
    ("sqlalchemy.exc.OperationalError: refused", .database),
    ("Confidence too low: 0.5 < 0.9", .validation),
    ("out of paper", .other),
  ]) func classesAreThoseOfTheRunbook(text: String, kind: CauseClass) {
    var finder = CauseFinder()
    finder.add(text)
    #expect(finder.report().causes.map(\.kind) == [kind])
  }

  @Test func theNameIsTheSameTomorrow() {
    var finder = CauseFinder()
    finder.add("Missing entity: 'time'")
    // Written down: a change of hash or template renames what people have noted.
    #expect(finder.report().causes.map(\.name) == ["missing-entity-2fa17c"])
  }

  @Test func aLongTextIsCutAndSaysSo() throws {
    var finder = CauseFinder()
    let text = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 20)
    _ = text.withUnsafeBytes { finder.add($0) }
    finder.add(String(repeating: "é", count: 1_000))
    let causes = finder.report().causes
    #expect(causes.count == 2)
    for cause in causes {
      let variant = try #require(cause.variants.first)
      #expect(variant.text.string.hasSuffix("…") && variant.text.string.utf8.count <= CauseFinder.prefix + 3)
      #expect(cause.template.string.hasSuffix("…"))
    }
  }

  @Test func anythingIsAText() {
    var finder = CauseFinder()
    let hostile: [[UInt8]] = [
      [], [0], [0xFF, 0xFE, 0x80], Array("a\0b\u{1B}[2Jc".utf8), Array("\u{202E}abc".utf8), [0xC3],
      Array("'{[(<=".utf8),
      [UInt8](repeating: UInt8(ascii: "{"), count: 5_000),
      [UInt8](repeating: UInt8(ascii: "'"), count: 5_000),
      Array("a=".utf8), Array("a='".utf8), Array(": : :".utf8), Array("failed it: ".utf8),
    ]
    for bytes in hostile { _ = bytes.withUnsafeBytes { finder.add($0) } }
    let report = finder.report()
    #expect(report.causes.reduce(0) { $0 + $1.count } == hostile.count && report.count == hostile.count)
    for text in report.causes.flatMap({ [$0.template] + $0.variants.map(\.text) }) {
      #expect(text.string.unicodeScalars.allSatisfy(SafeText.isHarmless))
    }
  }
}
