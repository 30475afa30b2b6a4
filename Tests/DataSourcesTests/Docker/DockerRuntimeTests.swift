import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Against a real, private engine; each test has projects of its own.
@Suite(.serialized) struct DockerRuntimeTests {
  private let engine: TestEngine
  private let client: HTTPClient

  init() async throws {
    EventLoop.runOnOwnThread()
    engine = try TestEngine.shared.get()
    client = await HTTPClient()
  }

  private func runtime(_ project: String) async -> DockerRuntime {
    await DockerRuntime(project: project, endpoint: engine.endpoint, client: client, grace: 1)
  }

  @Test func aProjectsContainersAreToldAndNoOthers() async throws {
    let backend = try engine.run("told_backend_1", project: "told", service: "backend")
    try engine.run("told_worker_2", project: "told", service: "worker", number: 2)
    try engine.run("told_worker_1", project: "told", service: "worker", number: 1)
    try engine.run("told_backend_run_1", project: "told", service: "backend", oneOff: true)
    try engine.run("foreign_backend_1", project: "told-not", service: "backend")
    let services = try await runtime("told").services()
    let oneOffs = try await runtime("told").oneOffs()
    #expect(oneOffs.map(\.instance) == ["told_backend_run_1"] && oneOffs.map(\.service) == ["backend"])
    #expect(services.map(\.instance) == ["told_backend_1", "told_worker_1", "told_worker_2"])
    #expect(services.map(\.name) == ["backend", "worker", "worker"])
    #expect(services.map(\.number) == [1, 1, 2])
    #expect(services.allSatisfy { $0.state == .running && $0.health == .none && $0.restarts == 0 })
    let first = try #require(services.first)
    #expect(first.identity.id == backend)
    #expect(first.identity.incarnation.hasSuffix("Z"))
    #expect(first.image == TestEngine.image)
    let age = try LoopActor.now().wall.secondsSince1970 - #require(first.startedAt).secondsSince1970
    #expect(age >= 0 && age < 60)
  }

