import Facts
import Operations
import Panels

/// The one table of keys: lookup, hints, `?`, palette and docs/KEYS.md are made from it.
struct Keymap: Sendable {
  /// The keys of the console's own views.
  static let standard = Keymap(.standard)

  /// The views that they are for.
  let catalog: PanelCatalog
  /// The actions that they begin.
  let actions: ActionCatalog
  /// All bindings, in the order in which help lists them.
  let all: [KeyBinding]

  /// Makes the keys for a catalogue of views and one of actions.
  init(_ catalog: PanelCatalog, actions: ActionCatalog = .standard) {
    self.catalog = catalog
    self.actions = actions
    let views = catalog.views.map { view in
      var binding = Self.global(view.key.map { [.character($0)] } ?? [], .open(view.id), "open \(view.title)")
      binding.typed = view.command.map { ":\($0)" }
      return binding
    }
    let own = catalog.views.flatMap { view in
      view.keys.map { key in
        KeyBinding(
          scope: .view(view.id),
          keys: [.character(key.key)],
          command: .own(view.id, key.key),
          hint: key.hint,
          help: key.help
        )
      }
    }
    all =
      views + Self.moving + Self.looking + Self.console + Self.overview
      + (catalog.views.contains { $0.id == .runbooks } ? Self.runbooks : []) + own
      + Self.acts(actions, catalog) + Self.dialogs
  }

  private static func global(
    _ keys: [KeyPress],
    _ command: Command,
    hint: String? = nil,
    _ help: String
  ) -> KeyBinding {
    KeyBinding(scope: .global, keys: keys, command: command, hint: hint, help: help)
  }

  private static func told(_ scope: KeyScope, _ keys: [KeyPress], _ help: String) -> KeyBinding {
    KeyBinding(scope: scope, keys: keys, command: nil, hint: nil, help: help)
  }

  /// The lines of `?`: scope, keys, what they do; those of the open view and its focus first, then those that
  /// hold everywhere.
  func helpLines(view: ViewID, focus: ViewID) -> [(scope: String, key: String, word: String)] {
    let first: [KeyScope] = view == focus ? [.view(view), .global] : [.view(focus), .view(view), .global]
    let own = first.flatMap { scope in all.filter { $0.scope == scope } }
    return (own + all.filter { !first.contains($0.scope) })
      .map { (title(of: $0.scope), $0.shownKeys.joined(separator: " "), $0.help) }
  }

  /// The key of a command; nil if none has it.
  func key(of command: Command) -> KeyPress? {
    all.first { $0.command == command }?.keys.first
  }

  /// What a key needs that is bound somewhere else: `r (restart) needs a service: open Services, 1`; nil if it
  /// is bound nowhere.
  func need(of key: KeyPress) -> String? {
    let found = all.filter { $0.keys.contains(key) }
    let bound = catalog.views.flatMap { view in
      found.filter { $0.scope == .view(view.id) }.map { (view: view, binding: $0) }
    }
    guard !bound.isEmpty else {
      return found.first { $0.scope == .dialog }.map { "\(key.name) holds in a dialog only: \($0.help)" }
    }
    var needs: [String] = []
    for (_, binding) in bound {
      let places = bound.filter { $0.binding.command == binding.command }
        .map { "\($0.view.title), \($0.view.opener)" }.joined(separator: ", or ")
      let need = need(of: key, binding, at: places)
      if !needs.contains(need) { needs.append(need) }
    }
    return needs.joined(separator: "; ")
  }

  private func need(of key: KeyPress, _ binding: KeyBinding, at places: String) -> String {
    guard case .act(let action) = binding.command, let descriptor = actions.descriptor(of: action) else {
      return "\(key.name) (\(binding.help)): open \(places)"
    }
    let kinds = (descriptor.row.map { [$0] } ?? descriptor.targets).map(\.withArticle).joined(
      separator: " or "
    )
    return "\(key.name) (\(descriptor.title)) needs \(kinds): open \(places)"
  }

