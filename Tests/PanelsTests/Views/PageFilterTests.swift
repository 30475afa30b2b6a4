import Facts
import Operations
import Testing

@testable import Panels

/// A page narrowed to the lines that hold a text, and where one is in it.
@Suite struct PageFilterTests {
  private func model(_ filter: String, _ width: Int = 80, _ height: Int = 24) -> ScreenModel {
    var model = ScreenPictures.model("down", width, height)
    model.view = .services
    var local = PanelLocal()
    local.detail = "backend"
    local.pageFilter = filter
    model.locals[.services] = local
    return model
  }

  private func rows(_ model: ScreenModel) -> [String] { lines(of: ScreenRenderer.render(model)) }

  @Test(arguments: [(160, 48), (80, 24), (40, 12)]) func onlyLinesThatHoldTheTextAreShown(
    width: Int,
    height: Int
  ) {
    let rows = rows(model("POSTGRES", width, height))
    let body = rows[3..<(height - 2)].filter { !$0.allSatisfy { " │|".contains($0) } }
    #expect(!body.isEmpty)
    #expect(body.contains { $0.contains("probes") || $0.contains("needs") })
    #expect(!rows.contains { $0.contains("restarts") })
    if width >= 80 { #expect(rows[2].contains("/POSTGRES "), "\(rows[2])") }
    if width >= 80 { #expect(rows[2].contains(" lines"), "\(rows[2])") }
  }

  @Test func whatIsNotThereIsSaid() {
    let rows = rows(model("nowhere"))
    #expect(rows[2].contains("/nowhere 0 of "))
    #expect(rows[3].contains("No line holds nowhere"))
  }

  @Test func filterEndsWithItsPage() {
    var local = PanelLocal()
    local.detail = "backend"
    local.pageFilter = "x"
    local.detail = "redis"
    #expect(local.pageFilter.isEmpty)
  }

  @Test func pageThatScrollsTellsWhereOneIs() throws {
    var model = model("", 80, 12)
    let first = rows(model)[10]
    #expect(first.contains(" 1-7 of "), "\(first)")
    model.locals[.services]?.detailOffset = 1_000
    let last = rows(model)[10]
    let count = try #require(last.split(separator: " of ").last?.prefix { $0 != " " })
    #expect(last.contains("-\(count) of \(count)"), "\(last)")
  }

  @Test(arguments: PanelCatalog.standard.tiles) func everyListThatScrollsTellsWhereOneIs(view: ViewID) {
    for (width, height) in [(80, 9), (120, 9), (40, 9)] {
      var model = ScreenPictures.model("busy", width, height)
      model.view = view
      let count = PanelCatalog.standard.panel(view).items(PanelLocal(), model.context).count
      let rows = lines(of: ScreenRenderer.render(model))
      let shown = rows[height - 2].contains(" of \(count) ")
      #expect(shown || count <= 4, "\(view.rawValue) at \(width): \(rows)")
    }
  }
}
