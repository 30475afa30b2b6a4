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
      lines.contains { $0.hasPrefix("  since    22:14:00 (5m)") }
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

  @Test func silentSourceIsSaidBeforeAnythingElse() throws {
    let lines = try sheet(.services, 0)
    #expect(lines[0].contains("source redis"))
    #expect(lines[1].hasPrefix("  failed   refused"))
    #expect(lines[2].hasPrefix("  try      Nothing listens there"))
  }
}
