import DataSources
import Facts
import Testing

@testable import Operations
@testable import Panels

/// What nobody knows is seen as such, and what is left out is said.
@Suite struct UnknownClaims {
  private func alert(_ state: AlertStatus.State) -> AlertStatus {
    AlertStatus(
      name: "queue-critical",
      rule: "queue.depth > 1000",
      severity: .critical,
      state: state,
      needed: .zero,
      value: "",
      facts: ["queue.depth"]
    )
  }

  private func alerts(_ states: AlertStatus.State...) -> (mark: String, summary: SafeText) {
    var model = ScreenPictures.model("calm", 160, 48)
    var world = model.context.world
    world.conclude(AlertsSnapshot(alerts: states.map(alert)), by: "alerts", at: Fixture.now.monotonic)
    model.context.world = world
    let tabs = lines(of: ScreenRenderer.render(model))[1]
    let mark = tabs.firstMatch(of: #/6 Alerts(\S?)/#).map { String($0.1) } ?? ""
    return (mark, AlertsPanel().summary(model.context))
  }

  @Test func rulesThatNobodyCanJudgeMarkTheirTab() {
    #expect(alerts(.inactive, .inactive) == ("", "0"))
    #expect(alerts(.inactive, .unknown) == ("◌", "1 unknown"))
    #expect(alerts(.firing, .unknown) == ("✗", "1, 1 unknown"))
    let nothing = PanelContext(world: World(), now: Fixture.now, clock: Fixture.clock)
    #expect(AlertsPanel().state(nothing) == .nodata)
  }

  @Test func aRivalIsNotWellWhileTheBrokerSaysNothing() {
    func rivals(_ depth: Double?) -> [Rival] {
      let origin = Origin(source: "prometheus", query: "max(celery_tasks_in_queue)")
      var told = [Observation("prom.celery_tasks_in_queue", .number(0), origin: origin)]
      if let depth { told.append(Observation("queue.depth", .number(depth), origin: origin)) }
      var world = World()
      world.apply(Fixture.report("prometheus", at: Fixture.now, told))
      return Rival.all(PanelContext(world: world, now: Fixture.now, clock: Fixture.clock))
    }
    #expect(rivals(0).map(\.state) == [.ok])
    #expect(rivals(nil).map(\.state) == [.nodata])
    #expect(rivals(nil).first?.told.plain.string.hasPrefix("0  nothing to compare it with") == true)
  }

  @Test func whatIsNotListedIsCountedBesideWhatIs() {
    var position = ListPosition(0..<41, of: 50)
    #expect(position.text(isFocused: true) == "1-41 of 50")
    position.unlisted = 56
    #expect(position.text(isFocused: true) == "1-41 of 50 listed, 106 in all")
    #expect(position.text(isFocused: true, width: 20) == "1-41 of 50 +56")
    #expect(position.text(isFocused: false) == "+65 more")
    (position.marked, position.hiddenMarks) = (8, 3)
    #expect(position.text(isFocused: true) == "8 marked, 3 hidden  1-41 of 50 listed, 106 in all")
    position.seen = 0..<50
    #expect(position.text(isFocused: false) == "8 marked, 3 hidden  50 listed, 106 in all")
  }

  @Test func theTileOfScoresSaysHowManyItDoesNotList() throws {
    var snapshot = Fixture.validations
    snapshot.low = snapshot.lowest.count + 56
    var monitor = Fixture.busy()
    let facts = Fixture.database(latency: 900, runs: 0, low: snapshot.low)
    monitor.apply(Fixture.report("postgres", at: Fixture.now, facts, snapshots: [snapshot]))
    let context = Fixture.context(monitor)
    #expect(ValidationsPanel().unlisted(context) == 56)
  }

  /// A page in so few rows that not all of its lines fit.
  private func pane(rows: Int, keepsNewest: Bool) -> [String] {
    let context = PanelContext(world: World(), now: Fixture.now, clock: Fixture.clock)
    let entry = KeyValueBlock.Entry("state", StyledText("stopped"))
    var page = DetailPage(title: "redis", state: .crit, headline: "", entries: [entry])
    page.text = [StyledText("last lines")] + (1...8).map { StyledText("line \($0)") }
    page.keepsNewest = keepsNewest
    var buffer = CellBuffer(width: 40, height: rows)
    page.drawTile(into: &buffer, area: buffer.bounds, context)
    return lines(of: buffer)
  }

  @Test(arguments: 7...12) func aPaneWithoutRoomShowsTheNewestLines(rows: Int) {
    let text = pane(rows: rows, keepsNewest: true).joined(separator: "\n")
    #expect(text.contains("line 8"), "\(text)")
    #expect(text.contains("last lines") && text.contains("stopped"))
    #expect(text.contains("line 1") == false || rows >= 13)
    #expect(text.contains("+\(13 - rows) more"), "\(text)")
    #expect(!pane(rows: rows, keepsNewest: false).joined().contains("line 8"))
  }

  @Test func aWorkerIsFoundByTheQueueThatItsProbeReads() {
    func service(_ name: String, _ facts: FactName...) -> ServiceStatus {
      var status = ServiceStatus(
        measure: Fact(
          name: "x",
          value: nil,
          state: .crit,
          sampledAt: Fixture.now.monotonic,
          origin: Origin(source: "", query: "")
        )
      )
      (status.name, status.service) = (name, name)
      status.probes = facts.map { .init(name: "probe", fact: $0, state: .crit, word: "") }
      status.readers = ["\(name)-source"]
      return status
    }
    let services = [
      service("db", "probe.db.db"), service("worker", "queue.celery.consumers"),
      service("mailer", "queue.mail.consumers"),
    ]
    var world = World()
    world.conclude(
      ServiceStatuses(runtime: "", services: services),
      by: "services",
      at: Fixture.now.monotonic
    )
    #expect(world.worker(of: "mail")?.name == "mailer")
    #expect(world.worker(of: "default")?.name == "worker", "whoever works on a queue")
    #expect(world.serviceDown(behind: "db-source")?.name == "db")
    #expect(world.serviceDown(behind: "other") == nil)
  }
}
