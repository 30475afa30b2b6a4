import Facts
import Testing

@testable import DataSources

/// What is typed to find lines, and which are found.
@Suite struct LogQueryTests {
  private func archive(_ texts: [(service: String, text: String)]) -> LogArchive {
    var book = LogBook()
    for (service, text) in texts {
      book.append(
        text.split(separator: "\n").map { LogStretch.Line(Array($0.utf8)) },
        of: LogStreamID(service: service, instance: service),
        at: WallTime(secondsSince1970: 1_795_845_600)
      )
    }
    return LogArchive(book)
  }

  private func found(_ query: String, in archive: LogArchive) throws -> [String] {
    let selection = try LogMatcher(LogQuery(parsing: query)).selection(of: archive)
    return archive.lines(selection.serials).map(\.text.string)
  }

  private var example: LogArchive {
    archive([
      ("backend", "2026-11-28 05:00:01Z - api - INFO - GET /health"),
      (
        "backend",
        "2026-11-28 05:00:02Z - api - ERROR - it timed out\nTraceback (most recent call last):\n  in f\nTimeoutError: 30"
      ),
      ("worker", "2026-11-28 05:00:03Z - task - WARNING - Retry in 5"),
    ])
  }

  @Test(arguments: [
    ("", 6), ("timed", 4), ("TIMED out", 4), ("timeouterror", 4), ("-health", 5), ("\"timed out\"", 4),
    ("\"out timed\"", 0), ("service:worker", 1), ("-service:worker", 5), ("level:warning", 5),
    ("level:error", 4),
    ("/retry in \\d/", 1), ("/health", 1), ("/health$/", 1), ("service:worker level:error", 0), ("a.b", 0),
    ("\\E.*", 0), ("\"", 0),
  ]) func aQueryLeavesWholeRecords(_ query: String, _ count: Int) throws {
    guard query != "\"" else {
      #expect(throws: LogQuery.Fault.self) { try LogQuery(parsing: query) }
      return
    }
    #expect(try found(query, in: example).count == count, "\(query)")
  }

  @Test(arguments: [
    ("/(/", 2), ("ok /a(/", 6), ("level:loud", 6), ("-level:error", 0), ("//", 0), ("/[z-a]/", 4),
  ]) func whatIsWrongIsToldWithItsPlace(_ query: String, _ offset: Int) {
    do throws(LogQuery.Fault) {
      _ = try LogQuery(parsing: query)
      Issue.record("\(query) is no query")
    } catch {
      #expect(error.offset == offset, "\(query): \(error)")
      #expect(!error.message.isEmpty)
    }
  }

  @Test func hitsAreCountedForEachTermByItself() throws {
    let selection = try LogMatcher(LogQuery(parsing: "timed -health nowhere")).selection(of: example)
    #expect(selection.hits == [1, 1, 0] && selection.serials.isEmpty)
  }

  @Test func errorsAndMinutesAreTold() throws {
    let selection = try LogMatcher(LogQuery()).selection(of: example)
    #expect(selection.errors == [1])
    #expect(selection.minutes.map(\.records) == [3] && selection.minutes.map(\.errors) == [1])
  }

  @Test func whatComesLaterIsFoundWithoutLookingAgain() throws {
    let archive = example
    let matcher = try LogMatcher(LogQuery(parsing: "retry"))
    #expect(matcher.selection(of: archive).serials.count == 1)
    let id = LogStreamID(service: "worker", instance: "worker")
    archive.withBook {
      $0.append(
        [LogStretch.Line(Array("2026-11-28 05:00:04Z Retry in 9".utf8))],
        of: id,
        at: WallTime(secondsSince1970: 1_795_845_600)
      )
    }
    #expect(matcher.selection(of: archive).serials.count == 2)
  }

