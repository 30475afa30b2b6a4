import Facts
import Glibc
import Operations
import Panels
import Testing

@testable import Console

/// The one table of keys, checked as a table.
struct KeymapTests {
  private var scopes: [KeyScope] {
    [.global, .dialog, .progress, .verdict, .sheet, .menu, .prompt]
      + PanelCatalog.standard.views.map { KeyScope.view($0.id) }
  }

  private func keys(of scope: KeyScope) -> [KeyPress] {
    Keymap.standard.all.filter { $0.scope == scope }.flatMap(\.keys)
  }

  @Test func noTwoBindingsOfAScopeShareAKey() {
    for scope in scopes {
      let keys = keys(of: scope)
      #expect(keys.count == Set(keys).count, "\(Keymap.standard.title(of: scope))")
    }
  }

  @Test func noViewRebindsAGlobalKey() {
    let global = Set(keys(of: .global))
    for view in PanelCatalog.standard.views.map(\.id) {
      #expect(global.isDisjoint(with: keys(of: .view(view))), "\(view.rawValue)")
    }
  }

  @Test func overviewSharesNoKeyWithItsTiles() {
    let own = Set(keys(of: .view(.overview)))
    for view in PanelCatalog.standard.tiles {
      #expect(own.isDisjoint(with: keys(of: .view(view))), "\(view.rawValue)")
    }
  }

  @Test func yConfirmsInDialogsAndMeansNothingElsewhere() {
    #expect(keys(of: .dialog).contains(.character("y")))
    // Over an act under way it answers the question whether to leave.
    for scope in scopes where scope != .dialog && scope != .progress {
      #expect(!keys(of: scope).contains(.character("y")), "\(Keymap.standard.title(of: scope))")
    }
  }

  @Test func keysThatDestroyElsewhereNeverActHere() {
    let feared: [KeyPress] = [.character("d"), .character("k"), .control("k"), .delete]
    for binding in Keymap.standard.all where !feared.allSatisfy({ !binding.keys.contains($0) }) {
      if case .act? = binding.command { Issue.record("\(binding.help) is on a feared key") }
    }
    for view in PanelCatalog.standard.views.map(\.id) {
      for key in feared {
        if case .act? = Keymap.standard.command(for: key, view: view, focus: .services) {
          Issue.record("\(key.name) acts in \(view.rawValue)")
        }
      }
    }
  }

  @Test(arguments: ActionCatalog.standard.all) func actionHasKeyHelpAndPaletteEntry(
    action: ActionDescriptor
  ) {
    let binding = Keymap.standard.all.first { $0.command == .act(action.id) }
    // What is done seldom has no key: the palette and `x` have it.
    #expect((binding == nil) == action.key.isEmpty)
    if let binding {
      #expect(binding.keys.map(\.name) == [action.key])
      #expect(binding.help == "\(action.help)\(action.previewMark)")
      let lines = Keymap.standard.helpLines(view: .overview, focus: .services)
      #expect(lines.contains { $0.key == action.key && $0.word == binding.help })
      #expect(Keymap.standard.markdown().contains("| `\(action.key)` | \(binding.help) |"))
    }
    var robot = Robot.selecting("backend")
    robot.press(":")
    #expect(robot.menu?.entries.contains { $0.choice == .action(action.id) } == true)
    robot.press(.escape)
    robot.press("x")
    let isOfTheRow =
      action.row == nil && action.isOfEnvironment && !action.key.isEmpty || action.targets.contains(.service)
    #expect(robot.menu?.entries.contains { $0.choice == .action(action.id) } == isOfTheRow)
  }

  @Test func everyCommandIsFoundByItsIDInThePalette() {
    var robot = Robot.selecting("backend")
    robot.press(":")
    let choices = Set(robot.menu?.entries.map(\.choice) ?? [])
    for command in Keymap.standard.all.compactMap(\.command) {
      let choice: MenuModel.Choice =
        if case .act(let action) = command { .action(action) } else { .command(command.id) }
      #expect(choices.contains(choice), "\(command.id)")
    }
  }

  @Test func hintsAreTheFocusesOwnAndAtMostSix() {
    for view in PanelCatalog.standard.views.map(\.id) {
      for focus in PanelCatalog.standard.tiles {
        for isDetailOpen in [false, true] {
          let hints = Keymap.standard.hints(view: view, focus: focus, isDetailOpen: isDetailOpen)
          #expect(hints.count <= 6)
          #expect(Set(hints.map(\.key)).count == hints.count)
        }
      }
    }
    func first(_ acts: (Command) -> Bool) -> SafeText? {
      Keymap.standard.hints(view: .services, focus: .services, isDetailOpen: false, acts: acts).first?.word
    }
    #expect(first { $0 != .runbookOfThis } == "restart")
    // What fits a row that isn't well helps most.
    #expect(first { _ in true } == "runbook")
  }

  @Test func helpBeginsWithWhatHoldsHere() {
    let lines = Keymap.standard.helpLines(view: .services, focus: .services)
    #expect(lines.first?.scope == "Services" && lines.first?.key == "r")
    var scopes: [String] = []
    for line in lines where !scopes.contains(line.scope) { scopes.append(line.scope) }
    #expect(scopes.prefix(2) == ["Services", "everywhere"])
    #expect(lines.count == Keymap.standard.all.count)
    let overview = Keymap.standard.helpLines(view: .overview, focus: .queues).map(\.scope)
    #expect(overview.first == "Queues" && overview.count == Keymap.standard.all.count)
  }

