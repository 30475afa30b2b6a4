import Facts
import Testing

@testable import DataSources

/// Lines of several logs in the order of time, records kept whole.
@Suite struct LogBookTests {
  private static let now = WallTime(secondsSince1970: 1_795_845_600)
  private static let backend = LogStreamID(service: "backend", instance: "backend")
  private static let worker = LogStreamID(service: "worker", instance: "worker")

  private func lines(_ texts: [String]) -> [LogStretch.Line] { texts.map { LogStretch.Line(Array($0.utf8)) } }

  private func texts(_ book: LogBook) -> [String] {
    LogArchive(book).lines(book.order).map(\.text.string)
  }

  @Test func linesOfSeveralLogsStandInTheOrderOfTheirTimes() {
    var book = LogBook()
    book.append(lines(["2026-11-28 05:00:01Z a", "2026-11-28 05:00:03Z c"]), of: Self.backend, at: Self.now)
    book.append(lines(["2026-11-28 05:00:02Z b", "2026-11-28 05:00:04Z d"]), of: Self.worker, at: Self.now)
    #expect(texts(book).map { $0.suffix(1) } == ["a", "b", "c", "d"])
  }

  @Test func aTracebackStaysWithItsError() {
    var book = LogBook()
    book.append(
      lines([
        "2026-11-28 05:00:01,000+00:00 - api - ERROR - it failed", "Traceback (most recent call last):",
        "  File \"a.py\", line 1, in f", "ValueError: no",
      ]),
      of: Self.backend,
      at: Self.now
    )
    book.append(lines(["2026-11-28 05:00:01Z at that very moment"]), of: Self.worker, at: Self.now)
    book.append(lines(["2026-11-28 05:00:09Z later"]), of: Self.backend, at: Self.now)
    let told = LogArchive(book).lines(book.order)
    #expect(told.map(\.continues) == [false, true, true, true, false, false])
    #expect(told.prefix(4).allSatisfy { $0.level == .error && $0.stream == Self.backend })
    #expect(LogArchive(book).record(of: told[3].serial).map(\.serial) == told.prefix(4).map(\.serial))
  }

  @Test func whatComesLateIsPutWhereItBelongs() {
    var book = LogBook()
    for second in [5, 1, 9, 3] {
      let id = LogStreamID(service: "s\(second)", instance: "s\(second)")
      book.append(lines(["2026-11-28 05:00:0\(second)Z \(second)"]), of: id, at: Self.now)
    }
    #expect(texts(book).map { $0.suffix(1) } == ["1", "3", "5", "9"])
  }

  @Test func aClockThatGoesBackDoesNotChangeTheOrderWithinALog() {
    var book = LogBook()
    book.append(
      lines(["2026-11-28 05:00:09Z first", "2026-11-28 05:00:01Z second"]),
      of: Self.backend,
      at: Self.now
    )
    #expect(texts(book).map { String($0.split(separator: " ")[2]) } == ["first", "second"])
  }

  @Test func aTimeThatNobodyTellsIsWhenItWasReadAndSaidToBe() {
    var book = LogBook()
    book.append(lines(["a plain line"]), of: Self.backend, at: Self.now)
    let line = LogArchive(book).lines(book.order).first
    #expect(line?.time == Self.now && line?.isTimeAssumed == true)
    // One behind a line with a time stands there.
    book.append(lines(["2026-11-28 05:00:01Z a", "plain"]), of: Self.worker, at: Self.now)
    let last = LogArchive(book).lines(book.order).filter { $0.stream == Self.worker }.last
    #expect(last?.time == WallTime(timestamp: "2026-11-28T05:00:01Z") && last?.isTimeAssumed == true)
  }

  /// What was read begins in the middle of a traceback.
  @Test func whatStandsBeforeTheFirstTimeHasThatOne() {
    var book = LogBook()
    book.append(
      lines([
        "  in f", "ValueError: no", "2026-11-20 05:00:01Z a", "2099-01-01 05:00:01Z is a date",
        "2026-11-20 05:00:03Z b",
      ]),
      of: Self.backend,
      at: Self.now
    )
    let told = LogArchive(book).lines(book.order)
    let times = ["01", "01", "01", "01", "03"].map { WallTime(timestamp: "2026-11-20T05:00:\($0)Z") }
    #expect(told.map(\.time) == times)
    #expect(told.map(\.isTimeAssumed) == [true, true, false, true, false])
  }

  @Test func theRuntimesTimeStandsForOneWithoutAZone() {
    var book = LogBook()
    let taken = WallTime(timestamp: "2026-11-28T05:00:01Z")
    book.append(
      [LogStretch.Line(Array("2026-11-28 23:59:59 - api - INFO - x".utf8), time: taken)],
      of: Self.backend,
      at: Self.now
    )
    #expect(LogArchive(book).lines(book.order).first?.time == taken)
  }

