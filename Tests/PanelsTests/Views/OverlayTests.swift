import Facts
import Operations
import Testing

@testable import Panels

/// What lies over the screen.
@Suite struct OverlayPictures {
  static let overlays: [(name: String, overlay: Overlay)] = {
    var advised = DialogModel(plan: Fixture.plan(.mild, advice: true), label: "DEV")
    advised.notice = "r ignored: it came with other keys or too soon, press it again"
    var readOnly = DialogModel(plan: Fixture.plan(), label: "DEV")
    readOnly.refusal = .readOnly(
      why: "it was started with --read-only; started without it, it acts",
      canLift: false
    )
    var production = DialogModel(plan: Fixture.plan(.mild), label: "PROD")
    production.refusal = .readOnly(why: "this is production", canLift: true)
    var help = HelpSheet.make([
      ("Services", "r", "restart this service…"), ("everywhere", "Ctrl-R", "ask again now"),
      ("everywhere", "Z", "freeze the screen"),
    ])
    help.query = "again"
    var dry = DialogModel(plan: Fixture.plan(), label: "DEV")
    dry.dryRun = "nothing was sent"
    var leaving = Fixture.progress()
    leaving.asksToLeave = true
    var refused = ProgressModel(plan: Fixture.plan(), label: "DEV", before: "", startedAt: Fixture.ago(1))
    refused.events = [.refused(.readOnly(why: "this is production", canLift: true))]
    let context = Fixture.context(Fixture.down())
    let item = PanelCatalog.standard.panel(.services).items(PanelLocal(), context)[0]
    return [
      ("dialog", .dialog(DialogModel(plan: Fixture.plan(), label: "DEV"))),
      ("dialog-advice", .dialog(advised)),
      ("dialog-dry", .dialog(dry)),
      ("dialog-readonly", .dialog(readOnly)),
      ("dialog-production", .dialog(production)),
      ("help-narrowed", .sheet(help)),
      ("progress", .progress(Fixture.progress())),
      ("leaving", .progress(leaving)),
      ("refused", .progress(refused)),
      ("done", .progress(Fixture.progress(Verdict(.done, "recovered in 4 s", duration: .seconds(4))))),
      ("unproven", .progress(Fixture.progress(Verdict(.doneUnproven, "no login", duration: .seconds(4))))),
      (
        "failed",
        .progress(
          Fixture.progress(
            Verdict(
              .failed,
              "postgres did not answer within 90 s",
              next: ActionRequest("service.restart", on: ActionTarget(.service, name: "backend")),
              duration: .seconds(90)
            )
          )
        )
      ),
      (
        "unknown",
        .progress(Fixture.progress(Verdict(.unknown, "the runtime did not answer", duration: .seconds(10))))
      ),
      (
        "origin",
        .sheet(OriginSheet.make(item.title, RowOrigin(item, context), world: context.world, now: Fixture.now))
      ),
      ("sources", .sheet(SourcesSheet.make(context.world, now: Fixture.now))),
      ("facts", .sheet(FactsSheet.make(context.world, now: Fixture.now))),
      (
        "help",
        .sheet(
          HelpSheet.make([
            ("everywhere", "Ctrl-R", "ask again now"),
            ("Services", "r", "restart…"),
          ])
        )
      ),
      (
        "menu",
        .menu(
          MenuModel(
            title: "postgres",
            query: "re",
            entries: [
              MenuModel.Entry(.command("a"), key: "r", title: "restart…", note: "disruptive"),
              MenuModel.Entry(
                .command("b"),
                key: "s",
                title: "stop…",
                note: "not on this runtime",
                isEnabled: false
              ),
            ]
          )
        )
      ),
    ]
  }()

  @Test(arguments: overlays.map(\.name)) func overlayLooksLikeItsPicture(name: String) throws {
    let overlay = try #require(Self.overlays.first { $0.name == name }).overlay
    for (width, height) in [(80, 24), (40, 12), (20, 5)] {
      var model = Fixture.model(Fixture.down(), width: width, height: height)
      model.overlays = [overlay]
      expectScreen(ScreenRenderer.render(model), named: "over-\(name)-\(width)x\(height)")
    }
    for (width, height) in [(1, 1), (2, 2), (5, 3), (12, 4), (300, 90)] {
      var model = Fixture.model(Fixture.down(), width: width, height: height)
      model.overlays = [overlay]
      #expect(ScreenRenderer.render(model).width == width)
    }
  }

  @Test func sourcesTellWhatAProbeSays() {
    var monitor = Fixture.calm()
    for (id, verdict) in [
      ("probe.canary", SourceVerdict(.crit, "timed out")), ("probe.redis", SourceVerdict(.ok, "passes")),
      ("probe.login", SourceVerdict(.nodata, "no login")),
    ] {
      var report = Fixture.report(id, at: Fixture.ago(1))
      report.result = .success(SourceReading([], verdict: verdict))
      monitor.apply(report)
    }
    let sheet = SourcesSheet.make(monitor.world, now: Fixture.now).lines.map(\.plain.string)
    #expect(sheet.contains { $0.hasPrefix("✗ probe.canary  CRIT: timed out") }, "\(sheet)")
    #expect(sheet.contains { $0.hasPrefix("● probe.redis  live") })
    #expect(sheet.contains { $0.hasPrefix("◌ probe.login  NO DATA: no login") })
  }

  @Test func cutPreviewMustBeReadBeforeRunIsEnabled() {
    let rows = (1...20).map { PlanRow("hits", "service \($0)") }
    var dialog = DialogModel(plan: Fixture.plan(rows: rows), label: "DEV")
    #expect(ScreenRenderer.dialogLayout(dialog, width: 80, height: 24).hasMore)
    var model = Fixture.model(Fixture.calm(), width: 80, height: 24)
    model.overlays = [.dialog(dialog)]
    #expect(lines(of: ScreenRenderer.render(model)).contains { $0.contains("read on, then y") })
    dialog.offset = 100
    #expect(!ScreenRenderer.dialogLayout(dialog, width: 80, height: 24).hasMore)
    dialog.offset = 0
    dialog.isScrolledThrough = true
    model.overlays = [.dialog(dialog)]
    #expect(!lines(of: ScreenRenderer.render(model)).contains { $0.contains("read on, then y") })
  }

  @Test func verdictIsSeenHoweverLongTheProof() {
    var progress = Fixture.progress(Verdict(.failed, "nothing answered"))
    let probes = (1...40).map { GateView.Probe("probe \($0)", value: "refused", state: .crit) }
    progress.events.append(
      .gate(GateView(probes: probes, held: 0, needed: 3, elapsed: .seconds(90), deadline: .seconds(90)))
    )
    var model = Fixture.model(Fixture.calm(), width: 80, height: 24)
    model.overlays = [.progress(progress)]
    #expect(lines(of: ScreenRenderer.render(model)).contains { $0.contains("✗ failed: nothing answered") })
  }

  @Test func promptPutsTheCursorBehindItsText() {
    var model = Fixture.model(Fixture.calm(), width: 80, height: 24)
    model.prompt = PromptModel(lead: ":", text: "write 10m", note: "lifts read-only")
    let screen = ScreenRenderer.draw(model)
    #expect(screen.cursor == Point(x: 11, y: 23))
    #expect(lines(of: screen.buffer)[23].contains(":write 10m"))
  }
}
