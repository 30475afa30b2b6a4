import DataSources
import Foundation
import ScreenSupport
import Testing

/// Which threads the console has while it polls everything and nobody touches it.
@Suite(.serialized) struct LiveThreadTests {
  /// libuv's pool has four threads unless UV_THREADPOOL_SIZE says otherwise.
  private static let pool = 4

  private func threads(of pid: pid_t) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")
  }

  /// A task that left the loop once would have started a thread of Swift's own pool, one a core, and for good.
  @Test func theLoopAndLibuvsPoolAreAllThreads() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    let isLive = console.wait { $0.liveTiles == 6 }
    #expect(isLive, "\(console.screen.text)")
    let pid = try #require(console.program)
    // A detail, a preview and another round of polls: what keys start stays on the loop, too.
    console.press("3", Key.enter)
    console.see("said")
    console.press(Key.escape, "q", "1", "r")
    console.see("Cancel")
    console.press(Key.escape)
    console.pump(milliseconds: 3_000)
    let found = try threads(of: pid)
    #expect(found.count == 1 + Self.pool, "\(found)")
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }
}
