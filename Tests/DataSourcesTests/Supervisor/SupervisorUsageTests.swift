import Facts
import Testing

@testable import DataSources

/// What a real supervisord's processes use and have written.
@Suite(.serialized) struct SupervisorUsageTests {
  private static let shared = TestSupervisor(
    """
    [program:busy]
    command=/bin/sh -c "/usr/bin/python3 -c 'import time; e = time.monotonic() + 90; any(time.monotonic() > e for _ in iter(int, 1))'; true"
    startsecs=0
    autorestart=false
    autostart=false
    stopasgroup=true
    killasgroup=true
    [program:idle]
    command=/bin/sleep 100000
    startsecs=0
    [program:resting]
    command=/bin/sleep 100000
    autostart=false
    [program:crashed]
    command=/bin/sh -c "for i in 1 2 3 4 5 6; do echo out $i; echo err $i >&2; done; exit 7"
    startsecs=0
    autorestart=false
    [program:joined]
    command=/bin/sh -c "echo out; printf '\\\\033[31mERROR\\\\033[0m \\\\007 <b>&\\\\n' >&2; exit 1"
    redirect_stderr=true
    startsecs=0
    autorestart=false
    [program:long]
    command=/usr/bin/python3 -c "print('x' * 5); [print(chr(228) * 997, i) for i in range(60)]"
    environment=PYTHONIOENCODING=utf-8
    startsecs=0
    autorestart=false
    [program:unkept]
    command=/bin/echo gone
    stdout_logfile=NONE
    startsecs=0
    autorestart=false
    [program:halfkept]
    command=/bin/sh -c "echo told; echo ERROR >&2"
    stderr_logfile=NONE
    startsecs=0
    autorestart=false

    """
  )

  init() { EventLoop.runOnOwnThread() }

  /// How often the processes were read.
  private final class Reads: Sendable {
    private let number = Locked(0)
    var count: Int { number.withLock { $0 } }
    func read() -> ProcessTable? {
      number.withLock { $0 += 1 }
      return ProcessTable.read()
    }
  }

  @LoopActor private func runtime(_ reads: Reads, endpoint: ServerEndpoint? = nil) -> SupervisorRuntime {
    SupervisorRuntime(
      endpoint: endpoint ?? ServerEndpoint(socket: Self.shared.socket, name: "supervisor"),
      client: HTTPClient(),
      readProcesses: { reads.read() }
    )
  }