  @Test func aRestartLeavesTheOtherProjectUntouched() async throws {
    let mine = try engine.run("mine_backend_1", project: "mine", service: "backend")
    try engine.run("mine_redis_1", project: "mine", service: "redis")
    try engine.run("yours_backend_1", project: "yours", service: "backend")
    let (runtime, other) = (await runtime("mine"), await runtime("yours"))
    let before = try await runtime.services()
    let othersBefore = try await other.services()
    let backend = try #require(before.first { $0.name == "backend" })
    #expect(
      await runtime.restartPreview(of: backend) == "POST /containers/\(mine.prefix(12))/restart?t=1"
    )
    try await runtime.restart(backend)
    let after = try await runtime.services()
    #expect(after[0].identity.id == backend.identity.id)
    #expect(after[0].identity.incarnation != backend.identity.incarnation)
    #expect(after[0].state == .running)
    #expect(after[1] == before[1])
    #expect(try await other.services() == othersBefore)
  }

  /// A line each tenth of a second, read on in uneven steps: each is told once and in its order.
  @Test func aLogIsReadOnWithoutALineTwiceOrNone() async throws {
    let count = 120
    let script = "i=0; while [ $i -lt \(count) ]; do echo line $i; i=$((i+1)); usleep 20000; done; sleep 600"
    try engine.run("logged_chatter_1", project: "logged", service: "chatter", command: script)
    let runtime = await runtime("logged")
    let service = try #require(try await runtime.services().first)
    var (lines, mark): ([String], LogMark?) = ([], nil)
    try await eventually("all lines are told") {
      let stretch = try await runtime.logs(of: service, after: mark, most: 1_000)
      #expect(stretch.gaps.isEmpty && stretch.lines.allSatisfy { $0.time != nil })
      lines += stretch.lines.map { String(decoding: $0.bytes, as: UTF8.self) }
      mark = stretch.mark
      return lines.count >= count
    }
    #expect(lines == (0..<count).map { "line \($0)" })
    #expect(try await runtime.logs(of: service, after: mark, most: 1_000).lines.isEmpty)
    // Fewer than there are: the newest, and that the others were left out.
    let tail = try await runtime.logs(of: service, after: nil, most: 5)
    #expect(tail.lines.count == 6 && tail.hasOlder && tail.gaps.isEmpty)
  }

  @Test func healthIsTold() async throws {
    try engine.run("ill_good_1", project: "ill", service: "good", health: "true")
    try engine.run("ill_bad_1", project: "ill", service: "bad", health: "echo no answer; false")
    try engine.run("ill_young_1", project: "ill", service: "young", health: "false", retries: 1_000)
    let runtime = await runtime("ill")
    try await eventually("each has its health") {
      try await runtime.services().map(\.health) == [.unhealthy, .healthy, .starting]
    }
    let bad = try #require(try await runtime.services().first)
    #expect(bad.detail == "no answer")
    #expect(bad.state == .running)
  }

  @Test func endsAreTold() async throws {
    try engine.run("ended_once_1", project: "ended", service: "once", command: "true")
    try engine.run("ended_wrong_1", project: "ended", service: "wrong", command: "exit 3")
    try engine.run("ended_loop_1", project: "ended", service: "loop", command: "exit 1", policy: "always")
    let runtime = await runtime("ended")
    try await eventually("they have ended") {
      let services = try await runtime.services()
      return services.map(\.name) == ["loop", "once", "wrong"] && services[0].state == .restarting
        && (services[0].restarts ?? 0) > 1
        && services[1].state == .exited(code: 0) && services[2].state == .exited(code: 3)
    }
    let services = try await runtime.services()
    #expect(services.map(\.isOneShot) == [false, nil, nil])
    #expect(services.map(\.looksDone) == [false, true, false])
    #expect(services[1].lived != nil && services[0].lived == nil)
    // Its start is kept after its end: a one-shot's new one is seen by it.
    #expect(services[1].identity.incarnation.hasSuffix("Z"))
    #expect(services[1].startedAt == nil)
    try engine.ask("DELETE", "/containers/ended_loop_1?force=true")
    #expect(try await runtime.services().map(\.name) == ["once", "wrong"])
  }

  @Test func aContainerThatIsGoneIsNotFound() async throws {
    try engine.run("gone_backend_1", project: "gone", service: "backend")
    let runtime = await runtime("gone")
    let backend = try #require(try await runtime.services().first)
    try engine.ask("DELETE", "/containers/gone_backend_1?force=true")
    let failure = await failure { () throws(SourceFailure) in try await runtime.restart(backend) }
    #expect(failure?.code == .notFound)
    #expect(failure?.detail.hasPrefix("the container gone_backend_1 (") == true)
    #expect(failure?.detail.contains("is gone: No such container") == true)
    #expect(try await runtime.services().isEmpty)
  }

  @Test func onlyAFullIdIsEverRestarted() async throws {
    let runtime = await runtime("any")
    for id in ["", "backend", "../v1.41/containers/x", String(repeating: "g", count: 64)] {
      let reading = ServiceReading(
        name: "x",
        instance: "x",
        identity: ServiceIdentity(id: id, incarnation: ""),
        state: .running
      )
      let failure = await failure { () throws(SourceFailure) in try await runtime.restart(reading) }
      #expect(failure?.code == .misconfigured)
    }
  }

  @Test func aPollGivesUptimesRestartsAndTheSnapshot() async throws {
    try engine.run("polled_worker_1", project: "polled", service: "worker", number: 1)
    try engine.run("polled_worker_2", project: "polled", service: "worker", number: 2)
    try engine.run("polled_once_1", project: "polled", service: "once", command: "true")
    let runtime = await runtime("polled")
    try await eventually("the one-shot has ended") {
      try await runtime.services().first?.state == .exited(code: 0)
    }
    let reading = try await runtime.poll()
    let names = reading.observations.map(\.name)
    #expect(
      names == [
        "service.once.uptime", "service.once.restarts", "service.worker.uptime", "service.worker.restarts",
      ]
    )
    #expect(reading.observations.map { $0.value == nil } == [true, false, false, false])
    #expect(reading.observations.allSatisfy { $0.kind == .info })
    let snapshot = try #require(reading.snapshots.first as? ServicesSnapshot)
    #expect(snapshot.runtime == "compose polled")
    #expect(snapshot.services.count == 3)
  }

  @Test @LoopActor func anEventWakesAndItsContainerIsInspectedAgain() async throws {
    let id = try engine.run("waking_backend_1", project: "waking", service: "backend")
    let runtime = DockerRuntime(project: "waking", endpoint: engine.endpoint, client: client)
    defer { runtime.close() }
    var wakes = 0
    runtime.watchEvents { wakes += 1 }
    await eventually("the stream is open") { wakes == 1 }
    let before = try await runtime.services()
    // Another project's event wakes nobody.
    try engine.run("asleep_backend_1", project: "asleep", service: "backend")
    #expect(wakes == 1)
    try engine.ask("POST", "/containers/\(id)/restart?t=1")
    await eventually("it woke") { wakes > 1 }
    try await eventually("the new start is seen") {
      try await runtime.services().first?.identity.incarnation != before.first?.identity.incarnation
    }
    runtime.close()
    let seen = wakes
    try engine.ask("POST", "/containers/\(id)/restart?t=1")
    #expect(wakes == seen)
  }
}
