import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What the datastores' view tells of a real Redis.
@Suite(.serialized) struct RedisStoreTests {
  init() { EventLoop.runOnOwnThread() }

  private static let server = TestRedis([
    "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru", "--slowlog-log-slower-than", "0",
  ])

  private func row(_ table: DatastoreTable, _ id: String) throws -> DatastoreRow {
    try #require(table.rows.first { $0.id == id }, "\(table)")
  }

  @Test @LoopActor func memoryStandsAgainstItsLimitAndTheHitRateIsThatOfItsLookUps() async throws {
    let store = RedisStore(try Self.server.options())
    defer { store.close() }
    Self.server.command("SET", "there", "1")
    Self.server.command("GET", "there")
    Self.server.command("GET", "missing")
    let table = try await store.read(RedisStore.server)
    let memory = try row(table, "memory")
    #expect(memory.cells[2] == .bytes(67_108_864) && memory.state == .ok)
    #expect(memory.cells[4] == .text("when it is full: allkeys-lru"))
    guard case .percent(let rate) = try row(table, "hit rate").cells[1] else {
      Issue.record("\(table)")
      return
    }
    #expect(rate > 0 && rate < 100)
    #expect(try row(table, "role").cells[1] == .text("master"))
    guard case .count(1...) = try row(table, "clients").cells[2] else {
      Issue.record("\(table)")
      return
    }
    #expect(try row(table, "last snapshot").cells[1] == .text("ok"))
  }

  @Test func whatInfoDoesNotTellIsUnknownAndNoReasonForPeace() {
    let table = RedisInfo("used_memory:100\r\nrole:slave\r\n").table
    for id in ["memory", "clients", "hit rate", "last snapshot", "refused connections", "role"] {
      #expect(table.rows.first { $0.id == id }?.state == .nodata, "\(id)")
    }
    #expect(table.rows.first { $0.id == "evicted keys" }?.cells[1] == .unknown("not told"))
    let broken = RedisInfo("role:slave\r\nmaster_link_status:down\r\nmaxmemory:100\r\nused_memory:95\r\n")
      .table
    #expect(broken.rows.first { $0.id == "role" }?.state == .warn)
    #expect(broken.rows.first { $0.id == "memory" }?.state == .warn)
    let unlimited = RedisInfo("maxmemory:0\r\nused_memory:95\r\nkeyspace_hits:0\r\nkeyspace_misses:0").table
    #expect(unlimited.rows.first { $0.id == "memory" }?.cells[3] == DatastoreValue.none)
    #expect(unlimited.rows.first { $0.id == "hit rate" }?.cells[1] == DatastoreValue.none)
  }

  @Test @LoopActor func theSlowLogTellsNoValues() async throws {
    let store = RedisStore(try Self.server.options())
    defer { store.close() }
    Self.server.command("SET", "session:Zm9vYmFyYmF6cXV4MTIzNDU2", "hunter2", "EX", "100")
    let table = try await store.read(RedisStore.slowLog)
    let texts = table.rows.compactMap { if case .text(let text) = $0.cells[2] { text.string } else { nil } }
    #expect(texts.contains("SET session:* and 3 more"), "\(texts)")
    #expect(!"\(table)".contains("hunter2") && !"\(table)".contains("Zm9vYmFy"))
  }

