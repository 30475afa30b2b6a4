import Facts
import TestSupport
import Testing

@testable import Operations

/// Logs read window by window: lines, records, causes.
struct LogCausesTests {
  private func read(_ text: String, window: Int = 1_000_000) -> LogCauses {
    var causes = LogCauses(keepsPlaces: true)
    causes.begin(file: "a.log")
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: window) {
      bytes[start..<min(bytes.count, start + window)].withUnsafeBytes { causes.read($0) }
    }
    causes.endFile()
    return causes
  }

  /// Each record as `first line+lines template`.
  private func records(_ causes: LogCauses) -> [String] {
    let report = causes.report()
    return causes.places.map {
      "\($0.line)+\($0.lines) \(report.causes[report.index(of: $0.ticket)].template)"
    }
  }

  private static let log = """
    2026-11-23 17:21:38,783 - root - ERROR - Run 17 could not be stored
    Traceback (most recent call last):
      File "a.py", line 3, in store
        connection.commit()

    psycopg2.OperationalError: server closed the connection

    The above exception was the direct cause of the following exception:

    Traceback (most recent call last):
      File "b.py", line 9, in run
    sqlalchemy.exc.OperationalError: (psycopg2.OperationalError) server closed the connection
    [SQL: SELECT 1]
    (Background on this error at: https://sqlalche.me/e/20/e3q8)
    INFO:     Started server process [9308]

    Traceback (most recent call last):
      File "c.py", line 1
    KeyError: 'steps'
    """

  @Test func aTracebackIsOneRecordUnderItsLastLine() {
    #expect(
      records(read(Self.log)) == [
        "1+14 sqlalchemy.exc.OperationalError: (‹…›) server closed the connection",
        "15+1 Started server process [‹…›]",
        "17+3 KeyError: ‹…›",
      ]
    )
  }

  @Test(arguments: [1, 7, 64]) func windowsMayEndAnywhere(window: Int) {
    #expect(records(read(Self.log, window: window)) == records(read(Self.log)))
    #expect(read(Self.log, window: window).report().causes == read(Self.log).report().causes)
  }

  @Test func blankLinesAndNothingAreNoRecords() {
    #expect(read("").places == [] && read("\n\n  \n").places == [] && read("\n\n").lines == 2)
    #expect(read("").report().causes == [])
  }

  @Test func aHeaderAloneIsOfTheTextBehindIt() {
    let header = "[2026-11-23 17:25:06,091: INFO/ForkPoolWorker-2] "
    #expect(
      records(read("\(header)\nSTEP 1 done\n\(header)\n\(header)it broke\n")) == [
        "1+2 STEP ‹…› done", "4+1 it broke",
      ]
    )
  }

  @Test func endsOfLinesAreThoseOfAnySystem() {
    #expect(records(read("it broke\r\nit broke")) == ["1+1 it broke", "2+1 it broke"])
  }

  @Test func aLineOfAnyLengthIsOneLine() {
    let causes = read(String(repeating: "y", count: 3_000_000) + "\nit broke\n", window: 65_536)
    #expect(causes.places.map(\.line) == [1, 2] && causes.lines == 2)
  }

  @Test func levelsAndFilesAreLabels() throws {
    var causes = LogCauses(keepsPlaces: false)
    for name in ["a.log", "b.log"] {
      causes.begin(file: name)
      Array("ERROR: it broke in \(name.first == "a" ? 1 : 2)\n".utf8).withUnsafeBytes { causes.read($0) }
      causes.endFile()
    }
    #expect(causes.places == [])
    let cause = try #require(causes.report().causes.first)
    #expect(
      Set(cause.shares.map { "\($0.name) \($0.value) \($0.count)" }) == [
        "file a.log 1", "file b.log 1", "level ERROR 2",
      ]
    )
  }
}
