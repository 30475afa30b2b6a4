import Facts
import Testing

struct LockedTests {
  /// Under the thread sanitizer a lock that waits out of its sight is told as a race here.
  @Test func nothingIsLostAmongThreadsThatWait() async {
    let shared = Locked<[Int]>([])
    await withTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask { @concurrent in
          for step in 0..<2_000 { shared.withLock { $0.append(task * 2_000 + step) } }
        }
      }
    }
    #expect(shared.withLock { $0.sorted() } == Array(0..<16_000))
  }

  @Test func anErrorFreesTheLock() {
    struct Stop: Error {}
    let shared = Locked(1)
    #expect(throws: Stop.self) {
      try shared.withLock { value in
        value = 2
        throw Stop()
      }
    }
    #expect(shared.withLock { $0 } == 2)
  }
}
