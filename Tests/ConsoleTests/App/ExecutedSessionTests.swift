import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// Sessions with the real executor before a scripted runtime: keys in; screens, requests and audit lines out.
struct ExecutedSessionTests {
  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func restartFromKeyToProof() async {
    let desk = Desk()
    await desk.press("r")
    #expect(desk.robot.row("RESTART postgres", "DEV · disruptive") != nil)
    #expect(desk.robot.row("run", "POST /restart/postgres") != nil)
    #expect(desk.bench.runtime.restarts.isEmpty)
    await desk.confirm()
    #expect(desk.bench.runtime.restarts == [desk.robot.stack.identity(of: "postgres")])
    #expect(desk.bench.audit.lines == ["begin", "end done"])
    #expect(desk.robot.progress?.verdict?.outcome == .done)
    #expect(desk.robot.row("✓ recovered in") != nil)
    await desk.press(.enter)
    #expect(desk.robot.state.overlays.isEmpty)
  }

  @Test @LoopActor func cancelledPreviewLeavesNoTrace() async {
    let desk = Desk()
    await desk.press("r")
    await desk.press("D")
    await desk.press("y")
    await desk.press(.escape)
    #expect(desk.bench.runtime.restarts.isEmpty)
    #expect(desk.bench.audit.lines.isEmpty)
  }

  @Test @LoopActor func productionIsLiftedAndTheSameTargetRestarted() async {
    let desk = Desk(.production)
    await desk.press("r")
    await desk.confirm()
    #expect(desk.bench.audit.lines == ["refused"])
    #expect(desk.robot.lastLine.contains("read-only: this is production. :write 10m REASON opens it"))
    await desk.press(.enter)
    for character in "INC-7" { await desk.press(.character(character)) }
    await desk.press(.enter)
    #expect(desk.robot.dialog?.plan.target.name == "postgres")
    #expect(desk.robot.dialog?.highlighted == .cancel)
    #expect(desk.bench.runtime.restarts.isEmpty)
    await desk.confirm()
    #expect(desk.bench.runtime.restarts.map(\.id) == ["postgres"])
    #expect(desk.bench.audit.lines == ["refused", "begin", "end done"])
    #expect(desk.bench.audit.records[1].reason == "write: INC-7")
  }

  @Test @LoopActor func targetRecreatedUnderTheDialogIsAskedAboutOnce() async {
    let desk = Desk()
    await desk.press("r")
    desk.bench.runtime.tells = { since in
      .success([.sample("postgres", id: "other", life: since == nil ? "7" : "8"), .sample("backend")])
    }
    await desk.confirm()
    #expect(desk.bench.runtime.restarts.isEmpty && desk.bench.audit.lines.isEmpty)
    #expect(desk.robot.row("changed meanwhile: postgres was recreated") != nil)
    #expect(desk.robot.dialog?.highlighted == .cancel)
    await desk.confirm()
    #expect(desk.bench.runtime.restarts == [ServiceIdentity(id: "other", incarnation: "7")])
    #expect(desk.bench.audit.lines == ["begin", "end done"])
  }

  @Test @LoopActor func withoutARecordNothingIsDone() async {
    let desk = Desk()
    desk.bench.audit.failure = AuditFailure(path: "/state/audit.jsonl", cause: "disk full")
    await desk.press("r")
    await desk.confirm()
    #expect(desk.bench.runtime.restarts.isEmpty)
    #expect(desk.robot.lastLine.contains("the audit log /state/audit.jsonl can't be written (disk full)"))
    #expect(desk.robot.state.act == nil)
  }

  @Test @LoopActor func dependentThatStaysDownIsOfferedNext() async {
    let desk = Desk(then: ["backend"])
    desk.bench.runtime.says["api"] = { since in
      [.probe("service.backend.liveness", since == nil ? .ok : .crit, "refused")]
    }
    await desk.press("r")
    await desk.confirm()
    #expect(desk.robot.row("not recovered: backend") != nil)
    await desk.press(.enter)
    #expect(desk.robot.dialog?.plan.target.name == "backend")
    #expect(desk.robot.row("RESTART backend", "mild") != nil)
    #expect(desk.bench.runtime.restarts.map(\.id) == ["postgres"])
  }

  @Test @LoopActor func pastedKeysReachNeitherExecutorNorAudit() async {
    let desk = Desk(.production)
    for character in String(repeating: "ry\r:write 10m x\rry\r", count: 50) {
      await desk.press(character == "\r" ? .enter : .character(character), isAlone: false)
    }
    #expect(desk.bench.runtime.restarts.isEmpty)
    #expect(desk.bench.audit.lines.isEmpty)
  }
}

/// A user at a console whose effects reach an executor.
@LoopActor private final class Desk {
  private(set) var robot: Robot
  let bench: Bench
  private let executor: Executor

  /// Opens the services' view with postgres selected.
  init(_ restriction: WriteMode.Restriction = .none, then: [String] = []) {
    let bench = Bench()
    bench.then = then
    let robot = Robot.selecting("postgres", mode: WriteMode(restriction))
    bench.world = robot.state.monitor.world
    self.bench = bench
    self.robot = robot
    executor = bench.executor(restriction)
  }

  /// Presses the key of a character.
  func press(_ character: Character) async { await press(.character(character)) }

  /// Presses a key and lets everything happen that follows from it.
  func press(_ key: KeyPress, isAlone: Bool = true) async {
    for effect in robot.press(key, isAlone: isAlone) { await perform(effect) }
  }

  /// Confirms the open preview as disruptive wants it.
  func confirm() async {
    await press("y")
    robot.pause(.milliseconds(300))
    await press(.enter)
  }

  private func perform(_ effect: Effect) async {
    switch effect {
    case .plan(let request):
      do throws(Refusal) {
        let plan = try await executor.plan(request)
        robot.send(.planned(request, .success(plan)))
      } catch {
        robot.send(.planned(request, .failure(error)))
      }
    case .execute(let plan, let hasAskedAgain):
      await executor.run(plan, hasAskedAgain: hasAskedAgain) { self.robot.send(.action(plan, $0)) }
    case .writeMode(let mode): executor.mode = mode
    case .quit, .suspend, .redraw, .load, .refresh, .watchUsage, .pace, .copy, .switchEnvironment, .theme,
      .run, .watchLogs, .watchDatastores, .runStatement, .cancelStatement, .executeStep, .findCredentials,
      .giveCredential, .export, .saveLogs:
      break
    }
  }
}
