import Facts
import Operations
import Testing

@testable import Panels

/// What the services' view tells of what they use, and of what is broken.
@Suite struct UsageScreenTests {
  private func rows(_ model: ScreenModel) -> [String] { lines(of: ScreenRenderer.render(model)) }

  private func selecting(_ name: String, in model: ScreenModel) -> ScreenModel {
    var model = model
    let items = ServicesPanel().items(PanelLocal(), model.context)
    if let index = items.firstIndex(where: { $0.id == name }) {
      model.locals[.services, default: PanelLocal()].select(index, in: items)
    }
    return model
  }

  /// The page of a service on a screen of its own.
  private func opening(_ name: String, in model: ScreenModel) -> ScreenModel {
    var model = selecting(name, in: model)
    model.locals[.services]?.detail = name
    return model
  }

  @Test func screensLookLikeTheirPictures() {
    for (width, height) in [(200, 50), (160, 48), (120, 40), (80, 24)] {
      let model = Fixture.usedModel(width, height)
      expectScreen(ScreenRenderer.render(model), named: "services-used-\(width)x\(height)")
    }
    let crashed = opening("celery-beat", in: Fixture.usedModel(80, 24))
    expectScreen(ScreenRenderer.render(crashed), named: "services-crashed-80x24")
  }

  @Test func listTellsShareAndMemoryWhereThereIsRoom() {
    let rows = rows(Fixture.usedModel(120, 40))
    #expect(rows.contains { $0.contains("CPU") && $0.contains("MEM") })
    #expect(rows.contains { $0.contains("● postgres") && $0.contains(" 187% ") && $0.contains(" 206M ") })
    // What isn't known stands as nothing, and never as nothing used.
    #expect(rows.contains { $0.contains("◌ nginx") && !$0.contains("%") && $0.contains(" 6.7M ") })
    #expect(rows.contains { $0.contains("● minio") && !$0.contains("%") && !$0.contains("M ") })
    #expect(rows.contains { $0.contains("✗ celery-beat") && $0.contains("exited 7") && !$0.contains("%") })
  }

  @Test func columnsAreThereOnlyWhileItIsMeasured() {
    var model = ScreenPictures.model("calm", 200, 50)
    model.view = .services
    #expect(!rows(model).contains { $0.contains("CPU") || $0.contains("MEM") })
  }

  @Test func valuesOfASilentRuntimeAreNotShownAsOfNow() {
    var monitor = Fixture.used()
    monitor.apply(Fixture.failure("runtime", .refused, since: 0, address: "unix:/run/docker.sock"))
    var model = Fixture.model(monitor, width: 160, height: 48)
    model.view = .services
    let rows = rows(selecting("postgres", in: model))
    #expect(!rows.contains { $0.contains("187%") })
    #expect(rows.contains { $0.contains("uses      cpu unknown: refused") })
  }

  @Test func pageTellsWhatIsUsedAndWhyItIsNotKnown() {
    let model = Fixture.usedModel(160, 48)
    let rows = { name in self.rows(self.selecting(name, in: model)).map { String($0.dropFirst(72)) } }
    #expect(rows("postgres").contains { $0.contains("uses      cpu 187% ") && $0.contains("  memory ") })
    #expect(rows("nginx").contains { $0.contains("cpu unknown: first sample  memory 6.7 MiB") })
    #expect(rows("minio").contains { $0.contains("cpu unknown: timed out  memory unknown: timed out") })
    #expect(!rows("celery-beat").contains { $0.contains("cpu") }, "it doesn't run")
  }