  @Test @LoopActor func keysAreCountedByWhatTheirNamesAreMadeLike() async throws {
    let server = TestRedis()
    let store = RedisStore(try server.options())
    defer { store.close() }
    #expect(try await store.read(RedisStore.keys).rows.isEmpty)
    for index in 0..<30 {
      server.command(
        "SET",
        "celery-task-meta-1a3c271c-bfe2-4e83-933b-290d5d5d0f\(10 + index)",
        "{}",
        "EX",
        "1000"
      )
    }
    server.command("LPUSH", "queue:mail", "a")
    server.command("SET", "session:eyJhbGciOiJIUzI1NiJ9", "x")
    let table = try await store.read(RedisStore.keys)
    #expect(
      table.rows.first?.cells[0] == .text("celery-task-meta-*") && table.rows.first?.cells[1] == .count(30)
    )
    #expect(table.rows.first?.cells[3] == .text("string"))
    let mail = try row(table, "queue:mail")
    #expect(mail.cells[3] == .text("list") && mail.cells[4] == .text("never"))
    #expect(table.rows.contains { $0.id == "session:*" } && !"\(table)".contains("eyJhbG"))
    #expect(table.notes.isEmpty)
    // More names than are read: the table says so.
    server.command("EVAL", "for i = 1, 12000 do redis.call('SET', 'many:' .. i, 1) end", "0")
    let cut = try await store.read(RedisStore.keys)
    #expect(cut.notes.contains { $0.string.hasPrefix("only the first ") }, "\(cut.notes)")
    #expect(cut.figures.first?.value == .count(12_032))
  }

  @Test @LoopActor func tasksThatFailedAreToldWithTheirException() async throws {
    let server = TestRedis()
    let client = RedisClient(try server.options())
    defer { client.close() }
    let store = RedisStore(try server.options(), tasks: TaskResults(client, rest: .zero))
    defer { store.close() }
    #expect(try await store.read(RedisStore.failures).empty.string.hasPrefix("no result is kept"))
    let ended = Format.timestamp(LoopActor.now().wall)
    let failure = #"""
      {"status": "FAILURE", "task_id": "t1", "result": {"exc_type": "TimeoutError", "exc_message": ["provider", 5],
       "exc_module": "builtins"}, "traceback": "Traceback:\n  File a\nTimeoutError", "date_done": "\#(ended)"}
      """#
    server.command("SET", "celery-task-meta-t1", failure)
    server.command("SET", "celery-task-meta-t2", #"{"status": "SUCCESS", "task_id": "t2", "result": 1}"#)
    server.command("SET", "celery-task-meta-t3", "no json")
    let table = try await store.read(RedisStore.failures)
    let row = try #require(table.rows.first, "\(table)")
    #expect(row.id == "t1" && row.cells[2] == .text("TimeoutError: provider, 5"))
    #expect(table.rows.count == 1 && row.cells.count == RedisStore.failures.columns.count)
    #expect(row.text.map(\.string) == ["Traceback:", "  File a", "TimeoutError"])
    #expect(table.figures.map(\.value) == [.count(1), .count(3)])
    // One that can't be read may be a failure, too.
    #expect(table.notes.contains { $0.string.hasPrefix("1 results can't be read") })
    #expect(!table.notes.contains { $0.string.hasPrefix("not all results are read") })
    // What is known of a Redis that has gone is no news.
    server.server.send(SIGKILL)
    server.server.wait()
    await #expect(throws: SourceFailure.self) { try await store.read(RedisStore.failures) }
  }

  @Test func whatIsNotWhollyReadSaysSo() {
    let failure = TaskFailure(id: "a", exception: "X")
    let table = RedisStore.failures([failure], TaskFailures(failures: [failure], results: 3, isWhole: false))
    #expect(table.notes == ["not all results are read: there may be more failures"])
    #expect(table.rows.map(\.cells) == [[.unknown("not told"), .unknown("not kept"), .text("X")]])
    let none = RedisStore.failures([], TaskFailures(results: 3, isWhole: false))
    #expect(none.empty == "no failure is known yet: not all results are read" && none.notes.count == 1)
    let whole = RedisStore.failures([], TaskFailures(results: 3))
    #expect(whole.empty == "none of the 3 results that are kept is a failure" && whole.notes.isEmpty)
    let many = (0..<1_001).map { TaskFailure(id: "\($0)", exception: "X") }
    let cut = RedisStore.failures(many, TaskFailures(results: 1_001))
    #expect(cut.rows.count == 1_000 && cut.figures.first?.value == .count(1_001))
    #expect(cut.notes == ["only the newest 1,000 failures are listed"])
  }

  @Test @LoopActor func withoutWhoReadsResultsNoFailureIsToldAsNone() async throws {
    let store = RedisStore(try Self.server.options())
    defer { store.close() }
    await #expect(throws: SourceFailure.self) { try await store.read(RedisStore.failures) }
  }

  @Test(arguments: [
    ("celery-task-meta-1a3c271c-bfe2-4e83-933b-290d5d5d0f74", "celery-task-meta-*"),
    ("user:12345:profile", "user:*:profile"),
    ("session:eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc-def", "session:*.abc-def"),
    ("_kombu.binding.celery", "_kombu.binding.celery"), ("unacked_index", "unacked_index"),
    ("cache:suite_runs:list", "cache:suite_runs:list"), ("reset_token:plainletters", "reset_token:*"),
    ("celery-task-meta-1a3c271c-beef-4e83-abcd-290d5d5d0f74", "celery-task-meta-*"),
    ("lock:deadbeef", "lock:*"), ("refresh:9f8e7d6c5b4a", "refresh:*"),
    ("abcdefghijklmnopqrstuvwxyz", "*"), ("", ""),
  ])
  func namesThatHoldTokensAreMasked(_ key: String, _ shape: String) {
    #expect(KeyShape.of(key) == shape)
  }
}

/// What is told of the nodes of a broker.
@Suite struct RabbitMQStoreTests {
  private static let well = #"""
    [{"name": "rabbit@a", "running": true, "uptime": 60000, "fd_used": 50, "fd_total": 1000, "sockets_used": 3,
      "sockets_total": 900, "proc_used": 400, "proc_total": 65536, "mem_used": 100, "mem_limit": 1000, "mem_alarm": false,
      "disk_free": 5000, "disk_free_limit": 1000, "disk_free_alarm": false, "partitions": []}]
    """#

  private func table(
    _ text: String,
    _ alarms: RabbitMQAlarms.Answer = .clear(latency: .zero, route: "")
  ) throws
    -> DatastoreTable
  {
    RabbitMQStore.table(try #require(JSONValue(parsing: Array(text.utf8))?.list), alarms)
  }

  private func state(_ table: DatastoreTable, _ measure: String) -> FactState? {
    table.rows.first { $0.id.hasSuffix(" \(measure)") }?.state
  }

  @Test func measuresStandAgainstTheirLimits() throws {
    let table = try table(Self.well)
    #expect(table.rows.allSatisfy { $0.state == .ok } && table.rows.count == 7)
    #expect(
      table.rows[0].cells == [
        .text("rabbit@a"), .text("memory"), .bytes(100), .bytes(1_000), .percent(10), .text("no alarm"),
      ]
    )
    let full = try self.table(Self.well.replacing("\"fd_used\": 50", with: "\"fd_used\": 950"))
    #expect(state(full, "file descriptors") == .warn)
    let low = try self.table(Self.well.replacing("\"disk_free\": 5000", with: "\"disk_free\": 1500"))
    #expect(state(low, "disk free") == .warn)
  }

  @Test func anAlarmIsToldByItsName() throws {
    let text = Self.well.replacing("\"mem_alarm\": false", with: "\"mem_alarm\": true")
    let table = try table(text, .inEffect(["memory"]))
    #expect(
      state(table, "memory") == .crit && table.figures[0].value == .text("memory")
        && table.figures[0].state == .crit
    )
    #expect(table.notes.first?.string.hasPrefix("ALARM memory") == true)
  }

  @Test func whatIsNotToldIsNoPeace() throws {
    let silent = try table(
      #"[{"name": "rabbit@a", "running": true}]"#,
      .failure(SourceFailure(.timedOut, at: "x"))
    )
    for measure in ["memory", "disk free", "file descriptors", "sockets", "processes", "partitions"] {
      #expect(state(silent, measure) == .nodata, "\(measure)")
    }
    #expect(silent.figures[0].state == .error && silent.notes.count == 1)
    #expect(try table(#"[{"name": "rabbit@a"}]"#).rows.map(\.state) == [.nodata])
    #expect(try table(#"[{"name": "rabbit@a", "running": false}]"#).rows.map(\.state) == [.crit])
  }
}

/// Following datastores while somebody looks.
@Suite(.serialized) struct DatastoreFollowerTests {
  init() { EventLoop.runOnOwnThread() }

  /// A reader whose answers a test gives.
  @LoopActor private final class Reader: DatastoreReader {
    let store: String
    let address = "there"
    var isStuck = false
    var failure: SourceFailure?
    private(set) var asked: [String] = []

    init(_ store: String) { self.store = store }

    func read(_ section: DatastoreSection) async throws(SourceFailure) -> DatastoreTable {
      asked.append(section.id)
      while isStuck { await LoopActor.sleep(for: .milliseconds(5)) }
      if let failure { throw failure }
      return DatastoreTable([DatastoreRow(id: "a", [.count(asked.count)])])
    }
  }

  @Test @LoopActor func aStuckSourceKeepsNoOtherFromBeingToldAndNobodyIsAskedForWhatNobodyLooksAt()
    async throws
  {
    let (stuck, well, other) = (Reader("redis"), Reader("redis"), Reader("postgres"))
    stuck.isStuck = true
    let told = Locked<[DatastoresSnapshot]>([])
    let follower = DatastoreFollower([("a", stuck), ("b", well), ("c", other)]) { snapshot in
      told.withLock { $0.append(snapshot) }
    }
    func reading(_ source: String) -> DatastoresSnapshot.Reading? {
      told.withLock { $0.last?.readings.first { $0.source == source } }
    }
    follower.look(at: "redis")
    #expect(await comesTrue { reading("b")?.table != nil })
    #expect(reading("a") == nil && other.asked.isEmpty)
    stuck.failure = SourceFailure(.timedOut, at: "there")
    stuck.isStuck = false
    #expect(await comesTrue { reading("a")?.failure != nil })
    #expect(reading("a")?.failingSince != nil && reading("a")?.table == nil)
    // What was told stays with its age when it fails later.
    well.failure = SourceFailure(.refused, at: "there")
    #expect(await comesTrue { reading("b")?.failure != nil })
    #expect(reading("b")?.table != nil && reading("b")?.sampledAt != nil)
    follower.look(at: nil)
    let count = well.asked.count
    await LoopActor.sleep(for: .milliseconds(2_300))
    #expect(well.asked.count == count)
    follower.look(at: "activity")
    #expect(await comesTrue { other.asked == ["activity"] })
    follower.look(at: nil)
  }
}
