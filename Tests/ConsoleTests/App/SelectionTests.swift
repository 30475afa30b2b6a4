import Facts
import Operations
import Panels
import Testing

@testable import Console

/// What is selected: an item, never a place on the screen.
struct SelectionTests {
  @Test func focusFollowsTheWorstUntilTheFirstKey() {
    var robot = Robot.heard()
    robot.stack.depth = 1_500
    robot.live(seconds: 5)
    #expect(robot.state.focus == .queues)
    robot.stack.depth = 1
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 10)
    #expect(robot.state.focus == .services)
    #expect(robot.selected == "postgres")
    robot.press(.control("l"))
    robot.stack.postgresFailure = nil
    robot.stack.depth = 1_500
    robot.live(seconds: 30)
    #expect(robot.state.focus == .services)
    #expect(robot.selected == "postgres")
  }

  @Test func zeroPutsTheFocusOnTheWorstAgain() {
    var robot = Robot.heard()
    robot.press("2")
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 4)
    robot.press("0")
    #expect(robot.state.view == .overview)
    #expect(robot.state.focus == .services)
    #expect(robot.selected == "postgres")
  }

  @Test func selectionStaysWithItsItemWhenTheListIsReordered() {
    var robot = Robot.selecting("redis")
    robot.stack.services.reverse()
    robot.live(seconds: 2)
    #expect(robot.selected == "redis")
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 2)
    #expect(robot.selected == "redis")
    #expect(robot.press("r") == [.plan(robot.restart("redis"))])
  }

  @Test func firstRowStaysSelectedEvenIfNobodyMovedToIt() {
    var robot = Robot()
    robot.press("1")
    robot.hear()
    #expect(robot.selected == "backend")
    robot.stack.services.reverse()
    robot.live(seconds: 2)
    #expect(robot.selected == "backend")
    #expect(robot.press("r") == [.plan(robot.restart("backend"))])
  }

  @Test func rowThatVanishesPassesTheSelectionToItsNeighbour() {
    var robot = Robot.selecting("celery-worker")
    robot.stack.services.removeAll { $0 == "celery-worker" }
    robot.live(seconds: 2)
    #expect(robot.selected == "postgres")
    robot.stack.services.insert("celery-worker", at: 0)
    robot.live(seconds: 2)
    #expect(robot.selected == "postgres")
  }

  @Test func detailWhoseRowIsGoneGivesWayToTheList() {
    var robot = Robot.selecting("celery-worker")
    robot.press(.enter)
    robot.stack.services.removeAll { $0 == "celery-worker" }
    robot.live(seconds: 2)
    #expect(robot.selected == "postgres")
    robot.press("j")
    #expect(robot.selected == "redis")
    robot.press(.enter)
    #expect(robot.state.activeLocal.detail == "redis")
  }

  @Test func filterNarrowsAsItIsTypedAndEscapeGivesTheFormerBack() {
    var robot = Robot.selecting("postgres")
    robot.press("/")
    robot.type("back")
    #expect(robot.state.activeItems.map(\.name) == ["backend"])
    #expect(robot.lastLine.contains("/back"))
    robot.press(.enter)
    #expect(robot.state.prompt == nil)
    #expect(robot.state.activeLocal.filter == "back")
    robot.press("/")
    robot.press(.control("u"))
    robot.type("redis")
    #expect(robot.state.activeItems.map(\.name) == ["redis"])
    robot.press(.escape)
    #expect(robot.state.activeLocal.filter == "back")
    #expect(robot.press(.escape) == [])
    #expect(robot.state.activeLocal.filter == "")
  }

  @Test func escapedFilterLeavesTheSelectionWhereItWas() {
    var robot = Robot.selecting("postgres")
    robot.press("/")
    robot.type("redis")
    #expect(robot.selected == "redis")
    robot.press(.control("c"))
    #expect(robot.selected == "postgres")
  }

  @Test func pasteFeedsTheFilterAtTheCursor() {
    var robot = Robot.selecting("postgres")
    robot.press("/")
    robot.type("gres")
    robot.press(.home)
    #expect(robot.send(.pasted("post\n")) == [])
    #expect(robot.state.activeLocal.filter == "postgres")
    #expect(robot.state.prompt?.cursor == 4)
  }

  @Test func marksAreSetTakenBackAndCleared() {
    var robot = Robot.selecting("backend")
    robot.press(" ")
    robot.press(" ")
    #expect(robot.state.activeLocal.marks == ["backend", "celery-worker"])
    #expect(robot.selected == "postgres")
    robot.press("k")
    robot.press(" ")
    #expect(robot.state.activeLocal.marks == ["backend"])
    robot.press("*")
    #expect(robot.state.activeLocal.marks == ["backend", "celery-worker", "postgres", "redis"])
    robot.press("U")
    #expect(robot.state.activeLocal.marks == [])
  }

  @Test func viewWhoseRowsNoActionTakesTogetherTakesNoMarks() {
    let actions = Keymap.standard.actions.all.filter(\.takesSeveral)
    for view in PanelCatalog.standard.panels.map(\.descriptor) {
      let isMarked = actions.contains { !view.kinds.isDisjoint(with: $0.targets) }
      for key: Character in [" ", "*"] {
        var robot = Robot.heard()
        robot.open(view)
        robot.press(key)
        #expect(robot.state.activeLocal.marks.isEmpty == !isMarked, "\(view.id.rawValue)")
        if !isMarked { #expect(robot.lastLine.contains("takes marks"), "\(robot.lastLine)") }
      }
    }
  }

  @Test func onlyRowsThatCanBeActedOnTogetherAreMarked() {
    var stack = ScriptedStack()
    stack.postgresFailure = ScriptedStack.postgresRefused
    var robot = Robot.heard(stack)
    robot.press("1")
    let kinds = Set(robot.state.activeItems.map(\.kind))
    robot.press("*")
    let marked = robot.state.activeItems.filter { robot.state.activeLocal.marks.contains($0.id) }
    #expect(!marked.isEmpty)
    #expect(marked.allSatisfy { $0.kind == .service }, "of \(kinds)")
  }

  @Test func pageIsNarrowedAsItIsTypedAndItsListIsNot() {
    var robot = Robot.selecting("backend")
    robot.press(.enter)
    let whole = robot.buffer
    robot.press("/")
    robot.type("zzz")
    #expect(robot.row("No line holds zzz") != nil)
    #expect(robot.state.activeLocal.detail == "backend")
    #expect(robot.state.activeItems.count == 4)
    robot.press(.enter)
    #expect(robot.row("/zzz 0 of ") != nil)
    robot.press(.escape)
    #expect(robot.state.activeLocal.detail == "backend")
    #expect(robot.state.activeLocal.pageFilter.isEmpty)
    robot.press("/")
    robot.type("prob")
    robot.press(.escape)
    #expect(robot.buffer == whole)
    robot.press(.escape)
    #expect(robot.state.activeLocal.detail == nil)
    #expect(robot.state.activeLocal.filter.isEmpty)
  }

  @Test func orderOfAListThatIsNotSortedIsNotTurned() {
    var robot = Robot.selecting("redis")
    let names = robot.state.activeItems.map(\.name)
    robot.press("I")
    #expect(robot.lastLine.contains("in its own order"))
    robot.press(">")
    #expect(robot.state.activeLocal.isDescending == false)
    #expect(robot.state.activeItems.map(\.name) == names.sorted())
    robot.press("9")
    robot.press(">")
    #expect(robot.lastLine.contains("this list has one order"))
  }

  @Test func sortGoesThroughTheColumnsAndTheListsOwnOrder() {
    var robot = Robot.selecting("redis")
    let last = ScreenRenderer.sortColumns(robot.state.screen).last
    robot.press(">")
    #expect(robot.state.activeLocal.sortColumn == 0)
    #expect(robot.lastLine.contains("sorted by service"))
    robot.press("I")
    #expect(robot.state.activeItems.map(\.name) == ["redis", "postgres", "celery-worker", "backend"])
    #expect(robot.selected == "redis")
    robot.press("<")
    #expect(robot.state.activeLocal.sortColumn == nil)
    #expect(robot.lastLine.contains("in its own order"))
    robot.press("<")
    #expect(robot.state.activeLocal.sortColumn == last?.index)
    robot.press(">")
    #expect(robot.state.activeLocal.sortColumn == nil)
  }

  @Test func selectionStopsAtBothEnds() {
    var robot = Robot.selecting("backend")
    robot.press("k")
    #expect(robot.selected == "backend")
    robot.press("G")
    #expect(robot.selected == "redis")
    robot.press(.down)
    #expect(robot.selected == "redis")
    robot.press(.pageUp)
    #expect(robot.selected == "backend")
    robot.press(.control("d"))
    #expect(robot.selected == "redis")
  }
}