  @Test func gravityIsReadOffHeadersTracebacksAndAnswers() {
    var book = LogBook()
    let told: [(String, LogLevel)] = [
      ("2026-11-28 05:00:01,000 - api - WARNING - slow", .warning),
      ("INFO:     127.0.0.1:5 - \"GET /health HTTP/1.1\" 200 OK", .info),
      ("INFO:     127.0.0.1:5 - \"POST /login HTTP/1.1\" 500 Internal Server Error", .error),
      ("10.0.0.1 - - \"GET / HTTP/2\" 503 12", .error), ("a \"5000\" of nothing HTTP/1.1\" 404", .unknown),
      ("Traceback (most recent call last):", .error),
    ]
    for (index, line) in told.enumerated() {
      let id = LogStreamID(service: "s\(index)", instance: "s\(index)")
      book.append(lines([line.0]), of: id, at: Self.now)
      #expect(book.entry(index)?.level == line.1, "\(line.0)")
    }
  }

  @Test func theOldestGoWhenThereIsTooMuchAndThatIsCounted() {
    var book = LogBook(mostBytes: 1_000, mostLines: 1_000)
    for number in 0..<100 {
      book.append(
        lines(["line \(number) \(String(repeating: "x", count: 40))"]),
        of: Self.backend,
        at: Self.now
      )
    }
    #expect(book.bytes <= 1_000 && book.dropped > 70)
    #expect(book.dropped == book.first && book.order.count == book.end - book.first)
    #expect(texts(book).last?.hasPrefix("line 99 ") == true)
    #expect(book.entry(0) == nil && LogArchive(book).record(of: 0).isEmpty)
  }

  @Test func aLineOfManyMegabytesIsCutAndSaysSo() {
    var book = LogBook()
    book.append([LogStretch.Line(Array(repeating: 0x41, count: 1 << 20))], of: Self.backend, at: Self.now)
    let line = LogArchive(book).lines(book.order).first
    #expect(line?.isCut == true && line?.text.string.utf8.count == LogBook.longestLine)
  }

  @Test func hostileBytesAreHarmless() {
    var book = LogBook()
    let bytes: [UInt8] = [0x41, 0x00, 0xFF, 0x1B, 0x5B, 0x32, 0x4A, 0x1B, 0x5B, 0x33, 0x31, 0x6D, 0x42]
    book.append([LogStretch.Line(bytes)], of: Self.backend, at: Self.now)
    #expect(LogArchive(book).lines(book.order).first?.text.string == "A␀\u{FFFD}␛[2JB")
  }

  @Test func passwordsAreInNoLine() {
    let known = KnownCredentials(forms: [Array("s3cr3t-canary".utf8)], words: [])
    var book = LogBook()
    book.append(lines(["login with s3cr3t-canary failed"]), of: Self.backend, at: Self.now)
    let line = LogArchive(book).lines(book.order).first
    #expect(line.map { !$0.text.string.contains("canary") && !$0.message.string.contains("canary") } == true)
    withExtendedLifetime(known) {}
  }

  @Test func whatIsWrittenWithoutATimeWhileSomebodyLooksWasWrittenJustNow() {
    var book = LogBook()
    book.append(lines(["hello"]), of: Self.backend, at: Self.now)
    let later = Self.now + .seconds(3_600)
    book.append(lines(["hello again", "and again"]), of: Self.backend, at: later)
    let told = LogArchive(book).lines(book.order)
    #expect(told.map(\.time) == [Self.now, later, later] && told.allSatisfy(\.isTimeAssumed))
  }

  @Test func whatStandsBeforeATimeThatIsToldKeepsThatOneTrue() {
    var book = LogBook()
    book.append(lines(["2026-11-28 05:00:00Z a"]), of: Self.backend, at: Self.now)
    book.append(lines(["GET /", "2026-11-28 05:00:01Z b", "GET /"]), of: Self.backend, at: Self.now)
    let told = LogArchive(book).lines(book.order)
    let times = ["00", "01", "01", "01"].map { WallTime(timestamp: "2026-11-28T05:00:\($0)Z") }
    #expect(told.map(\.time) == times && told.map(\.isTimeAssumed) == [false, true, false, true])
  }

  /// A time that is taken for another, so that a log keeps its order, is nobody's word.
  @Test func aTimeThatIsMovedIsMarked() {
    var book = LogBook()
    book.append(
      lines(["2026-11-28 05:00:09Z first", "2026-11-28 05:00:01Z second"]),
      of: Self.backend,
      at: Self.now
    )
    #expect(LogArchive(book).lines(book.order).map(\.isTimeAssumed) == [false, true])
  }

