import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// Against a real supervisord.
@Suite(.serialized) struct SupervisorRuntimeTests {
  /// One for the whole suite, with a program for each state.
  private static let shared = TestSupervisor(
    """
    [program:backend]
    command=/bin/sleep 100000
    startsecs=0
    [program:other]
    command=/bin/sleep 100000
    startsecs=0
    [program:scout]
    command=/bin/sleep 100000
    [program:worker]
    command=/bin/sleep 100000
    process_name=%(program_name)s_%(process_num)02d
    numprocs=2
    startsecs=0
    [group:web]
    programs=front
    [program:front]
    command=/bin/sleep 100000
    startsecs=0
    [program:halted]
    command=/bin/sleep 100000
    startsecs=0
    [program:job]
    command=/bin/sh -c "exit 3"
    startsecs=0
    autorestart=false
    [program:resting]
    command=/bin/sleep 100000
    autostart=false
    [program:missing]
    command=/nonexistent/program
    startretries=0
    [program:looping]
    command=/bin/sh -c "exit 1"
    startsecs=5
    startretries=1000000
    [program:slow]
    command=/bin/sleep 100000
    startsecs=100000
    [program:stubborn]
    command=/usr/bin/python3 -c "import signal,time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(1e6)"
    startsecs=1
    stopwaitsecs=3

    """
  )

  private let client: HTTPClient
  private let runtime: SupervisorRuntime

  init() async {
    EventLoop.runOnOwnThread()
    let socket = Self.shared.socket
    (client, runtime) = await Self.make(socket)
  }

  @LoopActor private static func make(_ socket: String) -> (HTTPClient, SupervisorRuntime) {
    let client = HTTPClient()
    return (client, SupervisorRuntime(socket: socket, hide: ["scout"], client: client))
  }

  private func service(_ instance: String) async throws -> ServiceReading {
    try #require(try await runtime.services().first { $0.instance == instance })
  }

  private func reach(_ instance: String, _ state: ServiceReading.State) async throws {
    try await eventually("\(instance) is \(state)") { try await service(instance).state == state }
  }

