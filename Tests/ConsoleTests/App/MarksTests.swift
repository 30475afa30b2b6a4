import Facts
import Operations
import Panels
import Testing

@testable import Console

/// What is marked stays marked, whatever is seen of it, and is never acted on unseen.
@Suite struct MarksTests {
  @Test func marksThatAFilterHidesAreToldAndActedOn() throws {
    var robot = Robot.selecting("backend")
    robot.press(" ")
    robot.press(" ")
    robot.select("redis")
    robot.press(" ")
    #expect(robot.row("3 marked") != nil && robot.row("hidden") == nil)
    robot.press("/")
    robot.type("redis")
    robot.press(.enter)
    robot.live(seconds: 4)
    #expect(robot.row("3 marked, 2 hidden") != nil, "\(robot.lines)")
    let targets = ["backend", "celery-worker", "redis"].map { robot.restart($0).target }
    let request = try #require(ActionRequest(StopService.descriptor.id, on: targets))
    #expect(robot.press("s") == [.plan(request)])
    robot.press("U")
    #expect(robot.row("marked") == nil)
  }

  @Test func aMarkedRowThatIsGoneIsMarkedNoMore() {
    var robot = Robot.selecting("backend")
    robot.press("*")
    robot.press("/")
    robot.type("back")
    robot.press(.enter)
    robot.stack.services.removeAll { $0 == "redis" }
    robot.live(seconds: 2)
    #expect(robot.row("3 marked, 2 hidden") != nil, "\(robot.lines)")
  }

  private let items = "abcd".map { name in
    PanelItem(id: String(name), kind: .run, name: String(name), title: "", state: .warn)
  }

  /// The same with some that are dealt with, which go to the end.
  private func dealt(with ids: String) -> [PanelItem] {
    let last = items.filter { ids.contains($0.id) }.map { item in
      var item = item
      item.staysLast = true
      return item
    }
    return items.filter { !ids.contains($0.id) } + last
  }

  @Test(arguments: [
    ("b", 1, "c"), ("d", 3, "a"), ("bc", 1, "d"), ("bcd", 2, "a"), ("a", 1, "b"), ("abcd", 1, "b"),
  ])
  func theCursorStaysWhenItsRowIsDealtWith(ids: String, selected: Int, next: String) {
    var local = PanelLocal()
    local.select(selected, in: PanelItems(items))
    let after = local.settled(in: PanelItems(dealt(with: ids)), after: PanelItems(items))
    #expect(after.selection == (ids == "d" ? "c" : next))
    // Once it is there it stays with its row, wherever that goes.
    #expect(
      after.settled(in: PanelItems(items), after: PanelItems(dealt(with: ids))).selection == after.selection
    )
  }

  @Test func anOpenRowThatIsDealtWithStaysOpen() {
    var local = PanelLocal()
    local.select(1, in: PanelItems(items))
    local.detail = "b"
    #expect(local.settled(in: PanelItems(dealt(with: "b")), after: PanelItems(items)).selection == "b")
  }
}
