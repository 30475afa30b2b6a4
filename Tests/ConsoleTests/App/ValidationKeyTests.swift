import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// The keys of view 4: through the groups into one of them, and back to where one was.
@Suite struct ValidationKeyTests {
  private func robot() -> Robot {
    var robot = Robot.heard()
    robot.send(.resized(width: 120, height: 40))
    let scores = ScoreHistogram([30: 4, 80: 6])
    let low = ValidationRow(
      id: "v1",
      score: 0.3,
      asrScore: nil,
      scenario: "Weather",
      language: "fr-FR",
      expected: nil,
      heard: nil,
      reason: nil,
      executionID: nil,
      createdAt: robot.now.wall - .seconds(60)
    )
    let snapshot = ValidationsSnapshot(
      measure: "m",
      window: .seconds(86_400),
      threshold: 0.5,
      total: 10,
      scored: 10,
      low: 4,
      scores: scores,
      lowest: [low]
    )
    let groups = ["Weather", "Music"].enumerated().map { index, name in
      ValidationGroup(.scenario, key: "s\(index)", name: SafeText(name), scores: scores)
    }
    let spread = ValidationSpread(
      measure: "m",
      groups: ValidationSpread.Part(.init(groups)),
      before: ValidationSpread.Part(nil)
    )
    robot.send(
      .reports([
        SourceReport(
          source: "postgres",
          startedAt: robot.now,
          endedAt: robot.now,
          result: .success(SourceReading([], snapshots: [snapshot, spread]))
        )
      ])
    )
    robot.press("4")
    // The pane asks for one row at a time.
    robot.send(.detail("v1", .success(RunDetail(id: "v1", executions: []))))
    return robot
  }

  private static func loads(_ effects: [Effect]) -> [String] {
    effects.compactMap { if case .load(_, let item) = $0 { item.id } else { nil } }
  }

  @Test func aGroupIsEnteredAskedForAndLeft() throws {
    var robot = robot()
    robot.press("v")
    robot.press("j")
    #expect(robot.state.activeItem?.title == "Music")
    let effects = robot.press(.enter)
    #expect(Self.loads(effects) == ["scenario s1"])
    #expect(robot.state.activeItems.isEmpty)
    #expect(robot.row("asking for the validations of Music") != nil)
    var answer = try #require(robot.state.monitor.world.snapshot(ValidationsSnapshot.self)?.value)
    answer.lowest[0].id = "v2"
    robot.send(.detail("scenario s1", .success(answer)))
    #expect(robot.state.activeItems.map(\.id) == ["v2"])
    // Of a group that is listed the answer stays, however many other details are read.
    for index in 0..<120 {
      robot.send(.detail("other \(index)", .success(RunDetail(id: "", executions: []))))
    }
    robot.press(.enter)
    #expect(robot.state.activeLocal.detail == "v2")
    robot.send(.detail("v2", .success(RunDetail(id: "v2", executions: []))))
    robot.press(.escape)
    #expect(robot.state.activeItems.map(\.id) == ["v2"])
    // Asked anew by the key that asks all anew.
    #expect(Self.loads(robot.press(.control("r"))) == ["scenario s1"])
    robot.press(.escape)
    #expect(robot.state.activeLocal.within == nil)
    #expect(robot.state.activeItem?.title == "Music")
    for _ in 0..<3 { robot.press("v") }
    #expect(robot.state.activeItems.map(\.kind) == [.validation])
  }

  @Test func aFilterInAGroupGoesBeforeTheGroup() {
    var robot = robot()
    robot.press("v")
    robot.press(.enter)
    for key: Character in ["/", "x"] { robot.press(key) }
    robot.press(.enter)
    robot.press(.escape)
    #expect(robot.state.activeLocal.within != nil && robot.state.activeLocal.filter.isEmpty)
    robot.press(.escape)
    #expect(robot.state.activeLocal.within == nil)
  }

  @Test func hundredthsMoveTheThresholdExactly() {
    var robot = robot()
    for _ in 0..<21 { robot.press("[") }
    #expect(robot.state.settings.lowConfidence == 0.29)
    #expect(robot.row("0 of 10", "{ 0.29 }") != nil)
    for _ in 0..<2 { robot.press("]") }
    #expect(robot.state.settings.lowConfidence == 0.31)
    #expect(robot.row("4 of 10", "{ 0.31 }") != nil)
  }
}
