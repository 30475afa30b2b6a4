import Facts
import Operations
import Panels

/// The palette (`:`) and the menu of a row's actions (`x`).
enum Palette {
  static func open(_ state: inout AppState, query: String) {
    var menu = MenuModel(title: "Palette", query: query, entries: [])
    narrow(&menu, state)
    state.overlays.append(.menu(menu))
  }

  /// Every action for the selected row: key, class, and why it is disabled.
  static func openActions(_ state: inout AppState) {
    let title = state.activeItem?.title ?? "nothing selected"
    state.overlays.append(
      .menu(
        MenuModel(title: "Actions · \(title)", entries: actionsOfTheRow(state))
      )
    )
  }

  /// What takes rows of the selected one's kind, and what needs none.
  private static func actionsOfTheRow(_ state: AppState) -> [MenuModel.Entry] {
    let kind = state.activeItem?.kind
    return state.keymap.actions.all
      .filter { action in action.isOfEnvironment || kind.map(action.targets.contains) ?? true }
      .map { entry($0, state) }
  }

  /// The entries that match the query, best first.
  static func narrow(_ menu: inout MenuModel, _ state: AppState) {
    let isActions = menu.title.string.hasPrefix("Actions")
    let candidates =
      isActions ? actionsOfTheRow(state) : typed(menu.query) + all(state)
    let query = menu.query.lowercased()
    let ranked = candidates.enumerated().compactMap { index, entry in
      (entry.id.hasPrefix("typed.") ? 0 : rank(entry.title.string.lowercased(), query)).map {
        (rank: $0, index: index, entry: entry)
      }
    }
    menu.entries = ranked.sorted { ($0.rank, $0.index) < ($1.rank, $1.index) }.map(\.entry)
    menu.highlighted = 0
  }

  static func choose(_ state: inout AppState, _ menu: MenuModel, isAlone: Bool) -> [Effect] {
    guard menu.entries.indices.contains(menu.highlighted) else { return [] }
    let chosen = menu.entries[menu.highlighted]
    guard chosen.isEnabled else {
      state.say("\(chosen.title): \(chosen.note)", .warn)
      return []
    }
    let action = state.keymap.actions.all.first { $0.id.name == chosen.id }
    let isTyped = chosen.id.hasPrefix("typed.")
    guard isAlone || (action == nil && !isTyped) else {
      let lifted = state.awaitingLift
      state.ignore(.enter)
      state.awaitingLift = lifted
      return []
    }
    state.overlays.removeLast()
    if isTyped { return runTyped(&state, menu.query) }
    if let action { return begin(&state, action, chosen) }
    if chosen.id.hasPrefix("env.") { return leave(&state, for: String(chosen.id.dropFirst(4))) }
    if chosen.id.hasPrefix("theme.") { return [.theme(String(chosen.id.dropFirst(6)))] }
    if chosen.id == "facts" || chosen.id == "sources" {
      let world = state.shownMonitor.world
      let sheet =
        chosen.id == "facts"
        ? FactsSheet.make(world, now: state.shownMoment)
        : SourcesSheet.make(world, now: state.shownMoment)
      state.overlays.append(.sheet(sheet))
      return []
    }
    guard let binding = state.keymap.all.first(where: { $0.command?.id == chosen.id }),
      let command = binding.command
    else { return [] }
    return Commands.run(&state, command)
  }

  /// Begins what the entry says; the row that it names may have gone while the menu was open.
  private static func begin(
    _ state: inout AppState,
    _ action: ActionDescriptor,
    _ chosen: MenuModel.Entry
  ) -> [Effect] {
    guard entry(action, state).title == chosen.title else {
      state.say("\(chosen.title): the row is gone", .warn)
      return []
    }
    return Acts.begin(&state, action.id)
  }

  /// Another environment drops everything of this one; an act under way is ended first.
  private static func leave(_ state: inout AppState, for environment: String) -> [Effect] {
    guard let act = state.act else { return [.switchEnvironment(environment)] }
    state.say("\(act.plan.title) is still running: wait for it, or leave it with q", .warn)
    state.overlays.append(.progress(act))
    return []
  }

