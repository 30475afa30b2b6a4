import Facts
import Panels
import Testing

@testable import Console

extension ViewID {
  static let sources = ViewID("sources")
}

/// A view that none of the rooms knows: a list of the sources and how often each was asked.
private struct SourcesPanel: ListPanel {
  struct Row: Sendable {
    var id: String
    var attempts: Int
  }

  let descriptor = ViewDescriptor(
    id: .sources,
    key: "7",
    title: "Sources",
    shortTitle: "Srcs",
    column: .right,
    kinds: [.fact],
    keys: [
      ViewKey("h", hint: "one only", help: "only the broker") { local, _ in local.filter = "rabbit" }
    ]
  )

  let columns: [ListColumn<Row>] = [
    ListColumn("source") { _ in
      TableColumn("source")
    } precedes: {
      $0.id < $1.id
    } cell: { row, _ in
      StyledText(SafeText(row.id))
    },
    ListColumn("asked") { _ in
      TableColumn("asked", alignment: .right)
    } precedes: {
      $0.attempts > $1.attempts
    } cell: { row, _ in
      StyledText("\(row.attempts)")
    },
  ]

  func source(_ context: PanelContext) -> PanelSource { PanelSource("runtime", context) }

  func rows(_ context: PanelContext) -> [Row] {
    context.world.facts.sources.map { Row(id: $0.key, attempts: $0.value.attempts) }.sorted { $0.id < $1.id }
  }

  func id(of row: Row) -> String { row.id }

  func texts(of row: Row) -> [String] { [row.id] }

  func item(_ row: Row, _ context: PanelContext) -> PanelItem {
    PanelItem(id: row.id, kind: .fact, name: row.id, title: SafeText(row.id), state: .ok)
  }

  func state(_ context: PanelContext) -> FactState { .warn }

  func title(_ context: PanelContext) -> TileTitle { source(context).title("Sources", "") }

  func summary(_ context: PanelContext) -> SafeText { "\(rows(context).count)" }

  func emptyMessage(_ local: PanelLocal, _ context: PanelContext) -> StyledText {
    StyledText("no source", .muted)
  }

  func page(_ row: Row, _ context: PanelContext) -> DetailPage? {
    DetailPage(
      title: SafeText(row.id),
      state: .ok,
      headline: "",
      entries: [KeyValueBlock.Entry("asked", StyledText("\(row.attempts) times"))]
    )
  }
}

/// A view is one file and one line in the catalogue: everything else follows from its descriptor.
@Suite struct OutsideViewTests {
  private static let catalog = PanelCatalog(PanelCatalog.standard.panels + [SourcesPanel()])

  private func robot(width: Int = 160, height: Int = 48) -> Robot {
    var robot = Robot(width: width, height: height, keymap: Keymap(Self.catalog))
    robot.hear()
    return robot
  }

  @Test func itsKeyOpensItAndItsTabIsMarked() {
    var robot = robot()
    robot.press("7")
    #expect(robot.state.view == .sources)
    #expect(robot.lines[1].contains("7 Sources▲"))
    #expect(robot.lines.contains { $0.contains("rabbitmq") })
  }

  @Test func filterSortAndDetailAreThereAtOnce() {
    var robot = robot(width: 120, height: 40)
    robot.press("7")
    robot.press(">")
    #expect(robot.lastLine.contains("sorted by source"))
    robot.press("I")
    let names = robot.state.activeItems.map(\.name)
    #expect(names.count > 2 && names == names.sorted().reversed())
    robot.press("/")
    for letter in "rabbit" { robot.press(letter) }
    robot.press(.enter)
    #expect(robot.state.activeItems.map(\.name) == ["rabbitmq"])
    robot.press(.enter)
    #expect(robot.lines.contains { $0.contains("asked  1 times") })
  }

  @Test func ownKeyHintHelpPaletteAndDocumentFollow() {
    var robot = robot()
    robot.press("7")
    #expect(robot.lastLine.contains("one only"))
    robot.press("h")
    #expect(robot.state.activeLocal.filter == "rabbit")
    robot.press("?")
    let lines = robot.state.keymap.helpLines(view: .overview, focus: .services)
    #expect(lines.contains { $0.word == "only the broker" })
    robot.press(.escape)
    robot.press(":")
    #expect(robot.menu?.entries.contains { $0.choice == .command("view.sources") } == true)
    #expect(robot.state.keymap.markdown().contains("## Sources"))
  }

  @Test func overviewHasATileOfIt() {
    let robot = robot()
    #expect(robot.lines.contains { $0.contains("─ Sources ") })
  }
}