  @Test func shareIsWholePercentsAndNeverLessThanItIs() {
    #expect(
      [0, 0.2, 0.99, 1.4, 99.6, 187.2].map(ServiceRow.shown) == ["0%", "<1%", "<1%", "1%", "100%", "187%"]
    )
  }

  // MARK: last lines

  @Test func brokenServiceShowsItsNewestLinesBesideTheListAndTheOthersWhereThereIsRoom() throws {
    let rows = rows(Fixture.usedModel(160, 60))
    #expect(rows[2].contains("celery-beat · exited 7"))
    let newest = try #require(rows.firstIndex { $0.contains("CRITICAL beat: giving up") })
    let older = try #require(rows.firstIndex { $0.contains("the lines before those") })
    #expect(newest < older)
    #expect(rows[older...].contains { $0.contains("due task health-1 ") })
    let low = self.rows(Fixture.usedModel(160, 24))
    #expect(low.contains { $0.contains("CRITICAL beat: giving up") })
    #expect(!low.contains { $0.contains("due task health-1 ") })
    #expect(low.contains { $0.contains(" more, Enter opens it") }, "a cut shows")
  }

  @Test func openPageShowsAllOfThem() {
    let rows = rows(opening("celery-beat", in: Fixture.usedModel(120, 60)))
    #expect(rows.contains { $0.contains("due task health-1 ") })
    #expect(rows.contains { $0.contains("CRITICAL beat: giving up") })
    let small = self.rows(opening("celery-beat", in: Fixture.usedModel(80, 24)))
    #expect(
      small.contains { $0.contains("CRITICAL beat: giving up") },
      "the newest are seen without scrolling"
    )
  }

  @Test func linesThatCanNotBeHadSayWhy() {
    var model = Fixture.usedModel(160, 48)
    let driver = "configured logging driver does not support reading"
    model.context.details["celery-beat"] = .failed(
      SourceFailure(.status(501), at: "unix:/run/docker.sock", detail: driver)
    )
    #expect(rows(model).contains { $0.contains("last lines  ? HTTP 501") })
    #expect(rows(model).contains { $0.contains(driver) })
    model.context.details["celery-beat"] = .loaded(LogTail(lines: []))
    #expect(rows(model).contains { $0.contains("it has written none that is kept") })
    model.context.details["celery-beat"] = .loading
    #expect(rows(model).contains { $0.contains("asking for them") })
    model.context.details = [:]
    #expect(!rows(model).contains { $0.contains("│ last lines") })
  }

  @Test func linesOfBeforeARecoveryAreNotShownOfAServiceThatIsWell() {
    var model = selecting("postgres", in: Fixture.usedModel(160, 48))
    model.context.details["postgres"] = .loaded(Fixture.lastLines)
    #expect(!rows(model).contains { $0.contains("│ last lines") })
    model = opening("postgres", in: model)
    #expect(rows(model).contains { $0.contains("last lines") }, "where they are asked for they are new")
  }

  // MARK: keys

  @Test func paneNamesTheKeysOfItsRowFromTheActions() {
    var model = Fixture.usedModel(160, 48)
    #expect(
      rows(model).contains { $0.contains("─ S start  R recreate  # scale  l last lines ─") },
      "it does not run"
    )
    model = selecting("postgres", in: model)
    #expect(rows(model).contains { $0.contains("─ r restart  s stop  R recreate  # scale  l last lines ─") })
    model.actions = model.actions.filter { $0.id != RestartService.descriptor.id }
    #expect(!rows(model).contains { $0.dropFirst(72).contains("r restart") && $0.contains("─") })
    // A measure is nothing that could be restarted.
    var measured = ScreenPictures.model("busy", 160, 48)
    measured.view = .services
    #expect(rows(measured)[2].contains("─ source redis · ERROR refused"))
    #expect(!rows(measured).dropLast().contains { $0.contains("r restart") })
  }

  // MARK: rows that are cut off

  @Test func tilesWithoutTheKeysShowTheirFirstRowsAndTellOfTheRest() {
    for focus in PanelCatalog.standard.tiles {
      var model = ScreenPictures.model("busy", 120, 40)
      model.focus = focus
      var scrolled = model
      for view in PanelCatalog.standard.tiles where view != focus {
        let items = PanelCatalog.standard.panel(view).items(PanelLocal(), model.context)
        scrolled.locals[view, default: PanelLocal()].select(items.count - 1, in: items)
      }
      model.locals = model.locals.filter { $0.key == focus }
      #expect(rows(scrolled) == rows(model), "\(focus.rawValue)")
    }
    let rows = rows(ScreenPictures.model("busy", 120, 30))
    #expect(rows.contains { $0.contains(" more ─") })
  }
}
