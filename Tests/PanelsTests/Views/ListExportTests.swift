import Facts
import TestSupport
import Testing

@testable import Panels

/// What is written down of a list: all of it, as it is, in forms that others read.
@Suite struct ListExportTests {
  private let rows: [[(column: String, value: ListExport.Value)]] = [
    [("name", .text("plain")), ("score", .number(0.285)), ("reason", .missing)],
    [("name", .text("=1+1")), ("score", .number(.nan)), ("reason", .text("says \"no\", twice\nand more"))],
  ]

  @Test func tablesFollowTheRFCAndChangeNothing() {
    #expect(
      ListExport(rows).csv
        == "name,score,reason\r\nplain,0.285,\r\n=1+1,,\"says \"\"no\"\", twice\nand more\"\r\n"
    )
  }

  @Test func objectsTellHowMuchOfTheListTheyAre() {
    var list = ListExport(rows, unlisted: 1_043, filter: "")
    #expect(list.told == "2 rows, 1,043 more are not listed")
    #expect(
      list.json(view: "Validations", at: "2026-11-29 00:00:00Z")
        == """
        {"view":"Validations","at":"2026-11-29 00:00:00Z","filter":"","listed":2,"unlisted":1043,"rows":[\
        {"name":"plain","score":0.285,"reason":null},\
        {"name":"=1+1","score":null,"reason":"says \\"no\\", twice\\nand more"}]}\n
        """
    )
    list.filter = "x"
    #expect(list.told == "2 rows, 1,043 that are not listed were not looked through")
    list.unlisted = 0
    #expect(list.told == "2 rows")
  }

  @Test func ofEveryListAllRowsAreTakenAsTheyAreFilteredAndSorted() throws {
    let context = Fixture.context(Fixture.busy())
    for panel in PanelCatalog.standard.panels {
      // The log is text, and has its own way into a file.
      if panel.id == .logs {
        #expect(panel.export(PanelLocal(), context) == nil)
        continue
      }
      let list = try #require(panel.export(PanelLocal(), context), "\(panel.id)")
      #expect(list.rows.count == panel.count(PanelLocal(), context), "\(panel.id)")
      #expect(list.rows.allSatisfy { $0.count == list.columns.count }, "\(panel.id)")
      #expect(Set(list.columns).count == list.columns.count && !list.columns.contains(""), "\(panel.id)")
    }
    let view = ValidationsView()
    var local = PanelLocal()
    local.filter = "missing"
    local.sortColumn = view.sortColumns(local).first { $0.title == "score" }?.index
    local.isDescending = true
    let list = try #require(view.export(local, context))
    #expect(list.rows.map { $0[1] } == [.number(0.44), .number(0.34), .number(0.31), .number(0.29)])
    #expect(list.columns.prefix(5) == ["id", "score", "asr_score", "scenario", "language"])
    #expect(list.unlisted == 59 && list.filter == "missing")
    local = PanelLocal()
    local.grouping = 2
    let groups = try #require(view.export(local, context))
    #expect(groups.columns == ["by", "key", "name", "low", "of", "share", "median_from", "no_score"])
    #expect(groups.rows.first?[1] == .text("fr-FR"))
  }

  @Test func timesAreWhole() throws {
    let context = Fixture.context(Fixture.busy())
    let list = try #require(RunsView().export(PanelLocal(), context))
    let time = try #require(list.columns.firstIndex(of: "time"))
    #expect(list.rows[0][time] == .text(Format.timestamp(Fixture.runs.rows[0].createdAt)))
  }
}
