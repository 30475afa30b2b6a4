import DataSources
import Facts
import Operations
import Testing

@testable import Console

/// What `--json` prints of acts: one object, whatever the action.
@Suite struct ActRecordTests {
  init() { EventLoop.runOnOwnThread() }

  private func plan(_ action: ActionDescriptor, _ danger: DangerClass = .disruptive) -> Plan {
    let kind = action.targets.first ?? .environment
    let target = ActionTarget(kind, name: "a \"b\"")
    return Plan(
      environment: "dev",
      request: ActionRequest(action.id, on: target),
      askedAt: WallTime(secondsSince1970: 0),
      steps: [PlanStep(target: target, details: PlanDetails(""))],
      danger: danger,
      title: "DO it",
      rows: [PlanRow("run", "POST /x"), PlanRow("run", "POST /y")],
      exact: "POST /x",
      proof: "liveness passes",
      dryRun: ["nothing was sent"]
    )
  }

  private func read(_ body: JSONBody) throws -> JSONValue {
    try #require(JSONValue(parsing: Array(body.text.utf8)), "\(body.text)")
  }

  @Test @LoopActor func everyActionTakesJSONAndItsDryRunIsOneObject() throws {
    for action in ActionCatalog.standard.all {
      let json = try read(ActRecord(plan(action)).dryRun())
      #expect(json["action"]?.text == action.id.name && json["dry_run"]?.flag == true, "\(action.id)")
      #expect(json["rows"]?.list?.count == 2 && json["class"]?.text == "disruptive", "\(action.id)")
      guard !RotateCommand.takes(action) else { continue }
      let name = CommandEntry.Name(rawValue: action.command)
      let entry = try #require(CommandEntry.entry(name), "\(action.id)")
      #expect(entry.options.contains(.json), "\(action.id)")
      let words = action.command.split(separator: " ").map(String.init)
      let further = Array(repeating: "1", count: entry.count.lowerBound)
      let parsed = try Arguments(parsing: words + further + ["--json"])
      #expect(parsed.has(.json) && parsed.command == name, "\(action.id)")
    }
    let own = try #require(CommandEntry.entry(.ownAction))
    #expect(own.options.contains(.json))
  }

  @Test @LoopActor func aProofIsToldPartByPart() throws {
    let record = ActRecord(plan(RestartService.descriptor))
    let probes: [GateView.Probe] = [
      .init("liveness", value: "passes", state: .ok), .init("own", value: "refused", state: .crit),
      .init("consumers", value: "no value", state: .nodata), .init("old", value: "1m old", state: .stale),
    ]
    let gate = GateView(probes: probes, held: 2, needed: 3, elapsed: .zero, deadline: .seconds(90))
    record.take(.note("used the next route"))
    record.take(.gate(gate))
    record.take(.then(ThenView(service: "backend", gate: gate)))
    var verdict = Verdict(.unknown, "it can't be told")
    (verdict.acts, verdict.caution, verdict.output) = (["x1-1"], "look at it", ["a line"])
    let json = try read(record.object(.ended(verdict)))
    #expect(json["verdict"]?.text == "unknown" && json["sentence"]?.text == "it can't be told")
    #expect(
      json["caution"]?.text == "look at it" && json["notes"]?.list?.first?.text == "used the next route"
    )
    let parts = json["proof"]?["parts"]?.list ?? []
    #expect(parts.map { $0["state"]?.text } == ["ok", "failed", "unknown", "unknown"])
    #expect(parts.map { $0["evidence"]?.text } == ["passes", "refused", "no value", "1m old"])
    #expect(json["proof"]?["held"]?.number == 2 && json["proof"]?["needed"]?.number == 3)
    #expect(json["then"]?.list?.first?["service"]?.text == "backend")
    #expect(json["audit"]?.list?.map(\.text) == ["x1-1"] && json["output"]?.list?.count == 1)
    #expect(json["duration_s"]?.number != nil)
  }

  @Test(arguments: Verdict.Outcome.allCases) @LoopActor func theVerdictIsOneWord(
    _ outcome: Verdict.Outcome
  ) throws {
    let json = try read(ActRecord(plan(StopService.descriptor)).object(.ended(Verdict(outcome, "x"))))
    let words: [Verdict.Outcome: String] = [
      .done: "done", .doneUnproven: "unproven", .failed: "failed", .unknown: "unknown",
    ]
    #expect(json["verdict"]?.text == words[outcome])
    // Nothing proved it: that is no proof of no parts.
    #expect(json["proof"] == .null)
  }

  @Test @LoopActor func whatIsNotBegunSaysSo() throws {
    let plan = plan(StopService.descriptor)
    let refused = try read(ActRecord(plan).object(.refused(.notPossible("no"))))
    #expect(refused["verdict"]?.text == "refused" && refused["audit"]?.list?.isEmpty == true)
    let record = ActRecord(plan)
    record.take(.refusalRecorded("x1-2"))
    #expect(try read(record.object(.refused(.notPossible("no"))))["audit"]?.list?.map(\.text) == ["x1-2"])
    let changed = try read(ActRecord(plan).object(.changed(plan, what: "another one")))
    #expect(changed["sentence"]?.text == "changed meanwhile: another one; nothing was done")
    let unplanned = try read(ActRecord(plan.request, in: "dev").refused("no such thing"))
    #expect(unplanned["class"] == .null && unplanned["targets"]?.list?.count == 1)
  }
}
