import Facts
import Operations
import Panels
import Testing

@testable import Console

/// The console's own keys: views, leaving, sheets, menus and what can be set.
struct NavigationTests {
  @Test func answerOfASourceThatNeverToldAnythingCanBeReadToItsEnd() {
    var stack = ScriptedStack()
    let words = String(repeating: "it is very sorry ", count: 15)
    stack.postgresFailure = SourceFailure(.refused, at: "here", detail: words + "THE END")
    var robot = Robot.heard(stack, width: 80, height: 24)
    robot.press("3")
    #expect(robot.row("THE END") != nil)
    #expect(robot.row("no values: it never answered") != nil)
    robot.stack.postgresFailure = SourceFailure(.refused, at: "here", detail: words + words + words + words)
    robot.live(seconds: 1)
    #expect(robot.row("no values: it never answered") != nil)
  }

  @Test func filterIsToldInTheTitleUntilItIsTakenAway() {
    var robot = Robot.heard()
    robot.press("1")
    robot.press("/")
    robot.type("redis")
    robot.press(.enter)
    let all = robot.stack.services.count
    #expect(robot.row("Services /redis 1 of \(all)") != nil)
    #expect(robot.lastLine.contains("Esc show all"))
    robot.press("0")
    robot.press("1")
    #expect(robot.row("/redis 1 of \(all)") != nil)
    robot.press(.escape)
    #expect(robot.row("/redis") == nil)
  }

  @Test func whatIsMarkedIsActedOnTogether() {
    var robot = Robot.selecting("postgres")
    robot.press(" ")
    robot.select("redis")
    robot.press(" ")
    robot.select("backend")
    guard case .plan(let request)? = robot.press("r").first else {
      Issue.record("no plan was asked for")
      return
    }
    #expect(Set(request.targets.map(\.name)) == ["postgres", "redis"])
    robot.press("U")
    guard case .plan(let single)? = robot.press("r").first else {
      Issue.record("no plan was asked for")
      return
    }
    #expect(single.targets.map(\.name) == ["backend"])
  }

  @Test func qLeavesFromTheInnermostOut() {
    var robot = Robot.heard()
    robot.press("0")
    while robot.state.focus != .services { robot.press(.tab) }
    robot.press("f")
    robot.press("1")
    robot.press("/")
    robot.type("back")
    robot.press(.enter)
    robot.press(.enter)
    #expect(robot.state.activeLocal.detail == "backend")
    #expect(robot.press("q") == [])
    #expect(robot.state.activeLocal.detail == nil)
    #expect(robot.press("q") == [])
    #expect(robot.state.activeLocal.filter == "")
    #expect(robot.press("q") == [.watchUsage(false)])
    #expect(robot.state.view == .overview)
    robot.press("f")
    #expect(robot.state.isFullScreen)
    #expect(robot.press("q") == [])
    #expect(!robot.state.isFullScreen)
    #expect(robot.press("q") == [.quit(signal: nil)])
  }

  @Test func qTakesNoInvisibleStep() {
    var robot = Robot.heard()
    robot.press("0")
    robot.press("f")
    robot.press(.enter)
    for _ in 0..<6 {
      let before = robot.buffer
      if robot.press("q") == [.quit(signal: nil)] { return }
      #expect(robot.buffer != before)
    }
    Issue.record("q never reached the end")
  }

  @Test func capitalQQuitsFromAnywhere() {
    for view in PanelCatalog.standard.views {
      var robot = Robot.heard()
      robot.open(view)
      robot.press(.enter)
      #expect(robot.press("Q") == [.quit(signal: nil)])
    }
  }

  @Test func controlCIsEscapeAndAtTheRootQ() {
    var robot = Robot.selecting("backend")
    robot.press(.enter)
    #expect(robot.press(.control("c")) == [])
    #expect(robot.state.activeLocal.detail == nil)
    robot.press("?")
    #expect(robot.press(.control("c")) == [])
    #expect(robot.sheet == nil)
    robot.press(":")
    #expect(robot.press(.control("c")) == [])
    #expect(robot.menu == nil)
    #expect(robot.press(.control("c")) == [.watchUsage(false)])
    #expect(robot.state.view == .overview)
    #expect(robot.press(.control("c")) == [.quit(signal: nil)])
  }