  /// What help and docs call a scope.
  func title(of scope: KeyScope) -> String {
    switch scope {
    case .global: "everywhere"
    case .view(let view): "\(catalog.panel(view).descriptor.title)"
    case .dialog: "in a preview"
    case .progress: "while an act is under way"
    case .verdict: "when an act has ended"
    case .sheet: "in help and other texts"
    case .menu: "in the palette and other menus"
    case .prompt: "while a filter is typed"
    }
  }

  private static let moving: [KeyBinding] = [
    global([.character("j"), .down], .down, "next row"),
    global([.character("k"), .up], .up, "previous row"),
    global([.character("g"), .home], .first, "first row"),
    global([.character("G"), .end], .last, "last row"),
    global([.pageDown], .pageDown, "a page down"),
    global([.pageUp], .pageUp, "a page up"),
    global([.control("d")], .halfDown, "half a page down"),
    global([.control("u")], .halfUp, "half a page up"),
    global([.enter], .enter, hint: "open", "open the row"),
    global([.escape, .control("c")], .escape, "close, clear the filter; at the root Ctrl-C quits"),
    global([.tab], .nextTile, "next tile"),
    global([.backTab], .previousTile, "previous tile"),
    global([.character("f")], .fullScreen, "the tile in full screen and back"),
  ]

  private static let looking: [KeyBinding] = [
    global([.character("/")], .filter, "filter the rows, or the lines of an open page"),
    global([.character("n")], .nextMatch, "next row that matches"),
    global([.character("N")], .previousMatch, "previous row that matches"),
    global([.character("<")], .sortLeft, "sort by the column to the left"),
    global([.character(">")], .sortRight, "sort by the column to the right"),
    global([.character("I")], .sortInvert, "turn the order round"),
    global([.character(" ")], .mark, "mark the row"),
    global([.character("*")], .markAll, "mark all rows"),
    global([.character("U")], .unmarkAll, "unmark all rows"),
    global([.character("i")], .origin, hint: "where from", "where does this value come from"),
    global([.character(CauseKey.character)], .cause, "what is behind this: its service, queue or source"),
    global([.character("x")], .actions, hint: "actions", "every action for this row"),
    global([.character("c")], .copy, "copy the row's name; again: show it"),
    global([.character("T")], .timelineOfThis, "the timeline of this row"),
    global([.character("b")], .runbookOfThis, hint: "runbook", "the runbook that fits this row"),
    logs(.runs), logs(.validations),
    KeyBinding(
      scope: .view(.logs),
      keys: [.character("P")],
      command: .logPresets,
      hint: "presets",
      help: "what the runbook greps for, how often it is there and when last"
    ),
    KeyBinding(
      scope: .view(.logs),
      keys: [.character("@")],
      command: .logTime,
      hint: "time",
      help: "to the lines of a time: 10:42, 2h (ago), or an instant"
    ),
    KeyBinding(
      scope: .view(.logs),
      keys: [.character("W")],
      command: .saveLogs,
      hint: nil,
      help: "the lines that are shown into a new file of your own"
    ),
  ]

  /// Services have an action of that key: their last lines.
  private static func logs(_ view: ViewID) -> KeyBinding {
    KeyBinding(
      scope: .view(view),
      keys: [.character("l")],
      command: .logsOfThis,
      hint: "its log lines",
      help: "the lines of all logs that name this, from the first error on"
    )
  }

  private static let console: [KeyBinding] = [
    global([.character("Z")], .freeze, "freeze the screen and thaw it"),
    global([.character("+")], .slower, "poll less often"),
    global([.character("-")], .faster, "poll more often"),
    global([.control("r")], .refresh, "ask all sources now"),
    global([.character(";")], .statement, "ask the database by hand, read-only"),
    global([.character(":"), .control("p")], .palette, hint: "palette", "palette: commands and actions"),
    global([.character("?")], .help, hint: "help", "this help"),
    global([.character("q")], .back, "back; quit at the root"),
    global([.character("Q")], .quit, "quit"),
    global([.character("A")], .ongoing, "the act under way, or the last one's verdict"),
    global([.control("z")], .suspend, "suspend to the shell"),
    global([.control("l")], .redraw, "draw the screen again"),
  ]

