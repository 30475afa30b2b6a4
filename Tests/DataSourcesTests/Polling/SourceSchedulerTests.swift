import DataSources
import Facts
import Testing

/// A source that answers with a counter, or fails, or hangs, as it is told.
@LoopActor private final class ScriptedSource: Source {
  nonisolated let descriptor: SourceDescriptor
  var polls = 0
  var hangs = false
  var fails = false

  init(_ id: String, deadline: Duration = .milliseconds(50)) {
    descriptor = SourceDescriptor(
      id: id,
      kind: "scripted",
      address: id,
      interval: .milliseconds(100),
      deadline: deadline
    )
  }

  func poll() async throws(SourceFailure) -> SourceReading {
    polls += 1
    if hangs { await LoopActor.sleep(for: .seconds(60)) }
    if fails { throw SourceFailure(.refused, at: "x") }
    return SourceReading([
      Observation(
        FactName("n", descriptor.id),
        .number(Double(polls)),
        origin: Origin(source: descriptor.id, query: "n")
      )
    ])
  }

  func close() {}
}

@Suite struct SourceSchedulerTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func hungSourceIsReportedAndDelaysNoOther() async {
    var reports: [SourceReport] = []
    let scheduler = SourceScheduler { reports += $0 }
    let hung = ScriptedSource("hung")
    hung.hangs = true
    scheduler.add(hung)
    scheduler.add(ScriptedSource("good"))
    let deadline = LoopActor.now().monotonic + .seconds(20)
    while !reports.contains(where: { $0.source == "hung" }), LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(10))
    }
    let good = reports.count { $0.source == "good" }
    let failure = reports.first { $0.source == "hung" }
    scheduler.close()
    #expect(good >= 3)
    guard case .failure(let why)? = failure?.result else {
      Issue.record("the hung source was never reported")
      return
    }
    #expect(why.code == .timedOut)
  }

  @Test @LoopActor func freshReportBeganAfterItWasAskedFor() async throws {
    let scheduler = SourceScheduler { _ in }
    scheduler.add(ScriptedSource("s"))
    for _ in 0..<5 {
      let asked = LoopActor.now().monotonic
      let report = try #require(await scheduler.freshReport(of: "s"))
      #expect(report.startedAt.monotonic >= asked)
    }
    scheduler.close()
    #expect(await scheduler.freshReport(of: "s") == nil)
  }

  @Test @LoopActor func pollsThatEndInOneTurnAreHandedOnTogether() async {
    var turns: [Set<String>] = []
    let scheduler = SourceScheduler { turns.append(Set($0.map(\.source))) }
    for id in ["a", "b", "c"] { scheduler.add(ScriptedSource(id)) }
    await eventually("polled") { !turns.isEmpty }
    scheduler.close()
    #expect(turns.first == ["a", "b", "c"])
  }

  @Test @LoopActor func closingLetsGoOfAPollUnderWay() async {
    var reports = 0
    var scheduler: SourceScheduler? = SourceScheduler { reports += $0.count }
    let hung = ScriptedSource("hung", deadline: .seconds(60))
    hung.hangs = true
    scheduler?.add(hung)
    let deadline = LoopActor.now().monotonic + .seconds(10)
    while hung.polls == 0, LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(10))
    }
    weak let closed = scheduler
    scheduler?.close()
    scheduler = nil
    while closed != nil, LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(10))
    }
    #expect(closed == nil)
    #expect(reports == 0)
  }
}
