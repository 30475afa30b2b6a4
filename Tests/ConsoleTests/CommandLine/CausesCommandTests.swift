import Operations
import TestSupport
import Testing

@testable import Console

/// `causes`: files read in windows, and what can't be read.
struct CausesCommandTests {
  @Test func filesAreReadOneAfterTheOther() throws {
    let directory = try TemporaryDirectory()
    let first = try directory.write("a.log", "Missing entity: 'time'\nit broke\n")
    let second = try directory.write("b.log", "Missing entity: 'action'")
    let reading = CausesReading(of: [first, second], keepsPlaces: true)
    let report = reading.causes.report()
    #expect(report.causes.map { "\($0.count) \($0.template)" } == ["2 Missing entity: ‹…›", "1 it broke"])
    #expect(reading.causes.places.map { [$0.file, $0.line] } == [[0, 1], [0, 2], [1, 1]])
    #expect(reading.failures == [])
  }

  @Test func aFileLargerThanAWindowIsReadWhole() throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("a.log", (0..<40_000).map { "request \($0) failed\n" }.joined())
    let report = CausesReading(of: [path], keepsPlaces: false).causes.report()
    #expect(report.causes.map { "\($0.count) \($0.template)" } == ["40000 request ‹…› failed"])
  }

  @Test func whatCantBeReadIsToldAndTheRestIsRead() throws {
    let directory = try TemporaryDirectory()
    let good = try directory.write("a.log", "it broke\n")
    let reading = CausesReading(of: [directory.path("none"), directory.root, good], keepsPlaces: false)
    #expect(reading.failures.map(\.path) == [directory.path("none"), directory.root])
    #expect(reading.failures.map(\.cause) == ["No such file or directory", "Is a directory"])
    #expect(reading.causes.report().count == 1)
  }

  @Test func nothingToReadIsNoCause() throws {
    let directory = try TemporaryDirectory()
    let empty = try directory.write("a.log", "")
    #expect(CausesReading(of: [empty], keepsPlaces: false).causes.report().causes == [])
    // Without a file the databases are asked.
    #expect(try Arguments(parsing: ["causes"]).words.isEmpty)
    #expect(try Arguments(parsing: ["causes", "-"]).words == ["-"])
  }
}
