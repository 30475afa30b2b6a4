import DataSources
import Facts
import Testing

@testable import Operations

/// Ending a query or a connection of the database: which one exactly, and when it is known to have ended.
@Suite struct BackendActTests {
  /// A server whose connections a test gives, before and after it was told to end some.
  @LoopActor private final class Server: PostgresBackends, OfferingSources {
    nonisolated let address = "postgresql://db"
    var before: [PostgresBackend]
    var after: Result<[PostgresBackend], SourceFailure> = .success([])
    var told: Result<Int, SourceFailure> = .success(1)
    private(set) var ended: [(pids: [Int], isQueryAlone: Bool)] = []

    init(_ before: PostgresBackend...) { self.before = before }

    func backends() async throws(SourceFailure) -> [PostgresBackend] {
      ended.isEmpty ? before : try after.get()
    }

    func end(_ backends: [PostgresBackend], isQueryAlone: Bool) async throws(SourceFailure) -> Int {
      ended.append((backends.map(\.pid), isQueryAlone))
      return try told.get()
    }

    func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer? { self as? Offer }
  }

  private struct Unended: Error {}

  init() { EventLoop.runOnOwnThread() }

  private static func backend(
    _ pid: Int,
    begun: Int? = 1,
    query: Int? = 5,
    _ state: String? = "active",
    idle: Duration = .seconds(1_000),
    isOurs: Bool = false
  ) -> PostgresBackend {
    PostgresBackend(pid: pid, begun: begun, queryBegun: query, state: state, lasted: idle, isOurs: isOurs)
  }

  private func request(_ id: ActionID, pid: String? = "7") -> ActionRequest {
    ActionRequest(
      id,
      on: ActionTarget(.environment, name: "dev"),
      arguments: pid.map { ["pid": $0] } ?? [:]
    )
  }

  @LoopActor private func run(_ server: Server, _ request: ActionRequest) async throws -> Verdict {
    let bench = Bench()
    bench.offers = server
    let plan = try await bench.executor().plan(request)
    guard case .ended(let verdict) = await bench.executor().run(plan, { _ in }) else { throw Unended() }
    return verdict
  }

  @Test @LoopActor func aConnectionThatIsListedNoMoreIsGone() async throws {
    let server = Server(Self.backend(7), Self.backend(8))
    server.after = .success([Self.backend(8)])
    #expect(try await run(server, request("query.terminate")).headline == "done, gone")
    #expect(server.ended.map(\.pids) == [[7]] && server.ended[0].isQueryAlone == false)
  }

  @Test @LoopActor func anotherConnectionOfTheSamePidIsNotTheOneThatWasMeant() async throws {
    let server = Server(Self.backend(7))
    server.after = .success([Self.backend(7, begun: 2)])
    #expect(try await run(server, request("query.terminate")).outcome == .done)
  }

  @Test @LoopActor func aConnectionThatIsStillThereIsNotGone() async throws {
    let server = Server(Self.backend(7))
    server.after = .success([Self.backend(7)])
    #expect(try await run(server, request("query.terminate")).headline == "failed: 1 still there after 90 s")
  }

  @Test @LoopActor func aSilentServerAndAConnectionThatMayNotBeSeenAreUnknown() async throws {
    let silent = Server(Self.backend(7))
    silent.after = .failure(SourceFailure(.refused, at: "db"))
    #expect(try await run(silent, request("query.terminate")).outcome == .unknown)
    let hidden = Server(Self.backend(7))
    hidden.after = .success([Self.backend(7, begun: nil, query: nil, nil)])
    #expect(try await run(hidden, request("query.terminate")).outcome == .unknown)
    await #expect(throws: Refusal.self) {
      _ = try await run(Server(Self.backend(7, begun: nil)), request("query.terminate"))
    }
  }

  @Test @LoopActor func aCancelledQueryHasEndedThoughItsConnectionStays() async throws {
    for after in [Self.backend(7, "idle"), Self.backend(7, query: 9)] {
      let server = Server(Self.backend(7))
      server.after = .success([after])
      #expect(
        try await run(server, request("query.cancel")).headline
          == "done, its query has ended; the connection is still there"
      )
      #expect(server.ended[0].isQueryAlone)
    }
    let server = Server(Self.backend(7))
    server.after = .success([Self.backend(7)])
    #expect(try await run(server, request("query.cancel")).outcome == .failed)
    await #expect(throws: Refusal.notPossible("connection 7 is idle: no query of it runs")) {
      _ = try await run(Server(Self.backend(7, "idle")), request("query.cancel"))
    }
  }

  @Test @LoopActor func whatBecameAnotherUnderThePreviewIsLeftAlone() async throws {
    for (id, now) in [
      ("query.terminate", Self.backend(7, begun: 2)), ("query.cancel", Self.backend(7, query: 6)),
    ] as [(ActionID, PostgresBackend)] {
      let (bench, server) = (Bench(), Server(Self.backend(7)))
      bench.offers = server
      let plan = try await bench.executor().plan(request(id))
      server.before = [now]
      guard case .refused(.targetChanged) = await bench.executor().run(plan, { _ in }) else {
        throw Unended()
      }
      #expect(server.ended.isEmpty)
    }
  }

  @Test @LoopActor func nobodyToldIsNotDone() async throws {
    let server = Server(Self.backend(7))
    server.told = .success(0)
    #expect(try await run(server, request("query.terminate")).outcome == .failed)
    let refused = Server(Self.backend(7))
    refused.told = .failure(SourceFailure(.forbidden, at: "db", detail: "42501"))
    #expect(try await run(refused, request("query.terminate")).outcome == .failed)
  }

  @Test(arguments: [nil, "", "0", "-4", "seven"] as [String?])
  @LoopActor func aPidThatIsNoneIsRefused(_ pid: String?) async throws {
    await #expect(throws: Refusal.self) {
      _ = try await run(Server(Self.backend(7)), request("query.terminate", pid: pid))
    }
  }

  @Test @LoopActor func onlyTheIdleOnesAreEndedAndSeveralTakeTheNameTyped() async throws {
    let (bench, server) = (
      Bench(),
      Server(
        Self.backend(1, "idle"),
        Self.backend(2, "idle in transaction"),
        Self.backend(3),
        Self.backend(4, "idle", idle: .seconds(30)),
        Self.backend(5, "idle", isOurs: true),
        Self.backend(6, begun: nil, nil)
      )
    )
    bench.offers = server
    server.told = .success(2)
    let plan = try await bench.executor().plan(request("query.terminate_idle", pid: nil))
    #expect(plan.danger == .destructive && plan.typedName == "dev/2 idle")
    guard case .ended(let verdict) = await bench.executor().run(plan, { _ in }) else { throw Unended() }
    #expect(server.ended.map(\.pids) == [[1, 2]])
    #expect(verdict.headline == "done, all 2 are gone")
  }

  @Test @LoopActor func readOnlyEndsNothing() async throws {
    let (bench, server) = (Bench(), Server(Self.backend(7)))
    bench.offers = server
    for id in ["query.terminate", "query.cancel"] as [ActionID] {
      let plan = try await bench.executor().plan(request(id))
      guard case .refused = await bench.executor(.production).run(plan, { _ in }) else { throw Unended() }
    }
    #expect(server.ended.isEmpty)
  }
}
