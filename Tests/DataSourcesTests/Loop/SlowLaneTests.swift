import Facts
import Glibc
import Testing

@testable import DataSources

@Suite struct SlowLaneTests {
  init() { EventLoop.runOnOwnThread() }

  /// What the lookups wait for, and how many have ended.
  private final class Gate: Sendable {
    let isOpen = Locked(false)
    let ended = Locked(0)

    func wait() {
      for _ in 0..<1_000 where !isOpen.withLock({ $0 }) { usleep(10_000) }
      ended.withLock { $0 += 1 }
    }
  }

  @Test @LoopActor func lookupsThatHangLeaveThreadsForTheRest() async {
    let gate = Gate()
    let lookups = (0..<8).map { _ in Task { @LoopActor in await SlowLane.run { gate.wait() } } }
    await LoopActor.onThreadPool {}
    await LoopActor.onThreadPool {}
    #expect(gate.ended.withLock { $0 } == 0)
    gate.isOpen.withLock { $0 = true }
    for lookup in lookups { await lookup.value }
    #expect(gate.ended.withLock { $0 } == 8)
  }
}