  /// The engine's clock is the engine's, however far it is ahead of this machine's.
  @Test func anEngineWhoseClockIsAheadIsBelieved() {
    var book = LogBook()
    let ahead = Self.now + .seconds(3_600)
    book.append([LogStretch.Line(Array("a".utf8), time: ahead)], of: Self.backend, at: Self.now)
    let told = LogArchive(book).lines(book.order).first
    #expect(told?.time == ahead && told?.isTimeAssumed == false)
  }

  @Test func aSecretWhoseNameStandsInTheHeaderIsInNoMessage() {
    for line in [
      "2026-11-28 05:00:00,123 ERROR app.password: hunter2", "Nov 23 17:25:06 host password: hunter2",
      "2026-11-28 05:00:00 [token] secret=hunter2",
    ] {
      var book = LogBook()
      book.append(lines([line]), of: Self.backend, at: Self.now)
      let told = LogArchive(book).lines(book.order).first
      #expect(
        told.map { !($0.text.string + $0.message.string).contains("hunter2") } == true,
        "\(line): \(told as Any)"
      )
    }
  }

  @Test func aLogOfWhichNothingIsKeptIsNotWhole() {
    var book = LogBook(mostLines: 4)
    book.append(lines((1...3).map { "2026-11-28 05:00:0\($0)Z a" }), of: Self.backend, at: Self.now)
    #expect(book.wholeSince == nil)
    book.append(lines((1...5).map { "2026-11-28 05:00:0\($0)Z b" }), of: Self.worker, at: Self.now)
    // Of the first nothing is left, and of the second the beginning has gone.
    #expect(book.wholeSince == WallTime(timestamp: "2026-11-28T05:00:03Z"))
    #expect(book.beginnings.map(\.stream) == [Self.worker])
  }

  /// What is left of a long answer must not make room again and again.
  @Test func roomIsMadeOnceForWhatIsTooMuch() {
    var book = LogBook(mostBytes: 10_000)
    book.append(
      lines((0..<500).map { _ in String(repeating: "x", count: 100) }),
      of: Self.backend,
      at: Self.now
    )
    let kept = book.end - book.first
    book.append(lines(["one more"]), of: Self.backend, at: Self.now)
    #expect(kept > 50 && book.end - book.first == kept + 1)
  }

  /// libpq says why on a line of its own, behind a tab; so does PostgreSQL in its own log.
  @Test func aReasonOfSeveralLinesIsOneRecord() {
    var book = LogBook()
    book.append(
      lines([
        "2026-11-28 05:00:01,000 - api - ERROR - it failed", "Traceback (most recent call last):",
        "  File \"a.py\", line 1, in f",
        "psycopg2.OperationalError: connection to server at \"db\", port 5432 failed: Connection refused",
        "\tIs the server running on that host and accepting TCP/IP connections?",
        "2026-11-28 05:00:02.000 UTC [7] STATEMENT:  SELECT 1", "\tFROM runs", "\tWHERE id = 1",
        "2026-11-28 05:00:03.000 UTC [7] LOG:  done", "\t", "a line of its own",
      ]),
      of: Self.backend,
      at: Self.now
    )
    let told = LogArchive(book).lines(book.order)
    let begins = [0, 5, 8, 10]
    #expect(told.indices.filter { !told[$0].continues } == begins, "\(told.map(\.continues))")
  }

  /// What comes in small pieces takes no block of text for each, and goes with its lines.
  @Test func linesThatComeOneByOneAreKeptAndGoAsOthersDo() {
    var book = LogBook(mostLines: 1_000)
    for number in 0..<5_000 { book.append(lines(["line \(number)"]), of: Self.backend, at: Self.now) }
    let told = texts(book)
    #expect(told.last == "line 4999" && told == (5_000 - told.count..<5_000).map { "line \($0)" })
    let long = (0..<20).map { "\($0) \(String(repeating: "x", count: 10_000))" }
    for text in long { book.append(lines([text]), of: Self.worker, at: Self.now) }
    #expect(texts(book).suffix(20) == long[...])
  }

  /// A pool's worker quotes the traceback of the process that its task ran in.
  @Test func aQuotedTracebackBelongsToTheOneAroundIt() {
    var book = LogBook()
    book.append(
      lines([
        "[2026-11-28 05:00:01,000: ERROR/MainProcess] Task t[1] raised unexpected: ExceptionWithTraceback()",
        "Traceback (most recent call last):", "  File \"a.py\", line 1, in f",
        "billiard.einfo.ExceptionWithTraceback: ",
        "\"\"\"", "Traceback (most recent call last):", "  File \"b.py\", line 2, in g",
        "AttributeError: no 'duration'",
        "\"\"\"", "[2026-11-28 05:00:02,000: INFO/MainProcess] Task t[2] received", "\"\"\"",
      ]),
      of: Self.backend,
      at: Self.now
    )
    let told = LogArchive(book).lines(book.order)
    // Without a traceback before it, it is text like any other.
    #expect(told.indices.filter { !told[$0].continues } == [0, 9, 10], "\(told.map(\.continues))")
  }
}
