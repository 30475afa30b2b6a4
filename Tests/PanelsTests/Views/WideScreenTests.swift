import Facts
import Operations
import Testing

@testable import Panels

/// What a wide screen is used for, and what happens where there is nothing to show.
@Suite struct WideScreenTests {
  private func model(_ world: String, _ view: ViewID, _ width: Int = 160, _ height: Int = 48) -> ScreenModel {
    var model = ScreenPictures.model(world, width, height)
    model.view = view
    return model
  }

  private func text(_ model: ScreenModel) -> [String] { lines(of: ScreenRenderer.render(model)) }

  @Test func paneFollowsTheCursor() {
    var model = model("down", .services)
    #expect(text(model)[2].contains("─ postgres · refused, stopped since 22:21:30 (1m) ─"))
    let items = ServicesPanel().items(PanelLocal(), model.context)
    model.locals[.services, default: PanelLocal()].select(1, in: items)
    let rows = text(model)
    #expect(rows[2].contains("─ backend · because postgres"))
    #expect(rows.contains { $0.contains("needs     ✗ postgres  ● rabbitmq  ● redis") })
    #expect(rows.contains { $0.contains("✗ canary  ") })
  }

  @Test func whatWasSoBeforeTheConsoleLookedBeganThenOrBefore() {
    var model = model("down", .services)
    var entry = Fixture.postgresDown
    entry.isFirstSight = true
    let timeline = TimelineSnapshot(entries: [entry])
    model.context.world.conclude(timeline, by: "timeline", at: Fixture.now.monotonic)
    #expect(text(model)[2].contains("stopped since 22:21:30 or before (1m)"))
  }

  @Test func paneTellsWhatElseChangedAtThatTime() {
    let rows = text(model("down", .services))
    #expect(rows.contains { $0.contains("22:21:30 ✗  postgres CRIT: refused") })
    #expect(rows.contains { $0.contains("22:22:14 ▸  you  restart celery-worker") })
    #expect(!rows.contains { $0.contains("22:14:00 ✗  alert queue-critical") }, "seven minutes before")
  }

  @Test func narrowScreenTellsTheSameOneLevelDown() {
    var model = model("down", .services, 80, 24)
    #expect(!text(model).contains { $0.contains("hits") })
    model.locals[.services, default: PanelLocal()].detail = "postgres"
    let rows = text(model)
    #expect(rows[2].contains("─ postgres · refused, stopped since 22:21:30 (1m)"))
    #expect(rows.contains { $0.contains("hits      ✗ backend") })
    #expect(rows.contains { $0.contains("22:21:30 ✗  postgres CRIT: refused") })
  }

  @Test func listThatLeavesRoomHasItsRowToldBelow() throws {
    let rows = text(model("down", .services, 120, 40))
    let list = try #require(rows.firstIndex { $0.hasPrefix("└") })
    #expect(rows[list - 1].contains("createbuckets"), "the list keeps what it needs")
    #expect(rows[list + 1].contains("─ postgres · refused, stopped since 22:21:30 (1m) ─"))
    #expect(rows.contains { $0.contains("hits      ✗ backend") })
    #expect(rows.contains { $0.contains("22:21:30 ✗  postgres CRIT: refused") })
  }

  @Test func pageBelowAListNeverTakesARowOfIt() {
    var seen = 0
    for (width, height) in [(120, 40), (120, 30), (100, 50), (80, 24), (60, 40), (40, 30)] {
      for view in PanelCatalog.standard.tiles {
        var model = model("busy", view, width, height)
        let rows = text(model)
        guard rows.count(where: { $0.hasPrefix("┌") }) > 1 else { continue }
        seen += 1
        let frame = rows.dropFirst(2).first { $0.hasPrefix("└") } ?? ""
        #expect(!frame.contains(" of "), "\(view.rawValue) at \(width)x\(height): \(frame)")
        // Whichever row is selected: a list that moved under the cursor could not be read.
        let items = model.catalog.panel(view).items(PanelLocal(), model.context)
        let ends = items.indices.map { index in
          model.locals[view, default: PanelLocal()].select(index, in: items)
          return text(model).dropFirst(2).firstIndex { $0.hasPrefix("└") }
        }
        #expect(Set(ends).count == 1, "\(view.rawValue) at \(width)x\(height): \(ends)")
      }
    }
    #expect(seen >= 10, "\(seen) pages were looked at")
  }

