import Facts
import Operations
import Panels
import Testing

@testable import Console

/// What the palette finds, and what it puts first.
struct PaletteTests {
  @Test func exactGoesBeforePrefixWordStartSubstringAndLetters() {
    let ranks = ["log", "logs", "show log", "catalog", "lodge", "none"].map { PaletteEntries.rank($0, "log") }
    #expect(ranks == [.exact, .prefix, .wordStart, .substring, .abbreviation, nil])
    #expect(PaletteEntries.rank("a long g", "og") == .subsequence)
  }

  @Test func titlesAreRanked() {
    let titles = ["first row", "restart postgres…", "quick test…", "quit", "the list", "start postgres…"]
    let entries = titles.map { MenuModel.Entry(.command($0), title: SafeText($0)) }
    func found(_ query: String) -> [String] { PaletteEntries.ranked(entries, query).map(\.title.string) }
    #expect(found("rst").first == "restart postgres…")
    #expect(found("q") == ["quit", "quick test…"])
    #expect(found("start") == ["start postgres…", "restart postgres…"])
    #expect(found("") == titles)
  }

  @Test func qPutsQuitFirst() {
    var robot = Robot.heard()
    robot.press(":")
    robot.type("q")
    #expect(robot.menu?.entries.first?.choice == .command("console.quit"))
    #expect(robot.press(.enter) == [.quit(signal: nil)])
  }

  @Test func rstPutsRestartFirst() {
    var robot = Robot.selecting("postgres")
    robot.press(":")
    robot.type("rst")
    #expect(robot.menu?.entries.first?.choice == .action(RestartService.descriptor.id))
  }

  @Test func serviceIsReachedByItsNameFromEveryView() {
    for view in PanelCatalog.standard.views {
      var robot = Robot.heard()
      robot.open(view)
      robot.press(":")
      robot.type("redis")
      #expect(robot.menu?.entries.first?.title == "redis")
      robot.press(.enter)
      #expect(robot.state.view == .services && robot.state.activeLocal.detail == "redis")
      #expect(robot.selected == "redis")
    }
  }

  @Test func filterThatHidesTheRowIsTakenAway() {
    var robot = Robot.selecting("postgres")
    robot.press("/")
    robot.type("backend")
    robot.press(.enter)
    robot.press(":")
    robot.type("redis")
    robot.press(.enter)
    #expect(robot.selected == "redis" && robot.state.activeLocal.detail == "redis")
    #expect(robot.state.activeLocal.filter.isEmpty)
  }

  @Test func rowOfTheActiveViewIsOpened() throws {
    var robot = Robot.heard()
    robot.press("3")
    let item = try #require(robot.state.activeItem)
    robot.press(":")
    #expect(robot.menu?.entries.contains { $0.title == item.title } == false)
    robot.type(item.title.string)
    #expect(robot.menu?.entries.first?.title == item.title)
    #expect(robot.press(.enter) == [.load(view: .runs, item: item)])
    #expect(robot.state.activeLocal.detail == item.id)
  }

  @Test func rowThatIsGoneIsNotOpened() {
    var robot = Robot.heard()
    robot.press("1")
    robot.press(":")
    robot.type("redis")
    robot.stack.services.removeAll { $0 == "redis" }
    robot.live(seconds: 2)
    #expect(robot.press(.enter) == [])
    #expect(robot.lastLine.contains("redis is gone"))
    #expect(robot.state.activeLocal.detail == nil)
  }

  @Test func actionIsTypedOutForAServiceThatIsNotSelected() {
    var robot = Robot.selecting("postgres")
    let request = robot.restart("redis")
    robot.press(":")
    robot.type("restart red")
    #expect(robot.menu?.entries.first?.title == "restart redis…")
    #expect(robot.press(.enter, isAlone: false) == [])
    #expect(robot.press(.enter) == [.plan(request)])
    #expect(robot.selected == "postgres")
  }

  @Test func actionTypedOutTakesNoMarkedRows() {
    var robot = Robot.selecting("postgres")
    robot.press(" ")
    robot.press(":")
    robot.type("restart redis")
    #expect(robot.press(.enter) == [.plan(robot.restart("redis"))])
  }

  @Test(arguments: ["failed runs", "need attention", "runs that"]) func aMeasureIsFoundByWhatPeopleCallIt(
    words: String
  ) {
    var robot = Robot.heard()
    robot.live(seconds: 10)
    robot.press(":")
    robot.type(words)
    let fact = robot.menu?.entries.first { $0.title == "runs that need attention, failed runs" }
    #expect(fact?.note == "WARN 1")
    while robot.menu?.entries[robot.menu?.highlighted ?? 0].title != fact?.title { robot.press(.down) }
    robot.press(.enter)
    #expect(robot.row("runs.attention") != nil && robot.sheet?.query == "runs.attention")
  }

  @Test func aMenuKnowsWhatItIsOfWhateverItsTitleSays() {
    var robot = Robot.selecting("postgres")
    robot.press("x")
    #expect(robot.menu?.content == .actionsOfTheRow)
    robot.type("rest")
    #expect(robot.menu?.entries.contains { $0.choice == .action("service.restart") } == true)
    #expect(robot.menu?.entries.allSatisfy { if case .action = $0.choice { true } else { false } } == true)
    robot.press(.escape)
    robot.press(":")
    #expect(robot.menu?.content == .palette)
  }

  @Test func whatCannotBeDoneNowIsOfferedBehindItsEquals() {
    var robot = Robot.heard()
    robot.press("2")
    robot.press(":")
    robot.type("s")
    let entries = robot.menu?.entries ?? []
    #expect(entries.first?.isEnabled == true)
    let disabled = entries.firstIndex { $0.choice == .action("service.stop") } ?? 0
    #expect(entries.firstIndex { $0.choice == .sources } ?? 99 < disabled)
    #expect(entries[..<disabled].allSatisfy { $0.title.string.hasPrefix("s") })
  }
}
