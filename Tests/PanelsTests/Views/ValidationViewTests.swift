import DataSources
import Facts
import Operations
import TestSupport
import Testing

@testable import Panels

/// View 4: grouped and one by one, what is low at any threshold, and what is said where it isn't known.
@Suite struct ValidationViewTests {
  private let view = ValidationsView()

  private func press(_ key: Character, _ local: PanelLocal = PanelLocal()) -> PanelLocal {
    var (local, settings) = (local, PanelSettings())
    view.descriptor.keys.first { $0.key == key }?.change(&local, &settings)
    return local
  }

  /// The busy world after the database told other scores, or another spread.
  private func context(
    _ spread: ValidationSpread? = nil,
    _ change: (inout ValidationsSnapshot) -> Void = { _ in }
  ) -> PanelContext {
    var monitor = Fixture.busy()
    var snapshot = Fixture.validations
    change(&snapshot)
    let told: [any Snapshot] = [snapshot, spread ?? Fixture.spread]
    let facts = Fixture.database(latency: 900, runs: 0, low: snapshot.low)
    monitor.apply(Fixture.report("postgres", at: Fixture.now, facts, snapshots: told))
    return Fixture.context(monitor)
  }

  private func text(
    _ local: PanelLocal,
    _ context: PanelContext,
    width: Int = 150,
    height: Int = 24
  ) -> String {
    var buffer = CellBuffer(width: width, height: height)
    _ = view.render(local, context, isFocused: true, into: &buffer, area: buffer.bounds)
    return lines(of: buffer).joined(separator: "\n")
  }

  @Test func theKeyGoesThroughTheGroupingsAndBack() {
    let context = context()
    var local = PanelLocal()
    let titles = (0..<4).map { _ in
      defer { local = press("v", local) }
      return view.items(local, context).first?.kind == .validation
        ? "validations" : text(local, context).contains("by ") ? view.items(local, context)[0].id : ""
    }
    #expect(titles == ["validations", "scenario s1", "language fr-FR", "validator 3"])
    #expect(local == PanelLocal())
  }

  @Test func groupsTellCountShareAndMedianAtTheThreshold() {
    var context = context()
    let local = press("v")
    #expect(text(local, context).contains("30  40   75 %    0.35  "), "\(text(local, context))")
    context.settings.lowConfidence = 0.3
    #expect(text(local, context).contains(" 0  40    0 %    0.35  "), "\(text(local, context))")
    // Between two hundredths nobody knows: that is no zero.
    context.settings.lowConfidence = 0.355
    #expect(text(local, context).contains("–  40      –    0.35  "), "\(text(local, context))")
  }

  @Test func enterListsAGroupAndItsRowsAreThoseThatWereAskedFor() throws {
    var context = context()
    let groups = press("v")
    let item = try #require(view.items(groups, context).first)
    let inner = try #require(view.inside(item, groups))
    #expect(view.items(inner, context).isEmpty)
    #expect(text(inner, context).contains("asking for the validations of Weather query"))
    var snapshot = Fixture.validations
    snapshot.lowest = [snapshot.lowest[1]]
    context.details[item.id] = .loaded(snapshot)
    #expect(view.items(inner, context).map(\.title) == ["Reservation"])
    #expect(text(inner, context).contains("Weather query  64 of 89"), "\(text(inner, context))")
    context.details[item.id] = .failed(SourceFailure(.timedOut, at: "db", detail: ""))
    #expect(text(inner, context).contains("ERROR timed out  the validations of Weather query can't be told"))
    let rows = press("v", press("v", press("v")))
    #expect(view.inside(try #require(view.items(press("v", rows), context).first), PanelLocal()) == nil)
  }

  @Test func groupsThatAreNotKnownAreNoEmptyList() {
    let untold = ValidationSpread(
      measure: "m",
      groups: ValidationSpread.Part(nil, word: "timed out"),
      before: ValidationSpread.Part(nil, word: "timed out")
    )
    let text = text(press("v"), context(untold))
    #expect(text.contains("NO DATA  the groups are not known: timed out"), "\(text)")
    #expect(text.contains("a week ago  not known: timed out"))
    #expect(!text.contains("no drift"))
    let lacking = ValidationSpread(
      measure: "m",
      groups: ValidationSpread.Part(.init([], missing: [.scenario: "no such column"])),
      before: ValidationSpread.Part(ScoreHistogram())
    )
    #expect(self.text(press("v"), context(lacking)).contains("NO DATA  no such column"))
  }

  @Test func driftIsToldOnlyWhereThereAreScoresEnough() {
    func line(_ before: ScoreHistogram) -> String {
      var spread = Fixture.spread
      spread.before.value = before
      return text(PanelLocal(), context(spread)).split(separator: "\n").map(String.init)
        .first { $0.contains("a week ago") } ?? ""
    }
    let few = line(ScoreHistogram([50: 29]))
    #expect(few.contains("drift not known: too few scores  29 scores then, 89 now"), "\(few)")
    #expect(line(ScoreHistogram()).contains("drift not known"))
    let same = line(Fixture.validations.scores)
    #expect(same.contains("no drift shown (KS 0.00, p 1.00)  89 scores then, 89 now"), "\(same)")
    let other = line(ScoreHistogram([90: 500]))
    #expect(other.contains("median 0.90, now 0.45"), "\(other)")
    #expect(other.contains("low 0 %, now 72 %  drifted (KS 0.94, p < 0.001)"), "\(other)")
  }

  @Test func whatHasNoScoresSaysWhatWasLookedForAndNeverThatAllIsWell() {
    let without = context { snapshot in
      (snapshot.measure, snapshot.missing) = (
        nil, "there is no table validation_results in the schema public"
      )
      (snapshot.total, snapshot.scored, snapshot.low) = (0, 0, 0)
      (snapshot.scores, snapshot.lowest) = (ScoreHistogram(), [])
    }
    let unscored = context { snapshot in
      (snapshot.total, snapshot.scored, snapshot.low) = (42, 0, 0)
      (snapshot.scores, snapshot.lowest) = (ScoreHistogram(), [])
    }
    for (context, why) in [
      (without, "there is no table validation_results in the schema public"),
      (unscored, "none of 42 validations in 24 h has a usable score"),
    ] {
      for local in [PanelLocal(), press("v")] {
        let text = text(local, context)
        #expect(text.contains("NO DATA  \(why)"), "\(text)")
        #expect(!text.contains("No validation scored below"))
      }
      #expect(view.summary(context) == "no scores")
      #expect(view.quiet(context)?.plain.string.contains("NO DATA") == true)
    }
  }

  @Test func lowScoresThatAreNotListedAreNotNone() {
    let context = context { $0.lowest = [] }
    let text = text(PanelLocal(), context)
    #expect(text.contains("NO DATA  what scored below 0.50 is not listed"), "\(text)")
  }

  @Test func theLowestOfAllAreSaidToBeThat() {
    #expect(view.title(context()).source.string.hasSuffix("the 5 lowest"))
    var narrow = context()
    narrow.settings.lowConfidence = 0.1
    #expect(!view.title(narrow).source.string.contains("lowest"))
  }

  @Test(arguments: [(160, 48), (80, 24)]) func picturesOfTheGroups(width: Int, height: Int) {
    var model = ScreenPictures.model("busy", width, height)
    model.view = .validations
    model.locals[.validations] = press("v")
    expectScreen(ScreenRenderer.render(model), named: "validation-groups-busy-\(width)x\(height)")
  }
}