  @Test func escapeNeverQuits() {
    var robot = Robot.heard()
    for _ in 0..<5 { #expect(robot.press(.escape) == []) }
    robot.press("1")
    #expect(robot.press(.escape) == [])
    #expect(robot.state.view == .services)
  }

  @Test func digitOpensItsView() {
    var robot = Robot.heard()
    for view in PanelCatalog.standard.views {
      robot.open(view)
      #expect(robot.state.view == view.id)
    }
    robot.press("7")
    #expect(robot.state.view == PanelCatalog.standard.views.last?.id)
  }

  @Test func overviewShowsListsAfterADetailWasLeftOpen() {
    var robot = Robot.selecting("redis")
    robot.press(.enter)
    #expect(robot.state.activeLocal.detail == "redis")
    robot.press("0")
    while robot.state.focus != .services { robot.press(.tab) }
    #expect(robot.state.activeLocal.detail == nil)
    robot.select("postgres")
    robot.press(.enter)
    #expect(robot.state.view == .services)
    #expect(robot.state.activeLocal.detail == "postgres")
  }

  @Test func enterOnARunAsksForItsDetail() throws {
    var robot = Robot.heard()
    robot.press("3")
    let item = try #require(robot.state.activeItem)
    #expect(robot.press(.enter) == [.load(view: .runs, item: item)])
    #expect(robot.state.activeLocal.detail == item.id)
    robot.send(.detail(item.id, .failure(ScriptedStack.postgresRefused)))
    guard case .failed(ScriptedStack.postgresRefused)? = robot.state.details[item.id] else {
      Issue.record("the failure was lost")
      return
    }
  }

  @Test func environmentIsChosenFromThePalette() {
    var robot = Robot.heard()
    robot.press(":")
    robot.type("env")
    #expect(robot.menu?.entries.contains { $0.choice == .environment("dev") } == false)
    robot.type(" prod")
    #expect(robot.press(.enter) == [.switchEnvironment("prod")])
  }

  @Test func environmentThatCannotBeOpenedSaysWhy() {
    var robot = Robot.heard()
    #expect(robot.send(.environmentFailed("prod: no password for postgres")) == [])
    #expect(robot.lastLine.contains("prod: no password for postgres"))
  }

  @Test func environmentIsNotLeftDuringAnAct() {
    var (robot, plan) = Robot.acting()
    robot.press(.escape)
    robot.press(":")
    robot.type("env prod")
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("RESTART postgres is still running"))
    #expect(robot.state.act?.plan == plan)
  }

  @Test func anySizeIsDrawn() {
    var robot = Robot.selecting("postgres")
    for (width, height) in [(1, 1), (0, 0), (-3, 7), (0, 50), (2, 1), (20, 5), (400, 120)] {
      robot.send(.resized(width: width, height: height))
      #expect(robot.state.width == max(1, width) && robot.state.height == max(1, height))
      #expect(robot.buffer.width == max(1, width) && robot.buffer.height == max(1, height))
      for key: Character in ["j", "G", "f", "0", "1", "?", ":"] { robot.press(key) }
      #expect(robot.buffer.height == max(1, height))
      while !robot.state.overlays.isEmpty { robot.press(.control("c")) }
    }
    #expect(robot.press("r") == [.plan(robot.restart("redis"))])
  }

  @Test func thresholdMovesWithinItsBoundsOnlyWhereValidationsAre() {
    var robot = Robot.heard()
    robot.press("1")
    robot.press("}")
    #expect(robot.state.settings.lowConfidence == 0.5)
    robot.press("4")
    robot.press("}")
    #expect(robot.state.settings.lowConfidence == 0.55)
    robot.press("{")
    robot.press("{")
    #expect(robot.state.settings.lowConfidence == 0.45)
    for _ in 0..<30 { robot.press("{") }
    #expect(robot.state.settings.lowConfidence == 0)
    for _ in 0..<30 { robot.press("}") }
    #expect(robot.state.settings.lowConfidence == 1)
  }

  @Test func paceStaysBetweenHalfAndSixteen() {
    var robot = Robot.heard()
    #expect(robot.press("+") == [.pace(2)])
    #expect(robot.header.contains("polls ×2"))
    for _ in 0..<10 { robot.press("+") }
    #expect(robot.state.pace == 16)
    for _ in 0..<10 { robot.press("-") }
    #expect(robot.state.pace == 0.5)
    #expect(robot.press("+") == [.pace(1)])
    #expect(!robot.header.contains("polls"))
  }

