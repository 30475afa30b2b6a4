import Facts
import Panels
import Testing

@testable import Console

/// `:export FILE` in the palette: what is open is written down, and nothing else.
@Suite struct ExportKeyTests {
  private func orders(_ effects: [Effect]) -> [ExportOrder] {
    effects.compactMap { if case .export(let order) = $0 { order } else { nil } }
  }

  private func typed(_ text: String, _ robot: inout Robot, isAlone: Bool = true) -> [ExportOrder] {
    robot.press(":")
    robot.type(text)
    return orders(robot.press(.enter, isAlone: isAlone))
  }

  @Test func theOpenListIsWrittenAsItStands() throws {
    var robot = Robot.heard()
    robot.press("1")
    robot.press("/")
    robot.type("re")
    robot.press(.enter)
    let order = try #require(typed("export /tmp/some where/services.CSV", &robot).first)
    #expect(order.path == "/tmp/some where/services.CSV" && order.form == .csv && !order.replaces)
    #expect(order.list.rows.count == robot.state.activeItems.count)
    #expect(order.list.filter == "re")
    #expect(robot.state.overlays.isEmpty)
    let again = try #require(typed("export! x.json", &robot).first)
    #expect(again.replaces && again.form == .json)
  }

  @Test(arguments: ["export", "export ", "export x", "export x.txt", "export .csv/", "export csv"])
  func whatIsNoFileOfAFormIsRefused(text: String) {
    var robot = Robot.heard()
    robot.press("1")
    #expect(typed(text, &robot).isEmpty)
    #expect(robot.state.message?.model.text.string.contains(".csv or .json") == true)
  }

  @Test func aPasteNeverWritesAFile() {
    var robot = Robot.heard()
    robot.press("1")
    #expect(typed("export x.csv", &robot, isAlone: false).isEmpty)
  }

  @Test func anEmptyListIsNoFile() {
    var robot = Robot.heard()
    robot.press("1")
    robot.press("/")
    robot.type("nothing like that")
    robot.press(.enter)
    #expect(typed("export x.csv", &robot).isEmpty)
    #expect(robot.state.message?.model.text == "nothing is listed: no file was written")
  }

  @Test func whatBecameOfItIsSaid() {
    var robot = Robot.heard()
    robot.send(.exported("/tmp/x.csv: 4 rows", isWell: true))
    #expect(robot.state.message?.model.text == "/tmp/x.csv: 4 rows")
    robot.send(.exported("x.csv is there already", isWell: false))
    #expect(robot.state.message?.until == nil, "a failure stays until a key")
  }
}
