import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// What Celery keeps in Redis about the tasks that failed.
@Suite struct TaskResultsTests {
  init() { EventLoop.runOnOwnThread() }

  /// As Celery 5 writes it by its defaults.
  private static func failure(_ message: String, _ ended: String = "2026-11-23T17:25:06.361042") -> String {
    """
    {"status": "FAILURE", "result": {"exc_type": "AttributeError", "exc_message": ["\(message)"], \
    "exc_module": "builtins"}, "traceback": "Traceback (most recent call last):\\n  File \\"a.py\\"\\nAttributeError: \(message)\\n", \
    "children": [], "date_done": "\(ended)", "task_id": "t"}
    """
  }

  @Test func anExceptionIsToldWithItsTracebackAndTime() throws {
    guard case .failed(let task) = TaskResults.result(Self.failure("no 'duration'"), id: "t") else {
      Issue.record("no failure")
      return
    }
    #expect(task.exception == "AttributeError: no 'duration'")
    #expect(
      task.traceback.map(\.string) == [
        "Traceback (most recent call last):", "  File \"a.py\"", "AttributeError: no 'duration'",
      ]
    )
    #expect(task.endedAt == WallTime(timestamp: "2026-11-23T17:25:06.361042Z"))
    #expect(task.named == [])
    #expect(task.name == nil)
  }

  @Test func whatExtendedResultsNameIsKept() throws {
    let text = """
      {"status": "FAILURE", "result": {"exc_type": "KeyError", "exc_message": "a", "exc_module": "builtins"}, \
      "traceback": null, "date_done": "2026-11-23T17:25:06+00:00", "task_id": "t", "name": "tasks.run", \
      "worker": "celery@box", "args": ["1A3C271C-bfe2-4e83-933b-290d5d5d0f74"], \
      "kwargs": {"script": "d609ba62-fd85-437f-8787-d3f0fbc0bba0, 12345"}}
      """
    guard case .failed(let task) = TaskResults.result(text, id: "t") else {
      Issue.record("no failure")
      return
    }
    #expect(task.exception == "KeyError: a")
    #expect(task.named == ["1a3c271c-bfe2-4e83-933b-290d5d5d0f74", "d609ba62-fd85-437f-8787-d3f0fbc0bba0"])
    #expect(task.name == "tasks.run")
    #expect(task.worker == "celery@box")
    #expect(task.traceback == [])
  }

  @Test(arguments: [
    (#"{"status": "SUCCESS", "result": 1}"#, TaskResults.Reading.ended),
    (#"{"status": "REVOKED", "result": null}"#, .ended),
    // It may still end either way.
    (#"{"status": "RETRY", "result": {"exc_type": "X"}}"#, .open), (#"{"status": "STARTED"}"#, .open),
    ("", .open),
    (#"{"status": "FAILURE", "result": {"exc_type": "X""#, .unreadable), ("gzip…", .unreadable),
    (#"{"result": 1}"#, .unreadable), (#"["FAILURE"]"#, .unreadable),
  ])
  func onlyAFailureIsOne(text: String, reading: TaskResults.Reading) {
    #expect(TaskResults.result(text, id: "t") == reading)
  }

  @Test(arguments: [
    (#"{"status": "FAILURE"}"#, "no exception was kept"),
    (#"{"status": "FAILURE", "result": null}"#, "no exception was kept"),
    (#"{"status": "FAILURE", "result": "boom"}"#, "boom"),
    (#"{"status": "FAILURE", "result": {"exc_type": "X", "exc_message": []}}"#, "X"),
    (#"{"status": "FAILURE", "result": {"exc_type": "X", "exc_message": ["a", 3]}}"#, "X: a, 3"),
    (
      #"{"status": "FAILURE", "result": {"exc_type": "X", "exc_message": "password=geheim"}}"#,
      "X: password=‹password›"
    ),
    (#"{"status": "FAILURE", "result": {"exc_type": "X", "exc_message": "a\u001b[2Jb"}}"#, "X: a␛[2Jb"),
  ])
  func aFailureIsOneWhateverItsExceptionIs(text: String, exception: String) {
    guard case .failed(let task) = TaskResults.result(text, id: "t") else {
      Issue.record("no failure")
      return
    }
    #expect(task.exception.string == exception)
    #expect(task.endedAt == nil)
  }

  @Test func withoutResultsNothingIsKnownOfFailures() {
    func fact(_ told: TaskFailures) -> Observation { RedisSource.failed(told, source: "redis") }
    #expect(fact(TaskFailures()).value == nil)
    #expect(fact(TaskFailures()).word == "no results of Celery here")
    #expect(fact(TaskFailures(results: 3, isWhole: false)).value == nil)
    #expect(fact(TaskFailures(results: 3)).value == .number(0))
    #expect(fact(TaskFailures(lastHour: 2, results: 3)).value == .number(2))
    // One that can't be read may have failed.
    #expect(fact(TaskFailures(results: 3, unreadable: 2)).value == nil)
    #expect(fact(TaskFailures(results: 3, unreadable: 2)).word == "2 unreadable")
    let some = fact(TaskFailures(lastHour: 1, results: 3, unreadable: 2))
    #expect(some.value == .number(1) && some.word == "at least, 2 unreadable")
  }

  @Test @LoopActor func ofMoreResultsThanAreTakenInNobodyIsToldThatTheyAreAll() async throws {
    let redis = TestRedis()
    defer {
      redis.server.send(SIGKILL)
      redis.server.wait()
    }
    let made = "redis.call('SET', 'celery-task-meta-' .. i, '{\"status\": \"SUCCESS\"}')"
    redis.command("EVAL", "for i = 1, 3000 do \(made) end", "0")
    let client = RedisClient(try redis.options())
    defer { client.close() }
    let tasks = TaskResults(client, rest: .zero, mostResults: 100)
    for _ in 0..<5 {
      let told = try await tasks.read(until: LoopActor.now().monotonic + .seconds(20))
      #expect(!told.isWhole && told.results >= 100)
      #expect(RedisSource.failed(told, source: "redis").value == nil)
    }
  }

  @Test @LoopActor func resultsAreReadOnceAndFailuresOutliveThem() async throws {
    let redis = TestRedis()
    defer {
      redis.server.send(SIGKILL)
      redis.server.wait()
    }
    for number in 0..<5 {
      redis.command("SET", "celery-task-meta-ok\(number)", #"{"status": "SUCCESS", "result": 1}"#)
    }
    redis.command("SET", "celery-task-meta-bad", Self.failure("gone", Format.timestamp(LoopActor.now().wall)))
    redis.command("SET", "other", "1")
    redis.command("LPUSH", "celery-task-meta-list", "1")
    let client = RedisClient(try redis.options())
    defer { client.close() }
    let tasks = TaskResults(client, rest: .zero)
    func read() async throws -> TaskFailures {
      try await tasks.read(until: LoopActor.now().monotonic + .seconds(20))
    }
    let first = try await read()
    #expect(first.failures.map(\.id) == ["bad"])
    #expect(first.results == 7)
    // A list is no result, and keeps none from being read.
    #expect(first.unreadable == 1)
    #expect(first.isWhole)
    redis.command("DEL", "celery-task-meta-bad")
    redis.command("SET", "celery-task-meta-new", Self.failure("new", Format.timestamp(LoopActor.now().wall)))
    _ = try await read()
    let second = try await read()
    #expect(Set(second.failures.map(\.id)) == ["bad", "new"])
    #expect(second.results == 7)
  }
}