  @Test func whereAValueComesFromIsShown() {
    var robot = Robot.selecting("backend")
    #expect(robot.press("i") == [])
    #expect(robot.sheet?.title == "Where from: backend")
    #expect(robot.row("GET http://localhost/api") != nil)
    robot.press("i")
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func paletteOffersFirstWhatCanBeDone() throws {
    var robot = Robot.heard()
    robot.press("2")
    robot.press(":")
    let entries = try #require(robot.menu?.entries)
    #expect(entries.first?.isEnabled == true)
    let refused = entries.drop(while: \.isEnabled)
    let acts: [ActionID] = [
      "service.restart", "service.restart_dependents", "service.stop", "service.start", "service.recreate",
      "service.scale", "service.logs", "tool.shell", "credentials.rotate",
      "run.acknowledge", "run.rerun", "run.compare",
    ]
    #expect(refused.map(\.choice) == acts.map { .action($0) })
    #expect(refused.dropLast(3).allSatisfy { $0.note == "select a service" })
    let notes = [
      "select a run or an execution or a task or a cause", "select a run", "select a run or an execution",
    ]
    #expect(refused.suffix(3).map(\.note.string) == notes)
  }

  @Test func actionsOfARowTellKeyClassAndWhyNot() {
    var robot = Robot.selecting("backend")
    robot.press("x")
    #expect(robot.menu?.title == "Actions · backend")
    #expect(robot.menu?.entries.map(\.key) == ["r", "", "s", "S", "R", "#", "l", "", "K", "t", "m"])
    #expect(
      robot.menu?.entries.map(\.note)
        == [
          "mild", "mild", "disruptive", "mild", "disruptive", "disruptive", "look", "disruptive",
          "disruptive", "mild", "look",
        ]
    )
    robot.press(.escape)
    robot.press("2")
    robot.press("x")
    #expect(robot.menu?.entries.map(\.key) == ["C", "v", "e", "P", "#", "h", "w", "u", "]", "[", "t", "m"])
    let classes = robot.menu?.entries.map(\.note) ?? []
    #expect(classes.prefix(4) == ["look", "mild", "mild", "destructive"])
    #expect(classes.suffix(4) == ["mild", "disruptive", "mild", "look"])
  }

  @Test func paletteFindsCommandsByTheirLetters() {
    var robot = Robot.heard()
    robot.press(.control("p"))
    robot.type("ask all")
    #expect(robot.menu?.entries.map(\.choice) == [.command("console.refresh")])
    #expect(robot.press(.enter) == [.refresh])
    robot.press(":")
    robot.type("no such thing")
    #expect(robot.menu?.entries == [])
    #expect(robot.press(.enter) == [])
    robot.press(.escape)
    robot.press(":")
    robot.type("sources")
    robot.press(.enter)
    #expect(robot.sheet != nil)
  }