  @Test func aLineIsFoundByItsNumberWhateverTheOrder() throws {
    let archive = example
    let selection = try LogMatcher(LogQuery(parsing: "-health")).selection(of: archive)
    for (index, serial) in selection.serials.enumerated() {
      #expect(selection.place(of: serial, in: archive) == (index, true))
    }
    // One that isn't there has a place all the same; what has gone was the oldest.
    #expect(selection.place(of: 0, in: archive) == (0, false))
    #expect(selection.place(of: 99, in: archive) == (selection.serials.count, false))
  }

  /// Lines that were not looked through to their end are never taken for lines that don't hold it.
  @Test func anExpressionThatTakesForeverFailsForGood() throws {
    let archive = archive([("a", "\(String(repeating: "a", count: 60))!"), ("b", "well")])
    for query in ["/^(a|aa|aaa)+$/", "-/^(a|aa|aaa)+$/"] {
      let matcher = try LogMatcher(LogQuery(parsing: query))
      for _ in 0..<2 {
        let selection = matcher.selection(of: archive)
        #expect(!selection.failure.isEmpty && selection.serials.isEmpty, "\(query)")
      }
    }
  }

  /// What the runbook greps for, each in a line as the framework writes it.
  @Test func presetsFindWhatTheyAreFor() throws {
    let lines: [(LogPreset, String)] = [
      (.errors, "2026-11-28 05:00:01Z - api - ERROR - it failed"), (.provider, "Houndify answered in 5 s"),
      (.timeouts, "the request timed out"), (.validation, "Validation failed: no"),
      (.database, "(sqlalchemy.exc.OperationalError)"), (.queue, "queue celery is full"),
      (.providerLatency, "houndify p95 latency 6 s"), (.poolExhaustion, "connection pool is exhausted"),
      (.authentication, "Login: 401 Unauthorized"),
    ]
    #expect(Set(lines.map(\.0)) == Set(LogPreset.allCases))
    for (preset, line) in lines {
      let counts = LogPresetCounter().counts(of: archive([("backend", line)]))
      let count = try #require(counts.first { $0.preset == preset })
      #expect(count.records == 1 && count.lastAt != nil, "\(preset)")
    }
    let none = LogPresetCounter().counts(of: archive([("backend", "all is well")]))
    #expect(none.count == LogPreset.allCases.count && none.allSatisfy { $0.records == 0 && $0.lastAt == nil })
  }

  /// Counting on from what is known tells the same as counting all that is kept.
  @Test func presetsCountOnAsLinesComeAndGo() throws {
    let archive = LogArchive(LogBook(mostLines: 40))
    let counter = LogPresetCounter()
    let id = LogStreamID(service: "a", instance: "a")
    let now = WallTime(secondsSince1970: 1_795_845_600)
    for number in 0..<60 {
      let second = number < 10 ? "0\(number)" : "\(number)"
      let head =
        "2026-11-28 05:00:\(second)Z - api - \(number % 3 == 0 ? "ERROR" : "INFO") - it timed out in queue"
      // The rest of a record comes later than its beginning.
      let rest = ["Traceback (most recent call last):", "  in f", "TimeoutError: the queue"]
      for text in number % 3 == 0 ? [[head], rest] : [[head]] {
        let lines = text.map { LogStretch.Line(Array($0.utf8)) }
        archive.append([LogBatch(lines: lines, service: id, readAt: now, isPart: false)])
        // It may miss some rounds.
        if number % 7 != 0 { _ = counter.counts(of: archive) }
      }
      let counts = counter.counts(of: archive)
      for preset in [LogPreset.errors, .timeouts, .queue, .poolExhaustion] {
        let selection = try LogMatcher(LogQuery(parsing: preset.query)).selection(of: archive)
        let last = archive.lines(selection.serials).last?.time
        let count = counts.first { $0.preset == preset }
        // A record whose first line has gone counts no more, though the rest of it is there.
        let kept = selection.minutes.reduce(0) { $0 + $1.records }
        let isTorn = archive.lines(selection.serials.prefix(1)).first?.continues == true
        #expect(count.map { $0.records == kept - (isTorn ? 1 : 0) } == true, "\(number) \(preset)")
        #expect(count?.lastAt == last, "\(number) \(preset)")
      }
    }
  }
}
