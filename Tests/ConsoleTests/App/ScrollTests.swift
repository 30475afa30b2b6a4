import Facts
import Panels
import Testing

@testable import Console

/// Scrolling: every row can be reached, and no key is lost beyond the end.
struct ScrollTests {
  @Test(arguments: [(120, 40), (80, 24), (40, 12), (20, 5)])
  func sheetIsReadToItsEndAndBackWithoutALostKey(width: Int, height: Int) {
    var robot = Robot.heard(width: width, height: height)
    robot.press("?")
    let top = robot.buffer
    robot.press("G")
    #expect(robot.row("kept with its") != nil || robot.row("age") != nil)
    let bottom = robot.buffer
    robot.press("j")
    robot.press(.pageDown)
    #expect(robot.buffer == bottom)
    robot.press("k")
    #expect(robot.buffer != bottom)
    robot.press("g")
    #expect(robot.buffer == top)
  }

  @Test func detailIsReadToItsEndAndBackWithoutALostKey() {
    var robot = Robot.selecting("backend")
    robot.send(.resized(width: 80, height: 10))
    robot.press(.enter)
    let top = robot.buffer
    robot.press("G")
    let bottom = robot.buffer
    #expect(bottom != top)
    for _ in 0..<20 { robot.press("j") }
    #expect(robot.buffer == bottom)
    robot.press("k")
    #expect(robot.buffer != bottom)
    robot.press("g")
    #expect(robot.buffer == top)
  }

  @Test func detailThatFitsDoesNotScroll() {
    var robot = Robot.selecting("backend")
    robot.press(.enter)
    let before = robot.buffer
    for key: Character in ["j", "G", "k"] {
      robot.press(key)
      #expect(robot.buffer == before)
    }
    #expect(robot.state.activeLocal.detailOffset == 0)
  }
}
