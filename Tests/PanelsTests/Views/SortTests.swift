import Facts
import Operations
import Testing

@testable import Panels

/// By what lists can be sorted, and how they say so.
@Suite struct SortTests {
  static let sizes = [(160, 48), (120, 40), (80, 24), (60, 20)]

  private func model(_ view: ViewID, _ width: Int, _ height: Int) -> ScreenModel {
    var model = ScreenPictures.model("busy", width, height)
    model.view = view
    return model
  }

  @Test(arguments: PanelCatalog.standard.tiles) func onlyWhatIsShownIsSortedByAndTheMarkEatsNothing(
    view: ViewID
  ) {
    for (width, height) in Self.sizes {
      var model = model(view, width, height)
      for column in ScreenRenderer.sortColumns(model) {
        for isDescending in [false, true] {
          var local = PanelLocal()
          (local.sortColumn, local.isDescending) = (column.index, isDescending)
          model.locals[view] = local
          let rows = lines(of: ScreenRenderer.render(model))
          let mark = isDescending ? "▾" : "▴"
          let place = "\(view.rawValue) by \(column.title) at \(width)"
          let told = view == .queues ? "by \(column.title) \(mark)" : "\(title(column, view, width))\(mark)"
          #expect(rows.contains { $0.contains(told) }, "\(place): \(told) in \(rows)")
          #expect(ScreenRenderer.sortColumns(model).contains(column), "\(place) is no longer offered")
        }
      }
    }
  }

  /// The column's title in the table: columns have shorter names there than in a message.
  private func title(_ column: SortColumn, _ view: ViewID, _ width: Int) -> String {
    let short = ["language": "lang"]
    return short[column.title.string] ?? column.title.string
  }

  @Test func columnThatIsNotShownIsNotOffered() {
    func titles(_ width: Int, _ height: Int) -> [SafeText] {
      ScreenRenderer.sortColumns(model(.runs, width, height)).map(\.title)
    }
    #expect(titles(160, 48).contains("auto"))
    #expect(titles(60, 20) == ["time", "status", "reason"])
  }

  @Test func listSortedByAColumnKeepsItWhereOthersAreDropped() {
    var model = model(.runs, 60, 20)
    var local = PanelLocal()
    local.sortColumn = RunsPanel().sortColumns.first { $0.title == "failed" }?.index
    model.locals[.runs] = local
    let titles = lines(of: ScreenRenderer.render(model)).first { $0.contains("time") } ?? ""
    #expect(titles.contains("failed▴"), "\(titles)")
  }

  @Test func everyColumnCanBeSortedByWithTheFocusOnATile() {
    var model = ScreenPictures.model("busy", 120, 40)
    model.focus = .alerts
    #expect(ScreenRenderer.sortColumns(model).map(\.title) == ["alert", "state", "value"])
  }
}
