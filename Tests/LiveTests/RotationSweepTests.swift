import DataSources
import Foundation
import Glibc
import TestSupport
import Testing

/// A rotation on a real engine, killed at any point.
///
/// Of each kind 8 points are tried, with `SWEEP` at 200 a hundred.
@Suite(.serialized) struct LiveRotationSweepTests {
  private static let points = min(100, 8 * Sweep.factor)

  /// A file, or each of several, is the old or the new one, and one command leads on from there.
  @Test(arguments: [false, true])
  func aKillAtAnyPointLeavesTheOldOrTheNewFileAndAWayOn(hasSeveral: Bool) async throws {
    let bench = try await ComposeBench(.v2)
    do {
      try await bench.addBorrower(file: hasSeveral)
      try await killed(bench, hasSeveral)
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }

  private func killed(_ bench: ComposeBench, _ hasSeveral: Bool) async throws {
    var generator = SeededGenerator(state: hasSeveral ? 42 : 43)
    var length = 0.0
    var tally = KillTally()
    for number in 0...Self.points {
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
      let expected = hasSeveral ? ["# till\n\(before)", "# till\nTILL_KEY=\(value)\n"] : [""]
      #expect(expected.contains(second), "\(number): \(second)")
      #expect(!bench.kept.values.contains { $0.contains(value) }, "\(number)")
      // What the killed one had begun with the CLI may still go on: whoever comes tries again.
      var last = try await bench.switchboard("rotate", "--rollback", "--yes")
      for _ in 0..<4 where last.code != 0 && !last.errors.contains("no rotation is open") {
        last = try await bench.switchboard("rotate", "--rollback", "--yes")
      }
      #expect(last.code == 0 || last.errors.contains("no rotation is open"), "\(number): \(last)")
      if number > 0 { tally.count(isOpen: last.code == 0, isWritten: after != before) }
      // A machine that was busy at the first is quicker now: later ones are not to fall behind the end.
      if last.code != 0, after != before { length *= 0.95 }
      let end = bench.environmentFile
      #expect(end == (last.code == 0 ? before : after), "\(number)")
      #expect(bench.secondFile == (hasSeveral ? "# till\n\(end)" : ""), "\(number)")
      let now = String(end.dropFirst("TILL_KEY=".count).dropLast())
      #expect(try bench.started() == [now, now], "\(number)")
      #expect(bench.kept["rotation.old"] == nil && bench.kept["rotation.json"] == nil, "\(number)")
      #expect(!bench.kept.values.contains { $0.contains("sb-canary") }, "\(number)")
    }
    print("\(hasSeveral ? "several env files" : "one env file"): \(tally)")
  }

  /// The Secret of a (fake) cluster has the old or the new value, what is kept never the new one, and one command leads
  /// on from there.
  @Test func aKillAtAnyPointLeavesTheOldOrTheNewSecretAndAWayOn() async throws {
    let bench = try KubernetesSweepBench()
    var generator = SeededGenerator(state: 44)
    var length = 0.0
    var tally = KillTally()
    for number in 0...Self.points {
      let value = "sb-canary-\(number)-end"
      let file = try bench.give(value)
      let before = try bench.value()
      let start = Date.now
      let console = try bench.rotate(from: file)
      if number == 0 {
        try #require(try await console.wait() == 0)
        length = Date.now.timeIntervalSince(start)
      } else {
        try await Task.sleep(for: .seconds(Double.random(in: 0..<length, using: &generator)))
        try await console.kill()
      }
      // What kubectl had begun to send may still arrive.
      try await bench.quiet()
      let after = try bench.value()
      #expect(after == before || after == value, "\(number): \(after)")
      #expect(!bench.kept.values.contains { $0.contains(value) }, "\(number)")
      if let old = bench.kept["rotation.old"] { #expect(old.contains(before), "\(number): \(old)") }
      var last = try await bench.rollBack()
      for _ in 0..<4 where last.code != 0 && !last.errors.contains("no rotation is open") {
        last = try await bench.rollBack()
      }
      #expect(last.code == 0 || last.errors.contains("no rotation is open"), "\(number): \(last)")
      if number > 0 { tally.count(isOpen: last.code == 0, isWritten: after != before) }
      // A machine that was busy at the first is quicker now: later ones are not to fall behind the end.
      if last.code != 0, after != before { length *= 0.95 }
      let end = try bench.value()
      #expect(end == (last.code == 0 ? before : after), "\(number)")
      #expect(try bench.started() == [end, end], "\(number)")
      #expect(bench.kept["rotation.old"] == nil && bench.kept["rotation.json"] == nil, "\(number)")
      #expect(!bench.kept.values.contains { $0.contains("sb-canary") }, "\(number)")
    }
    print("a Secret: \(tally)")
  }
}

/// Where the kills fell.
private struct KillTally: CustomStringConvertible {
  private var before = 0
  private var kept = 0
  private var written = 0
  private var over = 0

  mutating func count(isOpen: Bool, isWritten: Bool) {
    switch (isOpen, isWritten) {
    case (false, false): before += 1
    case (true, false): kept += 1
    case (true, true): written += 1
    case (false, true): over += 1
    }
  }

  var description: String {
    "\(before + kept + written + over) kills: \(before) before it was begun, \(kept) before it was written, "
      + "\(written) while services were started anew, \(over) when it was over"
  }
}
