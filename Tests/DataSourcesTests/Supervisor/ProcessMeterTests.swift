import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What processes use, from lines of `/proc` to values.
@Suite struct ProcessMeterTests {
  @Test func lineIsReadWhateverTheProcessCallsItself() throws {
    for name in ["python3", "a) b (c", "tmux: server", ")) 1 2 3", ""] {
      let line =
        "42 (\(name)) S 7 40 40 0 -1 4194304 9 8 7 6 100 20 3 1 20 0 1 0 5000 1000000 250 18446744073709551615 1"
      let record = try #require(ProcessRecord(parsing: line))
      #expect(record == ProcessRecord(pid: 42, parent: 7, group: 40, ticks: 124, start: 5_000, pages: 250))
    }
  }

  @Test(arguments: [
    "", "42", "42 (x", "42 (x) S 7", ") (", "(x) S 7 40 40 0 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 5 0 9",
  ])
  func brokenLineIsNoProcess(_ line: String) {
    #expect(ProcessRecord(parsing: line) == nil)
  }

  @Test(arguments: [("T", true), ("t", true), ("S", false), ("R", false), ("Z", false), ("D", false)])
  func aProcessThatASignalHasStoppedIsSeen(word: String, isHalted: Bool) throws {
    let line = "42 (T) \(word) 7 40 40 0 -1 4194304 9 8 7 6 100 20 3 1 20 0 1 0 5000 1000000 250 1 1"
    #expect(try #require(ProcessRecord(parsing: line)).isHalted == isHalted)
  }

  private func record(
    _ pid: Int,
    parent: Int = 1,
    group: Int? = nil,
    ticks: Int = 0,
    start: Int = 1_000,
    pages: Int = 1
  )
    -> ProcessRecord
  {
    ProcessRecord(pid: pid, parent: parent, group: group ?? pid, ticks: ticks, start: start, pages: pages)
  }

  /// A table so many seconds after the process was started that the tests ask about.
  private func table(_ seconds: Double, _ records: [ProcessRecord]) -> ProcessTable {
    ProcessTable(
      processes: Dictionary(records.map { ($0.pid, $0) }) { first, _ in first },
      uptime: 10 + seconds,
      readAt: Moment(
        monotonic: MonotonicTime(nanoseconds: Int64(seconds * 1e9)),
        wall: WallTime(secondsSince1970: 1_700_000_000 + seconds)
      )
    )
  }

  private let service = ServiceReading(
    name: "backend",
    instance: "backend",
    identity: ServiceIdentity(id: "backend:backend", incarnation: "50@1700000000"),
    state: .running,
    startedAt: WallTime(secondsSince1970: 1_700_000_000)
  )

  private func meter() -> ProcessMeter { ProcessMeter(ticksPerSecond: 100, pageSize: 4_096) }

  private func usage(_ meter: inout ProcessMeter, _ table: ProcessTable) -> ServiceUsage? {
    meter.usage(of: [service], in: table)["backend:backend"]
  }

  @Test func treeIsDescendantsAndTheGroup() {
    let records = [
      record(50), record(51, parent: 50, group: 50), record(52, parent: 51, group: 52), record(60),
      record(53, parent: 1, group: 50), record(54, parent: 53, group: 54), record(1, parent: 0, group: 1),
    ]
    #expect(Set(table(0, records).tree(of: 50).map(\.pid)) == [50, 51, 52, 53, 54])
    let circle = table(0, [record(50, parent: 51), record(51, parent: 50)])
    #expect(circle.tree(of: 50).count == 2, "no end of it would be a hang")
  }

  @Test func shareIsThatOfTheWholeTreeSinceTheLastSample() {
    var meter = meter()
    let first = usage(
      &meter,
      table(1, [record(50, ticks: 10), record(51, parent: 50, ticks: 100, pages: 9)])
    )
    #expect(first == ServiceUsage(memory: 40_960, gap: "first sample"))
    let second = usage(
      &meter,
      table(3, [record(50, ticks: 20), record(51, parent: 50, ticks: 290, pages: 9)])
    )
    #expect(second == ServiceUsage(cpu: 100, memory: 40_960))
    // The child has ended and was waited for: its time stands with its parent now.
    let third = usage(&meter, table(5, [record(50, ticks: 320)]))
    #expect(third?.cpu == 5)
    #expect(usage(&meter, table(7, [record(50, ticks: 320)]))?.cpu == 0)
  }

  @Test func counterThatWentBackIsUnknown() {
    var meter = meter()
    _ = usage(&meter, table(1, [record(50, ticks: 500)]))
    let back = usage(&meter, table(3, [record(50, ticks: 100)]))
    #expect(back == ServiceUsage(memory: 4_096, gap: "its counter went back"))
    #expect(usage(&meter, table(5, [record(50, ticks: 150)]))?.cpu == 25)
  }

  @Test func samplesTooNearTellTheOneBefore() {
    var meter = meter()
    _ = usage(&meter, table(1, [record(50, ticks: 100)]))
    #expect(usage(&meter, table(1.1, [record(50, ticks: 101)]))?.cpu == nil)
    _ = usage(&meter, table(2, [record(50, ticks: 150)]))
    #expect(usage(&meter, table(2.1, [record(50, ticks: 160)]))?.cpu == 50)
    #expect(usage(&meter, table(3, [record(50, ticks: 160)]))?.cpu == 10, "nothing is lost between")
  }

  @Test func anotherLifeBeginsAnew() {
    var meter = meter()
    _ = usage(&meter, table(1, [record(50, ticks: 100)]))
    let other = usage(&meter, table(3, [record(50, ticks: 900, start: 1_200)]))
    #expect(other?.cpu == nil)
  }

  @Test func processOfAnotherMachineIsUnknown() {
    var meter = meter()
    #expect(usage(&meter, table(1, []))?.gap == "no such process here")
    let foreign = usage(&meter, table(100, [record(50, ticks: 5, start: 9_000)]))
    #expect(foreign?.memory == nil)
    #expect(foreign?.gap.hasPrefix("another process has its number") == true)
    var stopped = service
    stopped.identity.incarnation = ""
    #expect(meter.usage(of: [stopped], in: table(1, [record(50)])).isEmpty)
  }

  @Test func tableOfThisMachineHoldsThisProcess() throws {
    let table = try #require(ProcessTable.read())
    let own = try #require(table.processes[Int(getpid())])
    #expect(own.parent == Int(getppid()))
    #expect(own.pages > 100 && own.ticks > 0)
    #expect(table.uptime > Double(own.start) / Double(sysconf(Int32(_SC_CLK_TCK))))
  }
}
