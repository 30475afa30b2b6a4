import Facts
import Foundation
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Who runs on the loop's thread, and that what was let go of is given back.
@Suite struct EventLoopTests {
  init() { EventLoop.runOnOwnThread() }

  @Test func aTaskAndItsChildrenStayOnTheLoop() async {
    let isOnLoop: [Bool?] = await LoopActor.task {
      await withTaskGroup(of: Bool?.self) { group in
        for _ in 0..<4 {
          // Isolated to nothing: where it runs is the task's own preference.
          group.addTask {
            await LoopActor.sleep(for: .milliseconds(1))
            return await Self.isOnLoop()
          }
        }
        var found: [Bool?] = []
        while let next = await group.next() { found.append(next) }
        return found
      }
    }.value
    #expect(isOnLoop == [true, true, true, true])
  }

  /// Runs where the task prefers, whatever its caller is isolated to.
  @concurrent private static func isOnLoop() async -> Bool? {
    LoopActor.loop.isIsolatingCurrentContext()
  }

  /// A plain `Task` would resume each time on Swift's own threads.
  @Test func everyTaskIsStartedByTheLoopsOwnHelper() throws {
    var root = URL(filePath: #filePath)
    for _ in 0..<4 { root.deleteLastPathComponent() }
    let sources = root.appending(path: "Sources")
    let files = try #require(FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil))
    var read = 0
    for case let file as URL in files where file.pathExtension == "swift" {
      read += 1
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let code = line.drop { $0 == " " }.replacing("addTask", with: "")
        guard !code.hasPrefix("//") else { continue }
        let isPlain = code.contains("Task {") || code.contains("Task.detached") || code.contains("Task.init")
        #expect(!isPlain, "\(file.lastPathComponent): \(code)")
      }
    }
    #expect(read > 100)
  }

  @Test @LoopActor func aTimerEndsWithWhoeverHoldsIt() async {
    weak var kept: LoopTimer?
    var fired = 0
    do {
      let timer = LoopTimer()
      kept = timer
      timer.start(after: .milliseconds(1), every: .milliseconds(1)) { fired += 1 }
      while fired < 2 { await LoopActor.sleep(for: .milliseconds(1)) }
      #expect(kept === timer)
    }
    let before = fired
    #expect(kept == nil)
    await LoopActor.sleep(for: .milliseconds(5))
    #expect(fired == before)
  }

  #if DEBUG
  /// Its descriptor could be another's by the time that it ends.
  @Test func aWatchThatIsNotClosedStopsADebugBuild() async {
    await #expect(processExitsWith: .failure) {
      EventLoop.runOnOwnThread()
      let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
      await LoopActor.task { _ = DescriptorWatch(descriptor) { _, _ in } }.value
    }
  }
  #endif
}
