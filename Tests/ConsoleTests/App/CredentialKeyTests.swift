import DataSources
import Facts
import Operations
import Panels
import Testing

@testable import Console

/// New values of a credential on the screen: asked for one after the other, a secret shown as its length alone.
@Suite struct CredentialKeyTests {
  private static let fields = [
    CredentialAsking.Field(name: "API_KEY", isVisible: false),
    CredentialAsking.Field(name: "ENDPOINT", isVisible: true),
  ]

  /// A robot that has asked for new values at postgres, and was given what can have them.
  private func asked() -> (Robot, ActionRequest) {
    var robot = Robot.selecting("postgres")
    let effects = robot.press("K")
    guard case .findCredentials(let request)? = effects.first, effects.count == 1 else {
      Issue.record("\(effects)")
      return (robot, robot.restart("postgres"))
    }
    #expect(robot.send(.asksCredentials(request, .success(Self.fields))) == [])
    return (robot, request)
  }

  @Test func aSecretIsShownAsItsLengthAndWhatIsNoneAsItIs() {
    var (robot, _) = asked()
    #expect(robot.lastLine.contains("new API_KEY: "))
    for character in "N3wCanary" { #expect(robot.press(.character(character)) == []) }
    #expect(robot.lastLine.contains("new API_KEY: *********"))
    #expect(!robot.lastLine.contains("Canary"))
    #expect(robot.press(.enter) == [.giveCredential(name: "API_KEY", value: "N3wCanary")])
    #expect(robot.lastLine.contains("new ENDPOINT: "))
    for character in "https://x" { _ = robot.press(.character(character)) }
    #expect(robot.lastLine.contains("new ENDPOINT: https://x"))
    let request = RotateCredentials.request(of: ["API_KEY", "ENDPOINT"])
    #expect(robot.press(.enter) == [.giveCredential(name: "ENDPOINT", value: "https://x"), .plan(request)])
    #expect(robot.state.prompt == nil)
  }

  @Test func whatIsLeftEmptyStaysAsItIsAndEscForgetsAll() {
    var (robot, _) = asked()
    #expect(robot.press(.enter) == [])
    _ = robot.press(.character("x"))
    let request = RotateCredentials.request(of: ["ENDPOINT"])
    #expect(robot.press(.enter) == [.giveCredential(name: "ENDPOINT", value: "x"), .plan(request)])

    (robot, _) = asked()
    #expect(robot.press(.enter) == [] && robot.press(.enter) == [])
    #expect(robot.lastLine.contains("nothing was done"))

    (robot, _) = asked()
    _ = robot.press(.character("x"))
    #expect(robot.press(.escape) == [.giveCredential(name: "", value: nil)])
    #expect(robot.state.prompt == nil)
  }

  @Test func aPasteOfSeveralLinesIsRefusedAndOneOfOneLineIsTaken() {
    var (robot, _) = asked()
    _ = robot.send(.pasted("two\nlines"))
    #expect(robot.state.prompt?.text == "")
    _ = robot.send(.pasted("one"))
    #expect(robot.state.prompt?.text == "one")
  }

  /// A robot in a run whose only step rotates, and what the step asks for.
  private func inStep() throws -> (Robot, ActionRequest) {
    var robot = Robot.heard()
    robot.press("8")
    let text = "# Rotate it\n\nNew values.\n\n```{action=credentials.rotate target=shop}\n```\n"
    let books = RunbookReader(parsing: text, file: "/ops/r.md", name: "r").runbooks
    let script = try RunScript(try #require(books.first), in: books)
    let start = RunEvent(.began(RunBeginning(of: script, by: "anna")), at: WallTime(secondsSince1970: 0))
    let run = RunbookRun(id: "r1", events: [start])
    robot.order(.prepare(script, given: [:]))
    robot.send(.run(.stands(RunModel(script, run, environment: "dev"))))
    guard case .findCredentials(let request)? = robot.press(.enter).first else {
      Issue.record("the step asked for nothing: \(robot.lastLine)")
      return (robot, robot.restart("postgres"))
    }
    #expect(request.target.subject == "shop")
    return (robot, request)
  }

  @Test func aStepOfARunbookAsksForItsValuesItselfAndGoesOn() throws {
    var (robot, request) = try inStep()
    #expect(robot.send(.asksCredentials(request, .success(Self.fields))) == [])
    #expect(robot.lastLine.contains("new API_KEY: "))
    for character in "N3wCanary" { robot.press(.character(character)) }
    #expect(robot.lastLine.contains("new API_KEY: *********") && !robot.lastLine.contains("Canary"))
    robot.press(.enter)
    let rotation = RotateCredentials.request(of: ["API_KEY"])
    #expect(robot.press(.enter) == [.plan(rotation)])
    let plan = Robot.plan(rotation, .mild)
    robot.send(.planned(rotation, .success(plan)))
    #expect(robot.dialog?.plan == plan)
    robot.pause(.milliseconds(300))
    #expect(robot.press("y") == [.executeStep(0, plan, hasAskedAgain: false)])
  }

  @Test func aStepThatHasNothingToAskForIsRefusedAndOneThatIsLeftIsOpen() throws {
    var (robot, request) = try inStep()
    let why = Refusal.notPossible("nothing keeps credentials")
    #expect(
      robot.send(.asksCredentials(request, .failure(why))) == [.run(.refuse(0, why.sentence.string))]
    )
    (robot, request) = try inStep()
    robot.send(.asksCredentials(request, .success(Self.fields)))
    #expect(robot.press(.escape) == [.giveCredential(name: "", value: nil)])
    #expect(robot.state.runStep == nil && robot.state.run != nil)
  }

  @Test func aRefusalIsToldAndALateAnswerOpensNothing() {
    var robot = Robot.selecting("postgres")
    guard case .findCredentials(let request)? = robot.press("K").first else {
      Issue.record("nothing was asked")
      return
    }
    #expect(robot.send(.asksCredentials(request, .failure(.notPossible("nothing keeps credentials")))) == [])
    #expect(robot.lastLine.contains("nothing keeps credentials"))
    #expect(robot.send(.asksCredentials(request, .success(Self.fields))) == [])
    #expect(robot.state.prompt == nil)
  }
}
