import DataSources
import Facts
import Foundation
import Testing

@testable import Operations

/// Copies of messages: what is called whole, and what becomes of the files.
@Suite struct ExportTests {
  init() { EventLoop.runOnOwnThread() }

  private let details = ExportMessages.Details(
    place: QueuePlace(source: "rabbitmq", vhost: "v", name: "celery"),
    ready: 3,
    file: "/x/celery.jsonl"
  )

  private func headline(_ count: Int, behind: Int?) -> String {
    ExportMessages.verdict(MessageCopy(lines: [], count: count, behind: behind), details).headline.string
  }

  @Test func aCopyIsWholeOnlyIfNothingIsKnownToBeBehindIt() {
    #expect(headline(3, behind: 0) == "done, 3 messages are in /x/celery.jsonl")
    #expect(
      headline(2, behind: 0).hasSuffix(
        "celery.jsonl, 1 fewer than the preview counted: others took them meanwhile"
      )
    )
    #expect(
      headline(3, behind: 4).hasPrefix("failed: only 3 messages are in /x/celery.jsonl.partial, 4 are not")
    )
    #expect(headline(3, behind: nil).hasPrefix("unknown: 3 messages are in /x/celery.jsonl.partial"))
    #expect(headline(0, behind: nil) == "failed: nothing was ready any more: no file was written")
  }

  @Test func aFileBearsItsNameOnlyWhenItIsWholeAndIsNeverOverwritten() async throws {
    let root = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: root) }
    let exports = ExportDirectory(StateDirectory(root: root, environment: "dev"))
    let time = WallTime(secondsSince1970: 1_700_000_000)
    let path = exports.path(for: "a/b: ü\n-9", at: time)
    #expect(path == "\(root)/switchboard/dev/exports/a_b____-9-20231114T221320Z.jsonl")
    #expect(await exports.write(Array("half\n".utf8), to: path, isWhole: false) == nil)
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(try String(contentsOfFile: path + ".partial", encoding: .utf8) == "half\n")
    #expect(
      await exports.write(Array("whole\n".utf8), to: path, isWhole: true) != nil,
      "the partial one is there"
    )
    try FileManager.default.removeItem(atPath: path + ".partial")
    #expect(await exports.write(Array("whole\n".utf8), to: path, isWhole: true) == nil)
    #expect(await exports.write(Array("other\n".utf8), to: path, isWhole: true) != nil)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "whole\n")
    #expect(!FileManager.default.fileExists(atPath: path + ".partial"), "the other one has left nothing")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }
}
