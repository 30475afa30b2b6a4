import DataSources
import TestSupport
import Testing

@testable import Console

/// `logs --file`: what was not read is told.
struct LogFileCommandTests {
  @Test func fewerLinesThanAskedForAreTold() throws {
    let directory = try TemporaryDirectory()
    let line = String(repeating: "x", count: 99) + "\n"
    let large = try LogFile(directory.write("a.log", String(repeating: line, count: 100_000)))
    let cut = try large.end(1_000_000)
    #expect(cut.lines.count == (8 << 20) / 100 && cut.hasOlder)
    let words = LogFileCommand.shortfall(cut, of: 1_000_000)
    #expect(words == "only the last 8 MiB were read: --grep and --since reach older lines")
    // Whoever asked for so many has them; and of a file that has no others nothing is left out.
    let enough = try large.end(100)
    #expect(enough.lines.count == 100 && LogFileCommand.shortfall(enough, of: 100) == nil)
    let small = try LogFile(directory.write("b.log", line)).end(100)
    #expect(small.lines.count == 1 && LogFileCommand.shortfall(small, of: 100) == nil)
  }
}
