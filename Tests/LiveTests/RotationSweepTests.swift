import DataSources
import Foundation
import Glibc
import TestSupport
import Testing

/// A rotation on a real engine, killed at any point.
@Suite(.serialized) struct LiveRotationSweepTests {
  /// Killed at 20 points (with `SWEEP` at 200), the file is the old or the new one, and one command leads on from there.
  @Test func aKillAtAnyPointLeavesTheOldOrTheNewFileAndAWayOn() async throws {
    let bench = try await ComposeBench(.v2)
    do {
      try await bench.addBorrower(file: true)
      try await killed(bench)
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }

  private func killed(_ bench: ComposeBench) async throws {
    var generator = SeededGenerator(state: 42)
    var length = 0.0
    for number in 0...min(200, 20 * Sweep.factor) {
      let value = "sb-canary-\(number)"
      let file = try bench.give(value)
      let before = bench.environmentFile
      let start = Date.now
      let console = try RunningConsole(bench, ["rotate", "till", "--from-file", file, "--yes"])
      if number == 0 {
        // The first is let alone: it tells how long it takes.
        try #require(try await console.wait() == 0)
        length = Date.now.timeIntervalSince(start)
      } else {
        try await Task.sleep(for: .seconds(Double.random(in: 0..<length, using: &generator)))
        try await console.kill()
      }
      let after = bench.environmentFile
      #expect(after == before || after == "TILL_KEY=\(value)\n", "\(number): \(after)")
      // Each of the two is the old or the new one; between them lies one moment.
      let second = bench.secondFile
      #expect(
        second == "# till\n\(before)" || second == "# till\nTILL_KEY=\(value)\n",
        "\(number): \(second)"
      )
      #expect(!bench.kept.values.contains { $0.contains(value) }, "\(number)")
      // What the killed one had begun with the CLI may still go on: whoever comes tries again.
      var last = try await bench.switchboard("rotate", "--rollback", "--yes")
      for _ in 0..<4 where last.code != 0 && !last.errors.contains("no rotation is open") {
        last = try await bench.switchboard("rotate", "--rollback", "--yes")
      }
      #expect(last.code == 0 || last.errors.contains("no rotation is open"), "\(number): \(last)")
      let end = bench.environmentFile
      #expect(end == (last.code == 0 ? before : after), "\(number)")
      #expect(bench.secondFile == "# till\n\(end)", "\(number)")
      let now = String(end.dropFirst("TILL_KEY=".count).dropLast())
      #expect(try bench.started() == [now, now], "\(number)")
      #expect(bench.kept["rotation.old"] == nil && bench.kept["rotation.json"] == nil, "\(number)")
      #expect(!bench.kept.values.contains { $0.contains("sb-canary") }, "\(number)")
    }
  }
}