  @Test func helpListsEveryKey() throws {
    var robot = Robot.heard()
    robot.press("?")
    let sheet = try #require(robot.sheet)
    let text = sheet.lines.map(\.plain.string).joined(separator: "\n")
    for binding in Keymap.standard.all { #expect(text.contains(binding.help), "\(binding.help)") }
    robot.press("G")
    robot.press("?")
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func frozenScreenStandsStillUntilItIsThawed() {
    var robot = Robot.selecting("postgres")
    robot.press("Z")
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    let before = robot.buffer
    robot.live(seconds: 20)
    #expect(robot.buffer == before)
    #expect(robot.header.contains("FROZEN 22:23:00"))
    robot.press("Z")
    #expect(robot.row("postgres", "refused") != nil)
    #expect(!robot.header.contains("FROZEN"))
  }

  @Test func remainingKeysAskForTheirEffects() {
    var robot = Robot.selecting("postgres")
    #expect(robot.press("c") == [.copy("postgres")])
    #expect(robot.press(.control("r")) == [.refresh])
    #expect(robot.press(.control("z")) == [.suspend])
    #expect(robot.press(.control("l")) == [.redraw])
    robot.press("T")
    #expect(robot.state.view == .timeline)
    #expect(robot.state.activeLocal.filter == "postgres")
    #expect(robot.press(.delete) == [] && robot.press(.control("k")) == [] && robot.press("d") == [])
  }

  @Test func everyPressOfPChangesTheLayout() {
    var robot = Robot.heard()
    robot.press("0")
    for _ in 0..<4 {
      let before = robot.buffer
      robot.press("p")
      #expect(robot.buffer != before)
    }
  }

  @Test func terminalsOwnKeysHoldOverEverything() {
    var robot = Robot.selecting("postgres")
    for open: Character in ["?", ":", "x", "i", "/"] {
      robot.press(open)
      #expect(robot.press(.control("l")) == [.redraw])
      #expect(robot.press(.control("z")) == [.suspend])
      robot.press(.escape)
    }
    let overlaid = [Robot.previewing().robot, Robot.acting().robot]
    for var robot in overlaid {
      #expect(robot.press(.control("l")) == [.redraw])
      #expect(robot.press(.control("z")) == [.suspend])
      #expect(robot.state.overlays.count == 1)
    }
  }

  @Test func helpBeginsWithTheViewsKeysAndIsNarrowedByTyping() throws {
    var robot = Robot.heard()
    robot.press("4")
    robot.press("?")
    #expect(robot.sheet?.lines.first?.plain == "Validations")
    let threshold = try #require(robot.lines.firstIndex { $0.contains("raise the threshold") })
    #expect(robot.lines.firstIndex { $0.contains("open Services") } ?? 0 > threshold)
    robot.type("freeze")
    #expect(robot.row("freeze the screen") != nil && robot.row("everywhere") != nil)
    #expect(robot.row("raise the threshold") == nil && robot.row("poll less often") == nil)
    robot.press(.escape)
    #expect(robot.row("raise the threshold") != nil)
    // Letters that scroll or close belong to what is looked for once that has begun.
    robot.press("/")
    robot.type("quit")
    #expect(robot.row("Q", "quit") != nil && robot.row("freeze") == nil)
    robot.type("xx")
    #expect(robot.row("Nothing matches") != nil)
    robot.press(.escape)
    robot.press(.escape)
    #expect(robot.state.overlays.isEmpty)
  }

  @Test func headingThatIsFoundBringsItsLines() {
    var robot = Robot.heard()
    robot.press("?")
    robot.type("in a preview")
    #expect(robot.row("dry run: what would happen") != nil)
    #expect(robot.row("open Services") == nil)
  }

  @Test func everyUnboundKeySaysSo() {
    for key in [KeyPress.character("%"), .character("y"), .control("k"), .delete, .insert, .function(5)] {
      var robot = Robot.heard()
      robot.press("1")
      #expect(robot.press(key) == [])
      #expect(robot.lastLine.contains(key.name), "\(key.name): \(robot.lastLine)")
    }
    var robot = Robot.heard()
    robot.press("%")
    #expect(robot.lastLine.contains("% is not bound here: ? help"))
    robot.press("1")
    robot.press("?")
    robot.press(.function(5))
    #expect(robot.lastLine.contains("F5 is not bound here"))
  }

  @Test func keyWithoutEffectHereSaysWhy() {
    var robot = Robot.heard()
    robot.press("1")
    for key in [KeyPress.tab, .backTab, .character("f")] {
      robot.press(key)
      #expect(robot.lastLine.contains("tiles are on the Overview: 0"), "\(key.name)")
    }
    robot.press("/")
    robot.type("nothing of that name")
    robot.press(.enter)
    for key in [KeyPress.enter, .character("c"), .character("i"), .character("T")] {
      #expect(robot.press(key) == [])
      #expect(robot.lastLine.contains("nothing is selected"), "\(key.name)")
    }
    robot.press("9")
    robot.press("T")
    #expect(robot.lastLine.contains("this is the timeline") == !robot.state.activeItems.isEmpty)
  }

  @Test(arguments: PanelCatalog.standard.views.compactMap(\.key)) func whatWouldNotActIsNotOffered(
    key: Character
  ) {
    var robot = Robot()
    robot.press(key)
    #expect(robot.state.activeItem == nil)
    let words = Set(robot.state.screen.hints.map(\.word))
    let rows: Set<SafeText> = [
      "restart", "start", "stop", "count", "acknowledge", "open", "where from", "actions",
    ]
    #expect(words.isDisjoint(with: rows), "\(words)")
    #expect(words.contains("quick test"))
    robot.hear()
    for action in robot.state.keymap.actions.all
    where robot.state.screen.hints.contains(where: { $0.word == SafeText(action.title) }) {
      var tried = robot
      let effects = tried.press(Character(action.key))
      let isPlanned = effects.contains {
        if case .plan = $0 { true } else if case .findCredentials = $0 { true } else { false }
      }
      #expect(isPlanned || tried.state.prompt != nil, "\(action.title)")
    }
  }

  @Test func hintsStayBesideAMessageAndAKeyEndsIt() {
    var robot = Robot.selecting("postgres")
    robot.press("c")
    robot.send(.copied("sent to the terminal's clipboard: postgres", isWell: true))
    #expect(robot.lastLine.contains("clipboard: postgres"))
    #expect(robot.lastLine.contains("r restart") && robot.lastLine.hasSuffix("? help"))
    robot.press("j", isAlone: false)
    #expect(robot.lastLine.contains("clipboard: postgres"))
    robot.press("j")
    #expect(!robot.lastLine.contains("clipboard"))
    // Under a dialog the view's keys are not heard.
    robot.press("x")
    robot.send(.copied("sent again", isWell: true))
    #expect(robot.lastLine.contains("sent again") && !robot.lastLine.contains("r restart"))
  }

  @Test func messageStaysAsLongAsItTakesToRead() {
    var robot = Robot.heard()
    robot.send(.copied("short", isWell: true))
    robot.live(seconds: 3)
    #expect(!robot.lastLine.contains("short"))
    let long = SafeText(String(repeating: "word ", count: 16))
    robot.send(.copied(long, isWell: true))
    robot.live(seconds: 7)
    #expect(robot.lastLine.contains("word word"))
    robot.live(seconds: 1)
    #expect(!robot.lastLine.contains("word word"))
    #expect(robot.lastLine.contains("? help"))
  }

  @Test func errorStaysUntilAKey() {
    var robot = Robot.heard()
    robot.send(.environmentFailed("prod: no password for postgres"))
    robot.live(seconds: 300)
    #expect(robot.lastLine.contains("prod: no password for postgres"))
    robot.press("j")
    #expect(!robot.lastLine.contains("prod: no password"))
  }

  @Test func messageGoesAwayByItself() {
    var robot = Robot.selecting("postgres")
    robot.press("c")
    robot.send(.copied("sent to the terminal's clipboard: postgres", isWell: true))
    #expect(robot.lastLine.contains("sent to the terminal's clipboard: postgres"))
    robot.live(seconds: 6)
    #expect(!robot.lastLine.contains("clipboard"))
    #expect(robot.lastLine.contains("r restart"))
  }

  @Test func aCopyAskedForTwiceIsShownToBeSelected() {
    var robot = Robot.selecting("postgres")
    #expect(robot.press("c") == [.copy("postgres")])
    robot.send(.copied("sent", isWell: true))
    #expect(robot.press("c") == [])
    #expect(robot.row("to select") != nil && robot.state.overlays.count == 1)
    robot.press(.escape)
    #expect(robot.state.overlays.isEmpty)
    #expect(robot.press("c") == [.copy("postgres")])
    robot.send(.copied("sent", isWell: true))
    robot.press("j")
    #expect(robot.press("c") != [])
  }

  @Test func aStopIsToldInOneLine() {
    var robot = Robot.heard()
    robot.send(.stopped(for: .seconds(60)))
    #expect(robot.lastLine.contains("the console was stopped for 1m"))
    robot.live(seconds: 1)
    robot.press("9")
    #expect(robot.row("!  the console was stopped for 1m") != nil)
  }

  /// A key may be the first that happens after a stop: what was said before it nobody has read.
  @Test func aKeyTakesNoMessageAwayThatWasNeverShown() {
    var robot = Robot.heard()
    robot.isPainting = false
    robot.send(.stopped(for: .seconds(60)))
    robot.isPainting = true
    robot.press("9")
    #expect(robot.lastLine.contains("the console was stopped for 1m"))
    robot.press("j")
    #expect(!robot.lastLine.contains("the console was stopped for 1m"))
  }

  @Test func headerAndTilesGoByOneClock() throws {
    var robot = Robot.heard()
    robot.live(seconds: 5)
    var tiles = TileCache()
    func draw() -> CellBuffer { ScreenRenderer.draw(robot.state.screen, &tiles).buffer }
    _ = draw()
    // Long enough for all to be stale, and nothing but keys.
    robot.pause(.seconds(60))
    robot.press("j")
    var fresh = TileCache()
    #expect(draw() == ScreenRenderer.draw(robot.state.screen, &fresh).buffer)
    #expect(!robot.header.contains("STALE"))
    robot.press("Z")
    #expect(draw() == ScreenRenderer.draw(robot.state.screen, &fresh).buffer)
    robot.press("Z")
    robot.send(.tick)
    #expect(robot.header.contains("STALE"))
    fresh = TileCache()
    #expect(draw() == ScreenRenderer.draw(robot.state.screen, &fresh).buffer)
  }
}