  private static func all(_ state: AppState) -> [MenuModel.Entry] {
    let actions = state.keymap.actions.all.map { entry($0, state) }
    var entries = actions.filter(\.isEnabled)
    for binding in state.keymap.all {
      guard let command = binding.command, let key = binding.keys.first else { continue }
      if case .act = command { continue }
      entries.append(
        MenuModel.Entry(id: command.id, key: SafeText(key.name), title: SafeText(binding.help))
      )
    }
    entries.append(MenuModel.Entry(id: "sources", title: "sources: last errors, ages"))
    entries.append(MenuModel.Entry(id: "facts", title: "facts: every name and value"))
    for name in state.environment.others where name != state.environment.name {
      entries.append(MenuModel.Entry(id: "env.\(name)", title: SafeText("env \(name)")))
    }
    for theme in state.themes {
      entries.append(MenuModel.Entry(id: "theme.\(theme)", title: SafeText("theme \(theme)")))
    }
    // What can't be done now is told, and why, but not offered first.
    return entries + actions.filter { !$0.isEnabled }
  }

  private static func entry(_ action: ActionDescriptor, _ state: AppState) -> MenuModel.Entry {
    let request = Acts.request(state, action, on: state.activeItem)
    let danger: String =
      switch action.danger {
      case .always(let danger): danger.word
      case .ofService:
        request.map {
          $0.targets.count > 1
            ? DangerClass.destructive.word
            : DangerClass(nearest: state.monitor.assessor.profile(of: $0.target.subject).dangerClass).word
        } ?? ""
      }
    let on = request.map { action.isOfEnvironment ? "" : " \($0.shownTargets)" } ?? ""
    var note = danger
    if request == nil { note = "select a \(action.targets.map(\.name).joined(separator: " or "))" }
    if state.act != nil { note = "another act is running" }
    return MenuModel.Entry(
      id: action.id.name,
      key: SafeText(action.key),
      title: SafeText("\(action.title)\(on)\(action.previewMark)"),
      note: SafeText(note),
      isEnabled: request != nil && state.act == nil
    )
  }

  /// What the query itself would do, where it is a command with arguments.
  private static func typed(_ query: String) -> [MenuModel.Entry] {
    guard query == "write" || query.hasPrefix("write ") else { return [] }
    return [
      MenuModel.Entry(id: "typed.write", title: "write 10m REASON", note: "lift read-only for a while")
    ]
  }

  private static func runTyped(_ state: inout AppState, _ query: String) -> [Effect] {
    let words = query.split(separator: " ", omittingEmptySubsequences: true)
    var duration: Duration = .seconds(600)
    var reason = words.dropFirst()
    if let first = reason.first, let parsed = try? Duration(parsing: String(first)) {
      duration = parsed
      reason = reason.dropFirst()
    }
    let text = reason.joined(separator: " ")
    let refused = state.awaitingLift
    do throws(WriteMode.LiftError) {
      try state.writeMode.lift(for: duration, reason: text, now: state.now.monotonic)
    } catch {
      state.say(SafeText(error.sentence), .warn)
      state.awaitingLift = refused
      return []
    }
    state.say("write for \(SafeText(Format.duration(duration)))")
    return [.writeMode(state.writeMode)] + (refused.map { [.plan($0)] } ?? [])
  }

  /// How well `text` answers `query`: 0 begins with it, 1 holds it, 2 holds its letters in their order;
  /// nil if it doesn't.
  private static func rank(_ text: String, _ query: String) -> Int? {
    if text.hasPrefix(query) { return 0 }
    if text.contains(query) { return 1 }
    var rest = Substring(text)
    for character in query where character != " " {
      guard let index = rest.firstIndex(of: character) else { return nil }
      rest = rest[rest.index(after: index)...]
    }
    return 2
  }
}

extension ActionRequest {
  /// The target's name, or how many there are.
  fileprivate var shownTargets: String { targets.count == 1 ? target.name : "\(targets.count) marked" }
}
