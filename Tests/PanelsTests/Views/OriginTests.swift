import Facts
import Operations
import Testing

@testable import Panels

/// What `i` says: about the row, its answer first.
@Suite struct OriginTests {
  private func sheet(_ view: ViewID, _ index: Int, _ world: String = "busy") throws -> [String] {
    let context = ScreenPictures.model(world, 160, 48).context
    let panel = PanelCatalog.standard.panel(view)
    let items = panel.items(PanelLocal(), context)
    let origin = try #require(panel.origin(of: items[index], context))
    return OriginSheet.make(items[index].title, origin, world: context.world, now: context.now)
      .lines.map(\.plain.string)
  }

  @Test(arguments: PanelCatalog.standard.tiles) func answerStandsBeforeHowItWasAsked(view: ViewID) throws {
    for world in ["busy", "down", "stale"] {
      let context = ScreenPictures.model(world, 160, 48).context
      let items = PanelCatalog.standard.panel(view).items(PanelLocal(), context)
      #expect(!items.isEmpty)
      for index in items.indices {
        let lines = try sheet(view, index, world)
        let words = items[index].title.string.prefix(12)
        #expect(lines[0].contains(words), "\(view.rawValue): \(lines[0])")
        let asked = lines.firstIndex { $0.hasPrefix("  asked") } ?? lines.count
        for label in ["  since", "  source", "  answer", "  failed", "  try"] {
          let place = lines.firstIndex { $0.hasPrefix(label) } ?? 0
          #expect(place < asked, "\(view.rawValue): \(label) in \(lines)")
        }
      }
    }
  }

  @Test func runTellsItsOwnFailureAndNotTheListsFirst() throws {
    let lines = try sheet(.runs, 3)
    #expect(lines[0].contains("Weather query"))
    #expect(lines[0].contains("CommandKind mismatch"))
    #expect(lines.contains("  listed   its status is failed"), "\(lines)")
    #expect(
      lines.contains { $0.hasPrefix("  row      0d1b5c13-") && $0.hasSuffix("of executions without a run") }
    )
    let shared = try #require(lines.firstIndex { $0.contains("runs.attention") })
    let own = try #require(lines.firstIndex { $0.hasPrefix("  answer") })
    #expect(own < shared)
  }

  @Test func alertTellsWhereItStandsAndWhatItReads() throws {
    let lines = try sheet(.alerts, 0)
    #expect(lines[0] == "✗ queue-critical  FIRING 9m  1,259")
    #expect(
      lines.contains { $0.hasPrefix("  since    22:14:00 (9m)") }
    )
    #expect(lines.contains { $0.hasPrefix("  rule     queue.depth > 1000 for 2m") })
    #expect(lines.contains { $0.hasPrefix("  source   rabbitmq") })
  }

  @Test func whatHappenedTellsWhoKnowsIt() throws {
    let act = try sheet(.timeline, 1)
    #expect(act[0].contains("restart celery-worker: done"))
    #expect(act.contains { $0.hasPrefix("  who      you") })
    #expect(act.contains { $0.hasPrefix("  from     the audit log") })
    let seen = try sheet(.timeline, 5)
    #expect(seen.contains { $0.hasPrefix("  from     this console") })
    #expect(seen.contains { $0.contains("source.redis.state") })
  }

  @Test func serviceTellsWhatEachProbeAskedWhatCameBackAndWhatItShould() throws {
    var model = ScreenPictures.model("calm", 160, 48)
    func told(_ name: FactName, _ query: String, _ excerpt: String, _ expected: String) -> Observation {
      Observation(
        name,
        .flag(true),
        word: "passes",
        origin: Origin(source: "backend", query: query, excerpt: excerpt, expected: expected)
      )
    }
    let reply = "200 {\"status\":\"healthy\"}\n" + String(repeating: "x", count: 300)
    model.context.world.apply(
      Fixture.report(
        "backend",
        at: Fixture.ago(3),
        [
          told("service.backend.liveness", "GET http://localhost/health", reply, "status 2xx"),
          told("probe.backend.canary", "GET http://localhost/runs", "answered in 4ms", "a list of runs"),
        ]
      )
    )
    let panel = ServicesPanel()
    let item = try #require(panel.items(PanelLocal(), model.context).first { $0.name == "backend" })
    let origin = try #require(panel.origin(of: item, model.context))
    let lines = OriginSheet.make(item.title, origin, world: model.context.world, now: model.context.now)
      .lines.map(\.plain.string)
    let liveness = try #require(lines.firstIndex { $0.contains("service.backend.liveness") })
    #expect(lines[liveness + 1].hasPrefix("  answer   3s ago: 200 {\"status\":\"healthy\"} xxx"))
    #expect(lines[liveness + 1].count < 240 && lines[liveness + 1].hasSuffix("…"), "a cut shows")
    #expect(lines[liveness + 2] == "  expects  status 2xx")
    #expect(lines[liveness + 3] == "  asked    GET http://localhost/health")
    let canary = try #require(lines.firstIndex { $0.contains("probe.backend.canary") })
    #expect(lines[canary + 1] == "  answer   3s ago: answered in 4ms")
    #expect(lines[canary + 2] == "  expects  a list of runs")
  }

  @Test func probeThatNeverAnsweredSaysSo() throws {
    let context = ScreenPictures.model("down", 160, 48).context
    let panel = ServicesPanel()
    for item in panel.items(PanelLocal(), context) where item.kind == .service {
      let origin = try #require(panel.origin(of: item, context))
      let lines = OriginSheet.make(item.title, origin, world: context.world, now: context.now).lines
      let questions = lines.count { $0.plain.string.hasPrefix("  asked") }
      let answers = lines.count { $0.plain.string.hasPrefix("  answer") }
      #expect(answers == questions && questions > 0, "\(item.name): \(lines.map(\.plain.string))")
    }
  }

  @Test func silentSourceIsSaidBeforeAnythingElse() throws {
    let lines = try sheet(.services, 0)
    #expect(lines[0].contains("source redis"))
    #expect(lines[1].hasPrefix("  failed   refused"))
    #expect(lines[2].hasPrefix("  try      Nothing listens there"))
  }
}