  private static let overview = [
    KeyBinding(
      scope: .view(.overview),
      keys: [.character("p")],
      command: .layout,
      hint: nil,
      help: "next layout"
    )
  ]

  private static let runbooks: [KeyBinding] = [
    run("a", .runAgain, "in a run: take the step again"),
    run("s", .runSkip, "in a run: leave the step out, for a reason"),
    run("D", .runDry, "dry run of the whole: what each step would do now; nothing is done"),
    run("X", .runGiveUp, "give up the run that is open, or was left open"),
  ]

  /// What is of use depends on where the run stands: its hints are its own.
  private static func run(_ key: Character, _ command: Command, _ help: String) -> KeyBinding {
    KeyBinding(scope: .view(.runbooks), keys: [.character(key)], command: command, hint: nil, help: help)
  }

  /// The actions, each where rows of its kinds stand, or everywhere.
  private static func acts(_ actions: ActionCatalog, _ catalog: PanelCatalog) -> [KeyBinding] {
    actions.all.flatMap { action -> [KeyBinding] in
      guard let key = action.key.first else { return [] }
      let kinds = action.row.map { [$0] } ?? action.targets
      let scopes: [KeyScope] =
        action.isOfEnvironment && action.row == nil
        ? [.global]
        : catalog.views.filter { !$0.kinds.isDisjoint(with: kinds) }.map { .view($0.id) }
      return scopes.map { scope in
        KeyBinding(
          scope: scope,
          keys: [.character(key)],
          command: .act(action.id),
          // A note is for every moment: the last line is for what this one asks for.
          hint: action.isNoted ? nil : action.title,
          help: "\(action.help)\(action.previewMark)"
        )
      }
    }
  }

  private static let dialogs: [KeyBinding] = [
    told(.dialog, [.escape, .control("c"), .character("n"), .character("q")], "cancel"),
    told(.dialog, [.tab, .backTab, .left, .right], "between the buttons"),
    told(.dialog, [.enter], "do the highlighted"),
    told(.dialog, [.character("y")], "mild: run; disruptive: highlight Run, then Enter"),
    told(.dialog, [], "destructive: type the name that is shown, then Tab and Enter"),
    told(.dialog, [.character("D")], "dry run: what would happen"),
    told(.dialog, [.character("c")], "copy the command that does the same in a shell"),
    told(.dialog, [.character("o")], "the preview of what is advised first"),
    told(
      .dialog,
      [.down, .up, .character("j"), .character("k"), .pageDown, .pageUp],
      "read on; Run waits until all was seen"
    ),
    told(.progress, [.escape], "it goes on in the background; asked whether to leave: stay"),
    told(
      .progress,
      [.character("q"), .control("c"), .character("Q")],
      "leave it and the console; asks first"
    ),
    told(.progress, [.character("y")], "asked whether to leave: leave, recorded as unknown"),
    told(.verdict, [.enter], "close, or the preview of what is advised next"),
    told(.verdict, [.character("r")], "where it failed: the preview of the same again, or of going on"),
    told(.verdict, [.character("o")], "open what was acted on, or the execution that it began"),
    told(.verdict, [.character("i")], "where does its state come from"),
    told(.verdict, [.character("T")], "its timeline"),
    told(.verdict, [.character("b")], "where it is not done: the runbook that fits"),
    told(.verdict, [.character("l")], "where it is not done: the last lines of its service"),
    told(.verdict, [.character("e")], "where it is not done: the text with which somebody else is told"),
    told(.verdict, [.escape, .control("c"), .character("n"), .character("q")], "close"),
    told(.sheet, [.escape, .control("c"), .enter, .character("q")], "close"),
    told(.sheet, [.character("/")], "narrow it by what is typed; most letters begin that by themselves"),
    told(.sheet, [.down, .up, .character("j"), .character("k")], "a line down, up"),
    told(.sheet, [.pageDown, .pageUp, .character(" "), .control("d"), .control("u")], "ten lines down, up"),
    told(.sheet, [.home, .end, .character("g"), .character("G")], "to its beginning, end"),
    told(.sheet, [.character("Q")], "quit"),
    told(.sheet, [.character("c")], "in a text for somebody else: copy it"),
    told(.sheet, [.character("s")], "in the lines of a log: ask for those since a time (5m, 2h, an instant)"),
    told(.menu, [.escape, .control("c")], "close"),
    told(.menu, [.down, .up, .control("n"), .control("p")], "next entry, previous entry"),
    told(.menu, [.enter], "do the highlighted; what is typed narrows the list"),
    told(.prompt, [.enter], "keep the filter; send the statement"),
    told(.prompt, [.up, .down], "in a statement: those that were asked before"),
    told(.prompt, [.tab], "in a statement: those that are ready"),
    told(.prompt, [.escape, .control("c")], "give the former filter back"),
    told(.prompt, [.left, .right, .home, .control("a"), .end, .control("e")], "within what is typed"),
    told(
      .prompt,
      [.backspace, .delete, .control("w"), .control("u"), .control("k")],
      "delete a letter, a word, what stands before the cursor, behind it"
    ),
  ]

