import DataSources
import Facts
import TestSupport
import Testing

@testable import DataSources
@testable import Operations

#if canImport(Glibc)
import Glibc
#endif

/// Lines of logs that are saved: the user's own, whole, and never over something else.
@Suite(.serialized) struct LogExportTests {
  init() { EventLoop.runOnOwnThread() }

  private func snapshot(_ texts: [String]) throws -> LogsSnapshot {
    var book = LogBook()
    let time = WallTime(secondsSince1970: 1_795_845_600)
    book.append(
      texts.map { LogStretch.Line(Array($0.utf8), time: time) },
      of: LogStreamID(service: "backend", instance: "backend"),
      at: time
    )
    let archive = LogArchive(book)
    let selection = try LogMatcher(LogQuery()).selection(of: archive)
    return LogsSnapshot(archive: archive, version: 1, selection: selection, standings: [])
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try PrivateFile.contents(path, cap: 1 << 20) ?? [], as: UTF8.self)
  }

  @Test func linesAreSavedWithTheirTimesAndWithoutPasswords() async throws {
    let directory = try TemporaryDirectory()
    let exports = ExportDirectory(StateDirectory(root: directory.path("state"), environment: "dev"))
    let logs = try snapshot([
      "it begins", "password=hunter2 \u{1B}[31mred", String(repeating: "x", count: 20_000),
    ])
    let saved = await LogExport.write(logs, into: exports, at: WallTime(secondsSince1970: 0))
    let (count, path) = try saved.get()
    #expect(count == 3 && path.hasSuffix("exports/logs-19700101T000000Z.log"))
    let text = try self.text(path)
    let lines = text.split(separator: "\n")
    #expect(
      lines.count == 3 && lines[0] == "2026-11-28T06:00:00.000Z backend  it begins",
      "\(lines.prefix(2))"
    )
    #expect(!text.contains("hunter2") && !text.utf8.contains(0x1B) && lines[2].hasSuffix("[cut]"))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
    // What is there is nobody's to overwrite.
    let again = await LogExport.write(logs, into: exports, at: WallTime(secondsSince1970: 0))
    guard case .failure(let failure) = again else { return #expect(Bool(false), "it was overwritten") }
    let kept = try self.text(path)
    #expect(failure.number == EEXIST && failure.path == path && kept == text)
    // Nor is anything left of what can't have its name: two that are saved within a second have the same.
    #expect(access(path + ".partial", F_OK) != 0)
  }
}