  @Test func aListThatMayHaveItsRowToldIsNeverTakenForOneThatMayNot() {
    var seen = 0
    for (width, height) in [(160, 48), (120, 40), (80, 24), (80, 40), (40, 30), (40, 12)] {
      for view in PanelCatalog.standard.tiles {
        let model = model("busy", view, width, height)
        let items = model.catalog.panel(view).items(PanelLocal(), model.context).count
        let title = model.catalog.panel(view).items(PanelLocal(), model.context).first?.title.string ?? "?"
        let tiles = text(model).filter { $0.contains("─ \(title) · ") || $0.contains("┐┌ \(title)") }
        guard !tiles.isEmpty else { continue }
        seen += 1
        #expect(
          ScreenRenderer.mayHavePane(width: width, height: height, items: items),
          "\(view.rawValue) at \(width)x\(height)"
        )
      }
    }
    #expect(seen >= 10, "\(seen) pages were looked at")
    #expect(!ScreenRenderer.mayHavePane(width: 80, height: 24, items: 12))
    #expect(ScreenRenderer.mayHavePane(width: 80, height: 24, items: 8))
    #expect(!ScreenRenderer.mayHavePane(width: 120, height: 40, items: 3_000))
    #expect(ScreenRenderer.mayHavePane(width: 160, height: 48, items: 3_000))
  }

  @Test func whatDoesNotFitBelowEachOtherStandsSideBySide() {
    var context = ScreenPictures.model("down", 120, 40).context
    context.hasPane = true
    let page = ServicesPanel().page(PanelLocal(), context)
    func drawn(_ width: Int, _ height: Int) -> [String] {
      var buffer = CellBuffer(width: width, height: height)
      page?.drawTile(into: &buffer, area: buffer.bounds, context)
      return lines(of: buffer)
    }
    let side = drawn(120, 12)
    #expect(side[1].contains("state  ") && side[1].contains("what happened to it"), "\(side)")
    #expect(side.contains { $0.contains("22:21:30 ✗") })
    let stacked = drawn(90, 12)
    #expect(!stacked.contains { $0.contains("22:21:30 ✗") }, "too narrow for two: \(stacked)")
    #expect(stacked.last?.contains("more, Enter opens it") == true)
  }

  @Test func noListViewLeavesMoreThanAThirdOfItsRoomEmptyWhileItKnowsMore() {
    let past = (0..<200).map { index in
      TimelineEntry(
        time: Fixture.ago(Double(600 + index * 30)).wall,
        kind: .service,
        state: .ok,
        text: "redis OK: healthy",
        subject: "redis"
      )
    }
    for world in ["calm", "busy", "down"] {
      for view in PanelCatalog.standard.tiles {
        var model = model(world, view)
        let told = model.context.world.snapshot(TimelineSnapshot.self)?.value.entries ?? []
        let timeline = TimelineSnapshot(entries: told + past)
        model.context.world.conclude(timeline, by: "timeline", at: Fixture.now.monotonic)
        let empty = emptyShare(text(model))
        #expect(empty * 3 <= 1, "\(view.rawValue) in \(world): \(empty)")
      }
    }
  }

  /// The share of the body that is blank from one frame to the next.
  private func emptyShare(_ screen: [String]) -> Double {
    let rows = screen.dropFirst(2).dropLast()
    let parts = rows.flatMap { $0.split(separator: "│") }
    let blank = parts.filter { $0.allSatisfy { $0 == " " } }.reduce(0) { $0 + $1.count }
    return Double(blank) / Double(rows.reduce(0) { $0 + $1.count })
  }

  @Test func viewThatIsMoreThanAThirdEmptyHasNothingMoreToTell() {
    for world in ["calm", "busy", "down"] {
      for view in PanelCatalog.standard.tiles {
        let model = model(world, view)
        let rows = text(model)
        guard emptyShare(rows) * 3 > 1 else { continue }
        let hidden = rows.filter { $0.firstRange(of: /─ (\+\d|\d+-\d+ of)/) != nil }
        #expect(hidden.isEmpty, "\(view.rawValue) in \(world): \(hidden)")
        let all = model.catalog.panel(view).sortColumns(PanelLocal())
        #expect(ScreenRenderer.sortColumns(model).count >= all.count - 3, "\(view.rawValue) in \(world)")
      }
    }
  }

  @Test func listIsWiderWhereItsCellsNeedItAndNeverByTheSelection() {
    #expect(ListAreas.listWidth(160, wish: nil) == 73)
    #expect(ListAreas.listWidth(160, wish: 40) == 73)
    #expect(ListAreas.listWidth(160, wish: 85) == 85)
    #expect(ListAreas.listWidth(160, wish: 200) == 92)
    var model = model("busy", .runs)
    let items = RunsPanel().items(PanelLocal(), model.context)
    let corners = items.indices.map { index in
      model.locals[.runs, default: PanelLocal()].select(index, in: items)
      return text(model)[2].firstRange(of: "┐┌").map {
        text(model)[2].distance(from: text(model)[2].startIndex, to: $0.lowerBound)
      }
    }
    #expect(Set(corners).count == 1)
  }

  @Test func listAndPageAreWholeBeforeOthersGetRoom() {
    for view in PanelCatalog.standard.tiles {
      let rows = text(model("busy", view))
      #expect(!rows.contains { $0.contains(" more, Enter opens it") }, "\(view.rawValue)")
      #expect(!rows.contains { $0.contains(" of 7 ") || $0.contains(" of 13 ") }, "\(view.rawValue)")
    }
  }

  @Test func frameSaysWhichRowsAreSeen() {
    var model = model("calm", .services, 80, 12)
    #expect(text(model)[10].contains(" 1-6 of 13 "), "\(text(model)[10])")
    let items = ServicesPanel().items(PanelLocal(), model.context)
    model.locals[.services, default: PanelLocal()].select(12, in: items)
    #expect(text(model)[10].contains(" 8-13 of 13 "))
    model.height = 40
    #expect(!text(model).contains { $0.contains(" of 13 ") }, "all are seen")
  }

  @Test func sourceThatFailsHasARowThatSaysWhatToDo() {
    let model = model("busy", .services)
    let rows = text(model)
    #expect(rows[4].contains("? source redis "))
    #expect(rows[2].contains("─ source redis · ERROR refused"))
    #expect(rows.contains { $0.contains("try      Nothing listens there") })
  }

  @Test func aViewThatIsSilentTellsWhatIsBehindItAndNoKeyThatIsNotHeardThere() throws {
    var monitor = Fixture.down()
    monitor.apply(Fixture.report("postgres", at: Fixture.now, snapshots: [Fixture.noRuns]))
    monitor.apply(Fixture.failure("postgres", .refused, since: 130, address: "postgresql://localhost:5433"))
    var model = Fixture.model(monitor, width: 160, height: 48)
    model.view = .runs
    let rows = text(model)
    let title = try #require(rows.first { $0.contains("─ postgres · refused, stopped") })
    #expect(title.contains("─ Failed runs "), "beside the list")
    #expect(rows.contains { $0.contains("it does not run: O leads there") })
    #expect(!rows.contains { $0.contains("S start") || $0.contains("Enter opens it") })
  }

  @Test func tileWithoutTheKeysShowsItsFirstRowsAndHowManyMoreThereAre() {
    var model = ScreenPictures.model("stale", 160, 48)
    model.focus = .queues
    var local = PanelLocal()
    local.select(6, in: RunsPanel().items(local, model.context))
    model.locals[.runs] = local
    let rows = text(model)
    #expect(rows.contains { $0.contains("22:19  failed") })
    #expect(rows.contains { $0.contains(" +1 more ") })
    #expect(!rows.contains { $0.contains(" of 7 ") })
  }

  @Test func tileThatHasNothingToSayIsALine() {
    let model = ScreenPictures.model("calm", 160, 48)
    let rows = text(model)
    #expect(rows.contains { $0.contains("  Failed runs  ● No run needs attention in the last 24 h") })
    #expect(!rows.contains { $0.contains("─ Failed runs") })
    // Silence is no peace: without an answer of the database the tile stays.
    for world in ["starting", "stale", "down"] {
      let rows = text(ScreenPictures.model(world, 160, 48))
      #expect(rows.contains { $0.contains("─ Failed runs") }, "\(world)")
    }
  }

  @Test func chartOfTheListIsNotDrawnTwice() {
    let rows = text(model("busy", .queues))
    #expect(rows.filter { $0.contains("1,000 ┈") }.count == 1)
  }
}