  /// What a key asks for in a view (with a tile focused on the overview), or nil.
  func command(for key: KeyPress, view: ViewID, focus: ViewID) -> Command? {
    let scopes: [KeyScope] = [.view(view), .view(focus), .global]
    for scope in scopes {
      if let binding = all.first(where: { $0.scope == scope && $0.keys.contains(key) }) {
        return binding.command
      }
    }
    return nil
  }

  /// Up to six hints for the focus, its own keys first; `? help` is drawn by the screen itself.
  ///
  /// Over an open detail Enter does nothing: the hints tell how to leave it. What would not act on anything now
  /// (`acts`) is not offered.
  func hints(
    view: ViewID,
    focus: ViewID,
    isDetailOpen: Bool,
    isFiltered: Bool = false,
    acts: (Command) -> Bool = { _ in true }
  ) -> [KeyHint] {
    let hinted = all.filter { $0.hint != nil && $0.command.map(acts) != false }
    // A key of the open view is no hint of its focus.
    let keys = Set(all.filter { $0.scope == .view(view) }.flatMap(\.keys))
    let own = hinted.filter { binding in
      binding.scope == .view(view)
        || binding.scope == .view(focus) && binding.keys.first.map { !keys.contains($0) } ?? true
    }
    let others = hinted.filter {
      $0.scope == .global && $0.command != .help && $0.command != .palette
    }
    let acting = others.filter { if case .act = $0.command { true } else { false } }
    let rest = others.filter { binding in
      if case .act = binding.command { return false }
      return !(isDetailOpen && binding.command == .enter)
    }
    // It is offered for what isn't well alone, and is what helps there.
    let healing = rest.filter { $0.command == .runbookOfThis }
    let hints = (healing + own + acting + rest.filter { $0.command != .runbookOfThis }).compactMap {
      binding -> KeyHint? in
      guard let key = binding.keys.first, let hint = binding.hint else { return nil }
      return KeyHint(SafeText(key.name), SafeText(hint))
    }
    let leaving =
      isDetailOpen
      ? [KeyHint("Esc", "back"), KeyHint("j k", "scroll")] : isFiltered ? [KeyHint("Esc", "show all")] : []
    return Array((leaving + hints).prefix(6))
  }

  /// The keys as a Markdown table: `docs/KEYS.md` and `switchboard keys`.
  func markdown() -> String {
    var lines = [
      "# Keys", "",
      "Made from the program's own table: `switchboard keys`. A key that acts opens a preview first.",
    ]
    var scopes: [KeyScope] = []
    for binding in all where !scopes.contains(binding.scope) { scopes.append(binding.scope) }
    for scope in scopes {
      lines += ["", "## \(title(of: scope).prefix(1).uppercased())\(title(of: scope).dropFirst())", ""]
      lines += ["| key | what it does |", "|---|---|"]
      for binding in all where binding.scope == scope {
        let keys = binding.shownKeys.map { "`\($0)`" }.joined(separator: " ")
        lines.append("| \(keys) | \(binding.help) |")
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension TargetKind {
  /// `a service`, `an execution`.
  var withArticle: String { "\("aeiou".contains(name.prefix(1)) ? "an" : "a") \(name)" }
}
