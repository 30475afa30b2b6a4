import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// An action that none of the rooms knows: it counts runs that wait for somebody.
@LoopActor private struct CountRuns: Action {
  struct Details: Sendable, Hashable {}

  nonisolated static let descriptor = ActionDescriptor(
    id: "runs.count",
    title: "count runs",
    key: "%",
    targets: [.run, .execution],
    danger: .always(.mild),
    help: "count the runs that wait",
    command: "runs count"
  )

  private let services: ActionServices

  init(_ services: ActionServices) { self.services = services }

  func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    Draft(
      target: request.target,
      danger: .mild,
      title: "COUNT RUNS",
      rows: [PlanRow("run", "nothing at all")],
      exact: "true",
      proof: "it answers",
      details: Details()
    )
  }

  func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome {
    let now = services.clock.now()
    return ActOutcome(.accepted(id: nil), begunAt: now, endedAt: now)
  }

  func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  func touches(_ details: Details) -> [String] { [] }
}

/// What follows from one file and one line: key, hint, menu, palette, help, and the executor's care.
@Suite struct OutsideActionTests {
  private static let catalog = ActionCatalog(ActionCatalog.standard.entries + [ActionEntry(CountRuns.self)])
  private static let keymap = Keymap(.standard, actions: catalog)

  init() { EventLoop.runOnOwnThread() }

  @Test func itsKeyIsHeardWhereRowsOfItsKindStand() {
    #expect(Self.keymap.command(for: .character("%"), view: .runs, focus: .runs) == .act("runs.count"))
    #expect(Self.keymap.command(for: .character("%"), view: .services, focus: .services) == nil)
    #expect(Self.keymap.markdown().contains("| `%` | count the runs that wait… |"))
    #expect(Keymap.standard.command(for: .character("%"), view: .runs, focus: .runs) == nil)
  }

  @Test @LoopActor func theExecutorRecordsLocksAndProvesItAsAnyOther() async throws {
    let bench = Bench()
    bench.catalog = Self.catalog
    let executor = bench.executor()
    let plan = try await executor.plan(ActionRequest("runs.count", on: ActionTarget(.run, name: "r1")))
    #expect(plan.dryRun.last == "nothing was sent")
    let last = await executor.run(plan) { bench.events.append($0) }
    #expect(bench.verdict(last) == "done, unproven: nothing to prove it by")
    #expect(bench.audit.lines == ["begin", "end done, unproven"])
    #expect(bench.locks.taken == ["run r1"])
    let refused = await bench.executor(.production).run(plan) { _ in }
    #expect(refused == .refused(.readOnly(why: "this is production", canLift: true)))
  }
}
