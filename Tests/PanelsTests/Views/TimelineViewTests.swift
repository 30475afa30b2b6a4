import Facts
import Operations
import Testing

@testable import Panels

/// What happened, as it is read: whole, and with its date.
@Suite struct TimelineViewTests {
  private static let long: SafeText = """
    backend CRIT: canary timed out, liveness timed out after three attempts, because postgres refuses every \
    connection since its disk is full, as the last of its lines says THE-END
    """

  private func model(_ entries: [TimelineEntry], _ width: Int, _ height: Int) -> ScreenModel {
    var model = ScreenPictures.model("calm", width, height)
    model.view = .timeline
    let timeline = TimelineSnapshot(entries: entries)
    model.context.world.conclude(timeline, by: "timeline", at: Fixture.now.monotonic)
    return model
  }

  private func entry(_ ago: Double, _ text: SafeText, who: SafeText = "") -> TimelineEntry {
    TimelineEntry(
      time: Fixture.ago(ago).wall,
      kind: .service,
      state: .crit,
      who: who,
      text: text,
      subject: "x"
    )
  }

  @Test(arguments: [(160, 48), (120, 40), (80, 24), (40, 24)]) func nothingIsCut(width: Int, height: Int) {
    var model = model(
      [entry(5, "NEW-ONE"), entry(9, Self.long, who: "anna@ops2"), entry(20, "OLD-ONE")],
      width,
      height
    )
    for view in [ViewID.timeline, .overview] where view == .timeline || width >= 80 {
      (model.view, model.focus) = (view, .timeline)
      let rows = lines(of: ScreenRenderer.render(model))
      #expect(rows.contains { $0.contains("THE-END") }, "\(view.rawValue) at \(width): \(rows)")
      let places = ["NEW-ONE", "THE-END", "OLD-ONE"].map { word in rows.firstIndex { $0.contains(word) } ?? -1
      }
      #expect(places == places.sorted() && !places.contains(-1))
    }
  }

  @Test func pageIsNamedInWords() {
    func title(_ kind: TimelineEntry.Kind, _ subject: String) -> SafeText? {
      let entry = TimelineEntry(time: Fixture.now.wall, kind: kind, state: .ok, text: "x", subject: subject)
      let model = model([entry], 120, 24)
      return TimelinePanel().page(PanelLocal(), model.context)?.title
    }
    #expect(title(.fact, "provider.latency") == "provider")
    #expect(title(.fact, "celery") == "celery")
    #expect(title(.source, "redis") == "source redis")
    #expect(title(.source, "probe.canary") == "probe canary")
    #expect(title(.service, "redis") == "redis")
    #expect(title(.note, "") == "Timeline")
  }

  @Test func selectedRowIsLitWholeAndSeen() {
    let entries = (0..<40).map { entry(Double($0), "\($0)-begins \(Self.long) \($0)-ends") }
    var model = model(entries, 120, 24)
    let items = TimelinePanel().items(PanelLocal(), model.context)
    for index in items.indices {
      var local = PanelLocal()
      local.select(index, in: items)
      model.locals[.timeline] = local
      let screen = ScreenRenderer.render(model)
      let rows = lines(of: screen)
      let lit = (0..<24).filter { screen.cell(at: Point(x: 40, y: $0))?.style.background == .selection }
      #expect(lit.count == 2, "\(index)")
      #expect(lit.first.map { rows[$0].contains("\(index)-begins") } == true)
      #expect(lit.last.map { rows[$0].contains("\(index)-ends") } == true)
    }
    #expect(lines(of: ScreenRenderer.render(model))[22].contains(" of 40 "))
  }

  @Test func rowOfAnotherDayCarriesItsDate() {
    let day = 86_400.0
    let entries = [entry(60, "today"), entry(day, "yesterday"), entry(400 * day, "long ago")]
    func row(_ text: String, _ width: Int) -> String {
      lines(of: ScreenRenderer.render(model(entries, width, 24))).first { $0.contains(text) } ?? ""
    }
    #expect(row("today", 120).contains("         22:22:00  ✗"))
    #expect(row("yesterday", 120).contains("  13 Nov 22:23:00  ✗"))
    #expect(row("long ago", 120).contains(" 2022-10-10 22:23:00  ✗"))
    #expect(row("yesterday", 40).contains("13 Nov  ✗"))
  }

  @Test func runsAndValidationsOfAnotherDayCarryTheirDate() {
    for (width, told) in [(160, "13 Nov 22:19"), (80, "13 Nov 22:19"), (50, "13 Nov ")] {
      var model = ScreenPictures.model("busy", width, 24)
      model.view = .runs
      let rows = lines(of: ScreenRenderer.render(model))
      #expect(!rows.contains { $0.contains("Nov") }, "all are of today")
      var snapshot = Fixture.runs
      snapshot.rows[0].createdAt = snapshot.rows[0].createdAt - .seconds(86_400)
      model.context.world.conclude(snapshot, by: "postgres", at: Fixture.now.monotonic)
      let later = lines(of: ScreenRenderer.render(model))
      #expect(later.contains { $0.contains(told) }, "\(width): \(later)")
    }
  }
}
