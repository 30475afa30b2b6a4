import Facts
import Testing

@testable import DataSources

/// Logs are read while somebody looks, and one that doesn't answer keeps no other from being told.
@Suite(.serialized) struct LogFollowerTests {
  init() { EventLoop.runOnOwnThread() }

  /// Services whose logs are what the test says.
  @LoopActor private final class Bench {
    var readings: [ServiceReading]
    var lines: [String: [String]] = [:]
    var hung: Set<String> = []
    var failures: [String: SourceFailure] = [:]
    private(set) var asked: [String] = []
    private(set) var told: [LogsSnapshot] = []
    private(set) lazy var follower = LogFollower(
      every: .milliseconds(20),
      // Held by its own follower: a question that is never answered outlives its test.
      services: { self.readings },
      tell: { self.told.append($0) },
      reader: { service, mark, _ throws(SourceFailure) in try await self.read(service, mark) }
    )

    init(_ names: [String]) {
      readings = names.map { Bench.reading($0) }
    }

    nonisolated static func reading(_ name: String, life: String = "1") -> ServiceReading {
      ServiceReading(
        name: name,
        instance: name,
        identity: ServiceIdentity(id: name, incarnation: life),
        state: .running
      )
    }

    private func read(_ service: ServiceReading, _ mark: LogMark?) async throws(SourceFailure) -> LogStretch {
      asked.append(service.name)
      if hung.contains(service.name) { await LoopActor.sleep(for: .seconds(60)) }
      if let failure = failures[service.name] { throw failure }
      var stretch = LogStretch(mark: mark ?? LogMark())
      let all = lines[service.name] ?? []
      stretch.lines = all.dropFirst(mark?.offsets[""] ?? 0).map { LogStretch.Line(Array($0.utf8)) }
      stretch.mark.offsets[""] = all.count
      return stretch
    }

    var texts: [String] {
      guard let last = told.last else { return [] }
      return last.archive.lines(last.selection.serials).map(\.text.string)
    }

    func until(_ holds: @LoopActor () -> Bool) async throws {
      for _ in 0..<500 {
        if holds() { return }
        await LoopActor.sleep(for: .milliseconds(10))
      }
      Issue.record("it never held: \(texts), \(told.last?.standings ?? [])")
    }
  }

  @Test @LoopActor func oneThatNeverAnswersKeepsNoOtherFromBeingToldNorAnyLineTwice() async throws {
    let bench = Bench((0..<12).map { "s\($0)" } + ["hung"])
    bench.hung = ["hung"]
    bench.lines = ["s1": ["a"], "s11": ["b"]]
    bench.follower.look(for: LogQuery())
    try await bench.until { Set(bench.texts) == ["a", "b"] }
    bench.lines["s11"]?.append("c")
    try await bench.until { bench.texts.contains("c") }
    // A restart begins no new log.
    bench.readings[1] = Bench.reading("s1", life: "2")
    bench.lines["s1"]?.append("d")
    try await bench.until { bench.texts.contains("d") }
    #expect(bench.texts.count == 4 && bench.asked.count { $0 == "hung" } == 1)
    // Nobody takes the one that is silent for read.
    #expect(bench.told.allSatisfy { !$0.hasAskedAll && !$0.standings.contains { $0.instance == "hung" } })
    bench.follower.look(for: nil)
  }

  /// However many come at once, each is kept once, in the order in which its service wrote it.
  @Test @LoopActor func manyLinesOfManyServicesAreAllKept() async throws {
    let bench = Bench((0..<20).map { "s\($0)" })
    for index in 0..<20 { bench.lines["s\(index)"] = (0..<500).map { "line \($0) of s\(index)" } }
    bench.follower.look(for: LogQuery())
    try await bench.until { bench.told.last?.archive.counts.kept == 10_000 }
    for index in 0..<20 { bench.lines["s\(index)"]?.append("the last of s\(index)") }
    try await bench.until { bench.told.last?.archive.counts.kept == 10_020 }
    let lines = bench.told.last?.archive.lines(0..<10_020) ?? []
    for index in 0..<20 {
      let own = lines.filter { $0.stream.service == "s\(index)" }.map(\.text.string)
      #expect(own == bench.lines["s\(index)"])
    }
    bench.follower.look(for: nil)
  }

  @Test @LoopActor func whileNobodyLooksNothingIsAsked() async throws {
    let bench = Bench(["a", "b"])
    await LoopActor.sleep(for: .milliseconds(100))
    #expect(bench.asked.isEmpty)
    bench.follower.look(for: LogQuery())
    try await bench.until { bench.told.last?.hasAskedAll == true }
    bench.follower.look(for: nil)
    await LoopActor.sleep(for: .milliseconds(100))
    let (asked, told) = (bench.asked.count, bench.told.count)
    await LoopActor.sleep(for: .milliseconds(100))
    #expect(bench.asked.count == asked && bench.told.count == told)
    // Who comes back is told what was written meanwhile, once.
    bench.lines["a"] = ["x", "y"]
    bench.follower.look(for: LogQuery())
    try await bench.until { bench.texts == ["x", "y"] }
    bench.follower.look(for: nil)
  }

  @Test @LoopActor func aFailureIsToldAndWhatComesAfterItToo() async throws {
    let bench = Bench(["a"])
    bench.failures["a"] = SourceFailure(.refused, at: "x", detail: "no")
    bench.follower.look(for: LogQuery())
    try await bench.until { bench.told.last?.standings.first?.failure?.code == .refused }
    #expect(bench.told.last?.standings.first?.readAt == nil)
    (bench.failures, bench.lines) = ([:], ["a": ["back"]])
    try await bench.until { bench.texts == ["back"] && bench.told.last?.standings.first?.failure == nil }
    bench.follower.look(for: nil)
  }

  @Test @LoopActor func anotherQueryIsAnsweredAtOnceAndAFormerOneNoMore() async throws {
    let bench = Bench(["a"])
    bench.lines["a"] = ["one", "two"]
    bench.follower.look(for: LogQuery())
    try await bench.until { bench.texts.count == 2 }
    let query = try LogQuery(parsing: "two")
    bench.follower.look(for: query)
    try await bench.until { bench.told.last?.selection.query == query }
    #expect(bench.texts == ["two"])
    bench.follower.look(for: nil)
  }

  /// Several look at once while lines come and the oldest go: none of them knows less than one before it.
  @Test func lookingFromSeveralThreadsAtOnceIsInOrder() async throws {
    let archive = LogArchive(LogBook(mostBytes: 20_000, mostLines: 500))
    let matcher = try LogMatcher(LogQuery(parsing: "x"))
    let id = LogStreamID(service: "a", instance: "a")
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<50 {
            let selection = matcher.selection(of: archive)
            #expect(selection.serials == selection.serials.sorted())
          }
        }
      }
      group.addTask {
        for number in 0..<300 {
          let lines = (0..<10).map { LogStretch.Line(Array("x \(number) \($0)".utf8)) }
          let now = WallTime(secondsSince1970: 1)
          archive.append([LogBatch(lines: lines, service: id, readAt: now, isPart: false)])
        }
      }
    }
    #expect(matcher.selection(of: archive).serials.count == archive.counts.kept)
  }
}