  @Test func keyThatHoldsElsewhereSaysWhatItNeeds() {
    let keymap = Keymap.standard
    for action in keymap.actions.all where !action.isOfEnvironment && !action.key.isEmpty {
      let need = keymap.need(of: .character(Character(action.key))) ?? ""
      #expect(need.contains("\(action.key) (\(action.title)) needs a "), "\(need)")
    }
    #expect(keymap.need(of: .character("{")) == "{ (lower the threshold): open Validations, 4")
    #expect(keymap.need(of: .character("p")) == "p (next layout): open Overview, 0")
    #expect(keymap.need(of: .character("y"))?.hasPrefix("y holds in a dialog only: mild: run") == true)
    #expect(keymap.need(of: .function(7)) == nil)
  }

  private static let pressed: [KeyPress] =
    (32..<127).map { .character(Character(Unicode.Scalar($0))) }
    + "abcdefghijkmnopqrstuvwxy".map { .control($0) }
    + [.up, .down, .left, .right, .home, .end, .pageUp, .pageDown, .tab, .backTab, .enter, .escape]
    + [.backspace, .delete, .insert, .function(1)]

  /// The keys that a console in these states hears, of all.
  ///
  /// `isHeard` looks at a console before and after a key: by itself whether it says that the key is not bound.
  private func heard(
    _ robots: [Robot],
    by isHeard: (Robot, Robot, KeyPress) -> Bool = { _, after, _ in
      !after.lastLine.contains("is not bound here")
    }
  ) -> Set<KeyPress> {
    let terminal: Set<KeyPress> = [.control("l"), .control("z")]
    return Set(
      Self.pressed.filter { key in
        !terminal.contains(key)
          && robots.contains { robot in
            var after = robot
            after.press(key)
            return isHeard(robot, after, key)
          }
      }
    )
  }

  @Test func whatIsHeardOverAnActStandsInTheTable() {
    var (running, plan) = Robot.acting()
    var asked = running
    asked.press("q")
    #expect(heard([running, asked]) == Set(keys(of: .progress)))
    var verdict = Verdict(.failed, "nothing answered")
    verdict.next = running.restart("backend")
    running.send(.action(plan, .ended(verdict)))
    #expect(heard([running]) == Set(keys(of: .verdict)))
  }

  @Test func whatIsHeardInAPreviewStandsInTheTable() {
    let (mild, _) = Robot.previewing(.mild)
    let plan = Robot.plan(
      mild.restart("postgres"),
      advice: PlanAdvice("redis is CRIT", instead: mild.restart("redis"))
    )
    var advised = Robot.selecting("postgres")
    advised.preview(plan)
    #expect(heard([mild, advised]) == Set(keys(of: .dialog)))
  }

  @Test func whatASheetHearsStandsInTheTable() throws {
    var robot = Robot.heard()
    robot.press("?")
    var text = Robot.acting().robot
    let plan = Robot.acting().plan
    text.send(.action(plan, .ended(Verdict(.failed, "nothing answered"))))
    text.press("e")
    var verdict = Verdict(.done, "1 lines")
    verdict.output = ["one"]
    let log = try LogKeyTests().showing(verdict)
    let heard = heard([robot, text, log]) { _, after, key in
      // A letter that is no key of it is typed.
      !after.lastLine.contains("is not bound here") && after.sheet?.query != key.name
    }
    // The key that opened it closes it, too.
    #expect(heard == Set(keys(of: .sheet)).union([.character("?")]))
  }

  @Test func whatAMenuHearsBesideTypingStandsInTheTable() {
    var robot = Robot.heard()
    robot.press(":")
    robot.press(.down)
    let heard = heard([robot]) { before, after, _ in
      guard let menu = after.menu else { return true }
      return menu.query == before.menu?.query && menu.highlighted != before.menu?.highlighted
    }
    #expect(heard == Set(keys(of: .menu)))
  }

  @Test func whatAPromptHearsBesideTypingStandsInTheTable() {
    var robot = Robot.heard()
    robot.type("/ab cd")
    robot.press(.left)
    var statement = Robot.heard()
    for text in [";SELECT 1", ";SELECT 22"] {
      statement.type(text)
      statement.press(.enter)
    }
    statement.type(";S")
    statement.press(.up)
    let heard = heard([robot, statement]) { before, after, _ in
      if after.menu != nil { return true }
      guard let prompt = after.state.prompt, let former = before.state.prompt else { return true }
      return prompt != former && prompt.text.count <= former.text.count
    }
    #expect(heard == Set(keys(of: .prompt)))
  }

  @Test func everythingThatCanLieOverTheScreenHasItsKeysInHelpAndDocument() {
    let help = Keymap.standard.helpLines(view: .overview, focus: .services)
    for scope in [KeyScope.dialog, .progress, .verdict, .sheet, .menu, .prompt] {
      let title = Keymap.standard.title(of: scope)
      #expect(help.contains { $0.scope == title })
      #expect(Keymap.standard.markdown().contains("## \(title.prefix(1).uppercased())\(title.dropFirst())"))
    }
  }

  @Test func documentIsTheTable() throws {
    let document = try #require(RepositoryFile.text("docs/KEYS.md"))
    #expect(document == Keymap.standard.markdown() + "\n", "make it anew: switchboard keys > docs/KEYS.md")
  }
}

/// A file of the repository that these tests are part of.
enum RepositoryFile {
  /// The text of the file at `path` below the root; nil if it can't be read.
  static func text(_ path: String) -> String? {
    let here = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    let root = here.dropLast(4).joined(separator: "/")
    guard let file = fopen("\(root)/\(path)", "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, file), count > 0 { bytes += chunk.prefix(count) }
    return String(validating: bytes, as: UTF8.self)
  }
}
