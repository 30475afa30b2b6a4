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
        MenuModel(
          .actionsOfTheRow,
          title: "Actions · \(title)",
          entries: PaletteEntries.actionsOfTheRow(state)
        )
      )
    )
  }

  /// The entries that match the query, best first.
  static func narrow(_ menu: inout MenuModel, _ state: AppState) {
    menu.entries =
      switch menu.content {
      case .actionsOfTheRow: PaletteEntries.ranked(PaletteEntries.actionsOfTheRow(state), menu.query)
      case .palette: typed(menu.query) + PaletteEntries.matching(menu.query, state)
      }
    menu.highlighted = 0
  }

  static func choose(_ state: inout AppState, _ menu: MenuModel, isAlone: Bool) -> [Effect] {
    guard menu.entries.indices.contains(menu.highlighted) else { return [] }
    let chosen = menu.entries[menu.highlighted]
    guard chosen.isEnabled else {
      state.say("\(chosen.title): \(chosen.note)", .warn)
      return []
    }
    let isTyped = chosen.id.hasPrefix("typed.")
    let isAct = PaletteEntries.isAction(chosen.id, state)
    guard isAlone || !(isAct || isTyped) else {
      let lifted = state.awaitingLift
      state.ignore(.enter)
      state.awaitingLift = lifted
      return []
    }
    state.overlays.removeLast()
    if isTyped { return runTyped(&state, menu.query) }
    if isAct { return begin(&state, chosen) }
    if PaletteEntries.isRow(chosen.id) { return openRow(&state, chosen) }
    if chosen.id.hasPrefix("env.") { return leave(&state, for: String(chosen.id.dropFirst(4))) }
    if chosen.id.hasPrefix("theme.") { return [.theme(String(chosen.id.dropFirst(6)))] }
    if let name = PaletteEntries.fact(of: chosen.id) {
      var sheet = FactsSheet.make(state.shownMonitor.world, now: state.shownMoment)
      sheet.query = name
      state.overlays.append(.sheet(sheet))
      return []
    }
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
  private static func begin(_ state: inout AppState, _ chosen: MenuModel.Entry) -> [Effect] {
    guard let (action, row) = PaletteEntries.action(of: chosen.id, state),
      PaletteEntries.entry(action, on: row, state).title == chosen.title
    else {
      state.say("\(chosen.title): the row is gone", .warn)
      return []
    }
    return Acts.begin(&state, action.id, on: row)
  }

  private static func openRow(_ state: inout AppState, _ chosen: MenuModel.Entry) -> [Effect] {
    guard let row = PaletteEntries.row(of: chosen.id, state) else {
      state.say("\(chosen.title) is gone", .warn)
      return []
    }
    return Rows.open(&state, row)
  }

  /// Another environment drops everything of this one; an act under way is ended first.
  private static func leave(_ state: inout AppState, for environment: String) -> [Effect] {
    guard let act = state.act else { return [.switchEnvironment(environment)] }
    state.say("\(act.plan.title) is still running: wait for it, or leave it with q", .warn)
    state.overlays.append(.progress(act))
    return []
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
}