  @Test @LoopActor func busyLoopOfAChildIsSeenWhileSomebodyLooksAndNothingIsReadOtherwise() async throws {
    let reads = Reads()
    let runtime = runtime(reads)
    await eventually("it listens") { (try? await runtime.services()) != nil }
    let busy = try #require(try await runtime.services().first { $0.name == "busy" })
    try await runtime.perform(try #require(runtime.request(.start, busy)))
    let result: Result<Void, any Error>
    do {
      result = .success(try await look(runtime, reads))
    } catch {
      result = .failure(error)
    }
    // Whatever was found, the other tests have the machine to themselves again.
    try await runtime.perform(try #require(runtime.request(.stop, busy)))
    try result.get()
  }

  @LoopActor private func look(_ runtime: SupervisorRuntime, _ reads: Reads) async throws {
    await eventually("they run") {
      let services = (try? await runtime.services()) ?? []
      return services.count { ["busy", "idle"].contains($0.name) && $0.state == .running } == 2
    }
    let unwatched = try await runtime.poll()
    #expect(!unwatched.observations.contains { ["cpu", "memory"].contains($0.name.segments.last) })
    #expect(await runtime.usage(of: try await runtime.services()).isEmpty)
    #expect(reads.count == 0)

    runtime.watchUsage(true)
    let first = try await runtime.poll()
    #expect(first.value("service.busy.cpu") == nil, "one sample is no share")
    #expect(first.observations.first { $0.name == "service.busy.cpu" }?.word == "first sample")
    #expect(first.observations.first { $0.name == "service.resting.cpu" }?.word == "not running")
    #expect(reads.count == 1)
    await eventually("the busy one is seen") {
      await LoopActor.sleep(for: .milliseconds(600))
      guard let reading = try? await runtime.poll(), let cpu = reading.value("service.busy.cpu")?.number,
        let other = reading.value("service.idle.cpu")?.number
      else { return false }
      // Other work on the machine leaves it less than a core.
      return cpu > 20 && cpu < 150 && other < 5
    }
    let reading = try await runtime.poll()
    let memory = try #require(reading.value("service.idle.memory")?.number)
    #expect(memory > 100_000 && memory < 20_000_000)
    #expect(reading.value("service.resting.memory") == nil)

    runtime.watchUsage(false)
    let seen = reads.count
    let after = try await runtime.poll()
    #expect(!after.observations.contains { ["cpu", "memory"].contains($0.name.segments.last) })
    #expect(reads.count == seen)
    runtime.watchUsage(true)
    #expect(try await runtime.poll().value("service.busy.cpu") == nil, "the time between was not looked at")
  }

  @Test @LoopActor func processesOfAnotherMachineAreNotLookedForHere() async throws {
    let reads = Reads()
    let runtime = runtime(reads, endpoint: try ServerEndpoint("http://192.0.2.1:9001", name: "supervisor"))
    runtime.watchUsage(true)
    let service = ServiceReading(
      name: "x",
      instance: "x",
      identity: ServiceIdentity(id: "x:x", incarnation: "1@1"),
      state: .running
    )
    #expect(await runtime.usage(of: [service]) == ["x:x": ServiceUsage(gap: "they run on another machine")])
    #expect(reads.count == 0)
  }

  // MARK: last lines

  @LoopActor private func lines(_ name: String, _ tail: Int = 20) async throws -> [String] {
    let runtime = runtime(Reads())
    await eventually("\(name) has ended") {
      guard let service = try? await runtime.services().first(where: { $0.name == name }) else {
        return false
      }
      if case .exited = service.state { return true }
      return false
    }
    let service = try #require(try await runtime.services().first { $0.name == name })
    return try await runtime.logs(of: service, tail: tail).lines.map(\.string)
  }

  @Test func bothStreamsShareTheRoom() async throws {
    let (out, err) = ((1...6).map { "out \($0)" }, (1...6).map { "err \($0)" })
    #expect(try await lines("crashed") == out + err)
    #expect(try await lines("crashed", 4) == out.suffix(2) + err.suffix(2))
    #expect(try await lines("crashed", 8) == out.suffix(4) + err.suffix(4))
  }

  @Test func streamsThatAreOneAreReadOnceAndColoursAreTakenOff() async throws {
    #expect(try await lines("joined") == ["out", "ERROR ? <b>&"])
  }

  @Test func cutInTheMiddleOfACharacterIsNoFailure() async throws {
    let lines = try await lines("long", 100)
    // 32 KiB of lines of 2 kB: the first of them has lost its beginning and is left out.
    #expect((14...17).contains(lines.count))
    #expect(lines.allSatisfy { $0.hasPrefix("äää") })
    #expect(lines.last?.hasSuffix(" 59") == true)
  }

  @Test @LoopActor func whatIsNotKeptIsEmptyAndWhoIsNotKnownAFailure() async throws {
    #expect(try await lines("unkept").isEmpty)
    let runtime = runtime(Reads())
    let idle = try #require(try await runtime.services().first { $0.name == "idle" })
    #expect(try await runtime.logs(of: idle, tail: 5) == LogTail(lines: []))
    func gaps(_ name: String, _ tail: Int) async throws -> [LogGap] {
      let service = try #require(try await runtime.services().first { $0.name == name })
      return try await runtime.logs(of: service, tail: tail).gaps
    }
    #expect(try await gaps("unkept", 5) == [LogGap("stdout", .notKept)])
    // Beside lines of the one stream, too, the other's silence is none.
    #expect(try await lines("halfkept") == ["told"])
    #expect(try await gaps("halfkept", 5) == [LogGap("stderr", .notKept)])
    #expect(try await gaps("joined", 5).isEmpty)
    #expect(try await gaps("long", 100) == [LogGap("stdout", .cut)])
    #expect(try await gaps("crashed", 12).isEmpty)
    #expect(try await gaps("crashed", 11).map(\.reason) == [.cut])
    #expect(try await gaps("crashed", 5).map(\.reason) == [.cut, .cut])
    // Lines without times are not told as those since a time, nor as none.
    let crashed = try #require(try await runtime.services().first { $0.name == "crashed" })
    let timeless = await failure { () throws(SourceFailure) in
      _ = try await runtime.logs(of: crashed, tail: 5, since: WallTime(secondsSince1970: 0))
    }
    #expect(timeless?.word == "no times in its log")
    let nobody = ServiceReading(
      name: "nobody",
      instance: "nobody",
      identity: ServiceIdentity(id: "nobody:nobody", incarnation: ""),
      state: .stopped
    )
    let unknown = await failure { () throws(SourceFailure) in
      _ = try await runtime.logs(of: nobody, tail: 5)
    }
    #expect(unknown?.code == .rejected)
    #expect(unknown?.detail.contains("BAD_NAME") == true)
  }

  @Test(arguments: [
    (["group": "a", "name": "b", "stderr_logfile": "none"], LogGap.Reason.notKept),
    (["group": "a", "name": "b", "stderr_logfile": "/dev/stderr"], .notKept),
    (["group": "a", "name": "b", "stderr_logfile": "auto"], nil),
    (["group": "a", "name": "b"], .unreadable("supervisor doesn't tell whether it is kept")),
    (
      ["group": "a", "name": "other", "stderr_logfile": "auto"],
      .unreadable("supervisor doesn't tell whether it is kept")
    ),
  ])
  func aStreamThatIsNotToldOfIsNoSilence(program: [String: String], reason: LogGap.Reason?) {
    let told = XMLRPCValue.object(program.mapValues { .text($0) })
    #expect(SupervisorRuntime.unkept(["stderr"], of: "a:b", in: [told]).first?.reason == reason)
    #expect(SupervisorRuntime.unkept(["stderr"], of: "a:b", in: []).count == 1)
  }
}
