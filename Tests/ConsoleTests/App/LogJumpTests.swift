import DataSources
import Facts
import Panels
import Testing

@testable import Console
@testable import DataSources

/// `@` and `W` in the logs.
@Suite struct LogJumpTests {
  private static let now = WallTime(secondsSince1970: 1_795_845_600)

  @Test(arguments: [
    ("05:59", "2026-11-28T05:59:00Z"), ("05:59:58", "2026-11-28T05:59:58Z"), ("6:00", "2026-11-28T06:00:00Z"),
    // One that has not come yet today was yesterday.
    ("06:01", "2026-11-27T06:01:00Z"), ("2h", "2026-11-28T04:00:00Z"),
    ("2026-11-20T05:00:00+01:00", "2026-11-20T04:00:00Z"),
  ]) func aTimeIsATimeOfDayAnAgeOrAnInstant(_ text: String, _ expected: String) throws {
    let now = try #require(WallTime(timestamp: "2026-11-28T06:00:00Z"))
    #expect(try LogJump.time(text, at: now, .utc) == WallTime(timestamp: expected))
  }

  @Test(arguments: ["", "24:00", "10:60", "10:4x", "soon", "2026-11-28T05:00:00", "1:2:3:4"])
  func whatIsNoTimeIsRefused(_ text: String) {
    #expect(throws: ExpressionError.self) { try LogJump.time(text, at: Self.now, .utc) }
  }

  /// Where the clock was put forward in between, the time of day is the one that it told.
  @Test func theClockOfTheScreenCounts() throws {
    let changes = try #require(WallTime(timestamp: "2026-03-29T01:00:00Z"))
    let clock = PanelClock { time in
      PanelClock.utc(time + .seconds(time < changes ? 3_600 : 7_200))
    } day: { _ in
      "2026-03-29"
    }
    let now = try #require(WallTime(timestamp: "2026-03-29T08:00:00Z"))
    #expect(try LogJump.time("01:30", at: now, clock) == WallTime(timestamp: "2026-03-29T00:30:00Z"))
    #expect(try LogJump.time("03:30", at: now, clock) == WallTime(timestamp: "2026-03-29T01:30:00Z"))
  }

  private func robot(isPart: Bool = false) throws -> Robot {
    var robot = Robot.heard(width: 120, height: 30)
    robot.press("5")
    var book = LogBook()
    let start = robot.now.wall - .seconds(600)
    let lines = (0..<10).map { number in
      LogStretch.Line(Array("line \(number)".utf8), time: start + .seconds(60 * number))
    }
    book.append(lines, of: LogStreamID(service: "a", instance: "a"), at: robot.now.wall, isPart: isPart)
    let archive = LogArchive(book)
    let selection = try LogMatcher(LogQuery()).selection(of: archive)
    robot.send(.logs(LogsSnapshot(archive: archive, version: 1, selection: selection, standings: [])))
    return robot
  }

  @Test func itLeadsToTheFirstLineOfThatTimeAndStaysThere() throws {
    var robot = try robot()
    robot.press("@")
    #expect(robot.lastLine.contains("2h (ago)"))
    robot.type("290s")
    robot.press(.enter)
    #expect(robot.state.prompt == nil && robot.state.activeItem?.title == "line 6")
    #expect(robot.state.locals[.logs]?.selection == "6" && robot.state.message == nil)
  }

  @Test func whatIsWrongIsMarkedAndNothingMoves() throws {
    var robot = try robot()
    robot.press("@")
    robot.type("10:99")
    robot.press(.enter)
    #expect(robot.state.prompt?.fault != nil && robot.state.locals[.logs]?.selection == nil)
    robot.press(.escape)
    #expect(robot.state.prompt == nil)
  }

  /// A time from which lines may be missing is never shown as one at which nothing was written.
  @Test func whatIsBeforeWhatIsKeptOrBehindItIsSaid() throws {
    var robot = try robot(isPart: true)
    func jump(_ text: String) -> String {
      robot.press("@")
      robot.type(text)
      robot.press(.enter)
      return robot.state.message?.model.text.string ?? ""
    }
    let early = jump("3h")
    #expect(early.contains("is before what is kept: whole since"), "\(early)")
    #expect(robot.state.activeItem?.title == "line 0")
    let late = jump("10s")
    #expect(late.contains("no line of these is as late as"), "\(late)")
    #expect(robot.state.activeItem?.title == "line 9")
    robot = try self.robot()
    let first = jump("3h")
    #expect(first.contains("the first of these lines is of"), "\(first)")
  }

  @Test func whatIsShownIsSavedAndWithoutALineNothingIs() throws {
    var robot = Robot.heard()
    robot.press("5")
    #expect(!robot.press("W").contains(.saveLogs))
    robot = try self.robot()
    #expect(!robot.press("W", isAlone: false).contains(.saveLogs))
    #expect(robot.press("W").contains(.saveLogs))
    robot.send(.savedLogs("10 lines are in x", isWell: true))
    #expect(robot.lastLine.contains("10 lines are in x"))
  }
}
