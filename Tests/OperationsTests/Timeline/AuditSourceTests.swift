import DataSources
import Facts
import Testing

@testable import Operations

extension FileSystemTests {
  @Suite struct AuditSourceTests {
    init() { EventLoop.runOnOwnThread() }

    /// A directory whose first read says nothing until it is released.
    @LoopActor private final class DeadMount {
      private(set) var reads = 0
      private var waiting: CheckedContinuation<Void, Never>?

      func stamp() async -> AuditStamp? {
        reads += 1
        guard reads == 1 else { return nil }
        await withCheckedContinuation { waiting = $0 }
        return nil
      }

      func release() {
        waiting?.resume()
        waiting = nil
      }
    }

    @Test @LoopActor func aDeadMountIsAskedOnceAtATime() async throws {
      let state = TemporaryState()
      let mount = DeadMount()
      let source = AuditSource(AuditLog.sample(state), limit: 10) { await mount.stamp() }
      let first = Task { @LoopActor in try await source.poll() }
      while mount.reads == 0 { await LoopActor.sleep(for: .milliseconds(1)) }
      for _ in 0..<3 {
        do throws(SourceFailure) {
          _ = try await source.poll()
          Issue.record("a dead mount answered")
        } catch {
          #expect(error.code == .timedOut)
          #expect(error.address == state.path("audit.jsonl"))
          #expect(error.detail == "the state directory doesn't answer")
        }
      }
      #expect(mount.reads == 1)
      mount.release()
      #expect(try await first.value.snapshots.count == 1)
      #expect(try await source.poll().snapshots.count == 1)
      #expect(mount.reads == 2)
    }

    @Test @LoopActor func theLogIsFollowed() async throws {
      let state = TemporaryState()
      let log = AuditLog.sample(state)
      let source = AuditSource(log)
      for count in 0..<3 {
        let trail = try await source.poll().snapshots.compactMap { $0 as? AuditTrail }.first
        #expect(trail?.entries.count == count)
        try await log.append(.sample(.begin))
      }
    }
  }
}