  /// Supervisor calls it RUNNING, and says nothing until somebody ends it.
  @Test func whatASignalHasStoppedDoesNotRun() async throws {
    try await reach("halted", .running)
    let before = try await service("halted")
    let pid = try #require(pid_t(before.identity.incarnation.prefix { $0 != "@" }))
    kill(pid, SIGSTOP)
    try await reach("halted", .failing("halted by a signal"))
    let polled = try #require(
      try await runtime.poll().snapshots.lazy.compactMap { $0 as? ServicesSnapshot }.first
    )
    #expect(polled.services.first { $0.instance == "halted" }?.state == .failing("halted by a signal"))
    #expect(try await service("halted").identity == before.identity)
    kill(pid, SIGCONT)
    try await reach("halted", .running)
  }

  /// Another process may have the number that was told.
  @Test func aProcessOfAnotherAgeIsNotTheOneThatWasTold() async throws {
    try await reach("halted", .running)
    let told = try await service("halted")
    let pid = try #require(Int(told.identity.incarnation.prefix { $0 != "@" }))
    let startedAt = try #require(told.startedAt)
    kill(pid_t(pid), SIGSTOP)
    defer { kill(pid_t(pid), SIGCONT) }
    await eventually("it is halted") {
      let age = LoopActor.now().wall.secondsSince1970 - startedAt.secondsSince1970
      return LocalProcess.halted(of: [pid: age]) == [pid] && LocalProcess.halted(of: [pid: age + 60]).isEmpty
    }
  }

  @Test func everyStateIsTold() async throws {
    try await reach("backend", .running)
    try await reach("job", .exited(code: 3))
    try await reach("resting", .stopped)
    try await reach("missing", .exited(code: nil))
    try await reach("looping", .restarting)
    try await reach("slow", .starting)
    let missing = try await service("missing")
    #expect(missing.detail.contains("can't find command '/nonexistent/program'"))
    #expect(missing.identity == ServiceIdentity(id: "missing:missing", incarnation: ""))
    #expect(missing.startedAt == nil)
    let backend = try await service("backend")
    #expect(backend.identity.incarnation.contains("@"))
    let age = try LoopActor.now().wall.secondsSince1970 - #require(backend.startedAt).secondsSince1970
    #expect(age >= -1 && age < 600)
  }

  @Test func stoppingIsTold() async throws {
    try await reach("stubborn", .running)
    // Asked by hand and not waited for, so that the process is seen while it stops.
    let call = XMLRPCCall(method: "supervisor.stopProcess", arguments: [.text("stubborn"), .flag(false)])
    let request = HTTPRequest(
      "POST",
      "http://supervisor/RPC2",
      body: call.document,
      unixSocket: Self.shared.socket
    )
    _ = try await client.send(request)
    try await reach("stubborn", .stopping)
    // A restart that comes meanwhile waits for it and starts it.
    let before = try await service("stubborn")
    try await runtime.restart(before)
    let after = try await service("stubborn")
    #expect(after.state == .running)
    #expect(after.identity.incarnation != before.identity.incarnation)
  }

  @Test func namesGroupsAndHiddenOnesAreTold() async throws {
    let services = try await runtime.services()
    #expect(!services.contains { $0.name == "scout" })
    #expect(
      services.filter { $0.name == "worker" }.map(\.instance) == ["worker:worker_00", "worker:worker_01"]
    )
    #expect(services.first { $0.name == "front" }?.instance == "web:front")
    #expect(services.first { $0.name == "front" }?.identity.id == "web:front")
  }

  @Test func aRestartGivesANewIncarnationAndTouchesNobodyElse() async throws {
    try await reach("backend", .running)
    let before = try await service("backend")
    let others = try await runtime.services().filter { $0.name == "other" || $0.name == "worker" }
    #expect(
      await runtime.restartPreview(of: before)
        == #"supervisor.stopProcess("backend") then startProcess("backend")"#
    )
    try await runtime.restart(before)
    let after = try await service("backend")
    #expect(after.state == .running)
    #expect(after.identity.id == before.identity.id)
    #expect(after.identity.incarnation != before.identity.incarnation)
    #expect(try await runtime.services().filter { $0.name == "other" || $0.name == "worker" } == others)
  }

  @Test func oneProcessOfAGroupIsRestartedAlone() async throws {
    try await reach("worker:worker_01", .running)
    let before = try await runtime.services().filter { $0.name == "worker" }
    #expect(
      await runtime.restartPreview(of: before[1])
        == #"supervisor.stopProcess("worker:worker_01") then startProcess("worker:worker_01")"#
    )
    try await runtime.restart(before[1])
    let after = try await runtime.services().filter { $0.name == "worker" }
    #expect(after[0] == before[0])
    #expect(after[1].identity.incarnation != before[1].identity.incarnation)
  }

  @Test func whatDoesNotRunIsStarted() async throws {
    let before = try await service("web:front")
    let call = XMLRPCCall(method: "supervisor.stopProcess", arguments: [.text("web:front"), .flag(true)])
    _ = try await client.send(
      HTTPRequest("POST", "http://supervisor/RPC2", body: call.document, unixSocket: Self.shared.socket)
    )
    #expect(try await service("web:front").state == .stopped)
    try await runtime.restart(before)
    #expect(try await service("web:front").state == .running)
  }

  @Test func aProgramThatCannotStartIsToldInWords() async throws {
    try await reach("missing", .exited(code: nil))
    let missing = try await service("missing")
    let failure = await failure { () throws(SourceFailure) in try await runtime.restart(missing) }
    #expect(failure?.code == .rejected)
    #expect(
      failure?.detail
        == "missing is down, it did not start: NO_FILE: can't find command '/nonexistent/program' (fault 20)"
    )
  }

  @Test func aProgramThatEndsAtOnceIsToldInWords() async throws {
    let looping = try await service("looping")
    let failure = await failure { () throws(SourceFailure) in try await runtime.restart(looping) }
    #expect(failure?.code == .rejected)
    #expect(
      failure?.detail
        == "looping is down, it did not start: SPAWN_ERROR: looping (fault 50): Exited too quickly (process log may have details)"
    )
  }

  @Test func anUnknownNameIsRejected() async throws {
    let ghost = ServiceReading(
      name: "ghost",
      instance: "ghost",
      identity: ServiceIdentity(id: "ghost:ghost", incarnation: ""),
      state: .running
    )
    let failure = await failure { () throws(SourceFailure) in try await runtime.restart(ghost) }
    #expect(failure?.code == .rejected)
    #expect(failure?.detail == "BAD_NAME: ghost (fault 10)")
  }

  @Test func aHungProgramTimesOutAndTheOutcomeIsUnknown() async throws {
    try await reach("stubborn", .running)
    let socket = Self.shared.socket
    let impatient = await SupervisorRuntime(
      socket: socket,
      client: client,
      restartDeadline: .milliseconds(700)
    )
    let stubborn = try await service("stubborn")
    let failure = await failure { () throws(SourceFailure) in try await impatient.restart(stubborn) }
    #expect(failure?.code == .timedOut)
    try await eventually("supervisor has killed it") { try await service("stubborn").state == .stopped }
    try await runtime.restart(stubborn)
    try await reach("stubborn", .running)
  }

  @Test func aPollGivesUptimesAndTheSnapshot() async throws {
    try await reach("backend", .running)
    let reading = try await runtime.poll()
    let names = reading.observations.map(\.name)
    #expect(Set(names).count == names.count)
    let uptime = try #require(reading.observations.first { $0.name == "service.backend.uptime" })
    #expect(uptime.unit == .seconds)
    #expect(uptime.kind == .info)
    #expect(try #require(uptime.value?.number) >= 0)
    let resting = try #require(reading.observations.first { $0.name == "service.resting.uptime" })
    #expect(resting.value == nil)
    let snapshot = try #require(reading.snapshots.first as? ServicesSnapshot)
    #expect(snapshot.runtime == "supervisor")
    #expect(snapshot.services.contains { $0.name == "backend" })
  }
}
