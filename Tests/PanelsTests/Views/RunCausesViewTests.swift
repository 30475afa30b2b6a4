import Facts
import Operations
import TestSupport
import Testing

@testable import Panels

/// View 3 grouped by what runs failed for, and what is typed to narrow it.
@Suite struct RunCausesViewTests {
  private let view = RunsView()

  private func toggle(_ local: PanelLocal) -> PanelLocal {
    var (local, settings) = (local, PanelSettings())
    view.descriptor.keys.first { $0.key == "v" }?.change(&local, &settings)
    return local
  }

  private func context() -> PanelContext { Fixture.context(Fixture.busy()) }

  @Test func theKeyGroupsAndLeadsFromACauseToItsRuns() throws {
    let context = context()
    var local = toggle(PanelLocal())
    let causes = view.items(local, context)
    #expect(causes.count == 7 && causes.allSatisfy { $0.kind == .cause })
    // What began within the hour stands before what there is more of.
    #expect(
      causes.prefix(3).map(\.title) == [
        "Text-to-speech generation failed: voice not found", "Confidence too low: ‹…› < ‹…›",
        "Missing entity: ‹…›",
      ]
    )
    local.select(2, in: causes)
    local.detail = causes[2].id
    let runs = toggle(local)
    #expect(!runs.isGrouped && runs.filter == "cause:\(causes[2].id)")
    #expect(view.items(runs, context).map(\.title) == ["Reservations fr-FR"])
    // From the list the key alone leads back to all.
    #expect(toggle(toggle(PanelLocal())) == PanelLocal())
  }

  @Test func eachOfTheTwoListsIsSortedByItsOwnColumns() {
    var model = ScreenPictures.model("busy", 160, 48)
    model.view = .runs
    #expect(ScreenRenderer.sortColumns(model).contains { $0.title == "status" })
    model.locals[.runs] = toggle(PanelLocal())
    let columns = ScreenRenderer.sortColumns(model)
    #expect(columns.map(\.title) == ["failures", "runs", "last", "cause", "class"])
    var local = toggle(PanelLocal())
    local.sortColumn = columns.first { $0.title == "runs" }?.index
    #expect(view.items(local, context()).first?.title == "Missing required phrase: ‹…›")
    local.isDescending = true
    #expect(view.items(local, context()).last?.title == "Missing required phrase: ‹…›")
  }

  @Test(arguments: [
    ("status:failed", 2), ("status:FAIL", 2), ("status:nothing", 0), ("suite:reservations", 2),
    ("suite:reservations status:partial", 1), ("cause:validation", 5), ("cause:missing", 4),
    ("cause:regex", 1), ("cause:", 7), ("since:1m", 0), ("since:1h", 7), ("since:soon", 0), ("since:", 7),
    ("status:completed missing", 1), ("missing required", 1), ("Nightly", 1), ("", 7), ("x:y", 0),
  ])
  func termsNarrow(filter: String, count: Int) {
    var local = PanelLocal()
    local.filter = filter
    #expect(view.count(local, context()) == count, "\(filter)")
    #expect(view.items(local, context()).count == count)
  }

  @Test func aTimeThatIsNoneIsSaidToBeThat() {
    var model = Fixture.model(Fixture.busy(), width: 120, height: 24)
    model.view = .runs
    model.locals[.runs] = PanelLocal()
    model.locals[.runs]?.filter = "since:soon"
    let text = lines(of: ScreenRenderer.render(model))
    #expect(text.contains { $0.contains("since:soon is no time") }, "\(text)")
  }

  @Test func aCauseIsToldInFull() throws {
    let context = context()
    var local = toggle(PanelLocal())
    local.detail = view.items(local, context).first { $0.title == "Missing entity: ‹…›" }?.id
    let page = try #require(view.openPage(local, context))
    #expect(page.headline == "33 times in 4 runs")
    let text = page.text.map(\.plain.string)
    #expect(text.prefix(3) == ["Its texts", "19  Missing entity: 'time'", "14  Missing entity: 'location'"])
    #expect(text.contains { $0.contains("Reservations fr-FR") })
    #expect(text.last == "and 3 that are not listed")
  }

  @Test func whereItComesFromIsWhatWasAskedForItsTexts() throws {
    let context = context()
    let item = try #require(
      view.items(toggle(PanelLocal()), context).first { $0.title == "Missing entity: ‹…›" }
    )
    let origin = try #require(view.origin(of: item, context))
    let sheet = OriginSheet.make(item.title, origin, world: context.world, now: context.now)
    let text = sheet.lines.map(\.plain.string).joined(separator: "\n")
    #expect(text.contains("33 failures in 4 runs"))
    #expect(text.contains("GROUP BY reason") && text.contains("14  Missing entity: 'location'"))
    // The number of all runs is not this cause's.
    #expect(!text.contains("37"))
  }

  @Test func aCauseWhoseRunsAreAllLookedAfterStandsLast() throws {
    var monitor = Fixture.busy()
    let runs = try #require(monitor.world.snapshot(RunsSnapshot.self)).value
    // Only the run of the fourth, and one of the four of the first.
    let known = runs.rows.filter { $0.id.hasSuffix("e70") || $0.id.hasSuffix("e74") }.map {
      (
        $0.id,
        Acknowledgement(person: "ana", host: "a", at: Fixture.now.wall, sight: Acknowledgement.Sight($0))
      )
    }
    #expect(known.count == 2)
    monitor.apply(
      Fixture.report(
        AcknowledgementSource.id,
        at: Fixture.ago(1),
        snapshots: [Acknowledgements(Dictionary(uniqueKeysWithValues: known))]
      )
    )
    let context = Fixture.context(monitor)
    let items = view.items(toggle(PanelLocal()), context)
    #expect(items.last?.title == "Text-to-speech generation failed: voice not found")
    #expect(items.last?.state == .ok && items.last?.staysLast == true)
    // Three of the runs of the first are not listed: nobody can have looked at them.
    let first = items.dropLast().first { $0.title == "Missing entity: ‹…›" }
    #expect(first?.state == .warn && items.dropLast().allSatisfy { $0.state == .warn })
  }

  @Test func whatCanNotBeAskedAnewIsSaidToBeOld() throws {
    var monitor = Fixture.busy()
    var facts = Fixture.database(latency: 900, runs: 37, low: 0)
    facts.removeAll { $0.name == "runs.failures" }
    facts.append(
      Observation(
        "runs.failures",
        nil,
        state: .error,
        word: "ERROR timed out",
        origin: Origin(source: "postgres", query: "")
      )
    )
    let runs = try #require(monitor.world.snapshot(RunsSnapshot.self)).value
    monitor.apply(Fixture.report("postgres", at: Fixture.ago(1), facts, snapshots: [runs]))
    var model = Fixture.model(monitor, width: 120, height: 24)
    model.view = .runs
    model.locals[.runs] = toggle(PanelLocal())
    let text = lines(of: ScreenRenderer.render(model))
    #expect(text.contains { $0.contains("as told before: ERROR timed out") }, "\(text)")
  }

  @Test func reasonsThatWereNeverToldAreNoPeace() throws {
    var monitor = Fixture.busy()
    var runs = try #require(monitor.world.snapshot(RunsSnapshot.self)).value
    (runs.reasons, runs.failures) = ([], 0)
    var facts = Fixture.database(latency: 900, runs: 37, low: 0)
    facts.removeAll { $0.name == "runs.failures" }
    let origin = Origin(source: "postgres", query: "")
    facts.append(Observation("runs.failures", nil, state: .error, word: "ERROR timed out", origin: origin))
    monitor.apply(Fixture.report("postgres", at: Fixture.ago(1), facts, snapshots: [runs]))
    var model = Fixture.model(monitor, width: 120, height: 24)
    model.view = .runs
    model.locals[.runs] = toggle(PanelLocal())
    let text = lines(of: ScreenRenderer.render(model))
    #expect(!text.contains { $0.contains("Nothing failed") }, "\(text)")
    #expect(text.contains { $0.contains("NO DATA  the reasons of the failures were not told") }, "\(text)")
  }

  @Test func withoutReasonsNothingIsClaimed() {
    var model = Fixture.model(Fixture.monitor(), width: 120, height: 24)
    model.view = .runs
    model.locals[.runs] = toggle(PanelLocal())
    let starting = lines(of: ScreenRenderer.render(model)).joined(separator: "\n")
    #expect(!starting.contains("Nothing failed"))
    model = Fixture.model(Fixture.calm(), width: 120, height: 24)
    model.view = .runs
    model.locals[.runs] = toggle(PanelLocal())
    #expect(
      lines(of: ScreenRenderer.render(model)).contains { $0.contains("Nothing failed in the last 24 h") }
    )
  }

  @Test(arguments: ScreenPictures.sizes) func looksLikeItsPicture(width: Int, height: Int) {
    var model = ScreenPictures.model("busy", width, height)
    model.view = .runs
    model.locals[.runs] = toggle(PanelLocal())
    expectScreen(ScreenRenderer.render(model), named: "causes-busy-\(width)x\(height)")
    model.locals[.runs]?.detail = view.items(toggle(PanelLocal()), model.context).first?.id
    expectScreen(ScreenRenderer.render(model), named: "cause-busy-\(width)x\(height)")
  }
}
