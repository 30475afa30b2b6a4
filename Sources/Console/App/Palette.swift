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
      case .logPresets: PaletteEntries.ranked(LogSearch.presets(state), menu.query)
      case .statements: PaletteEntries.ranked(StatementKeys.ready(state), menu.query)
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
    let isAct =
      switch chosen.choice {
      // A file is written where a paste says as little as an act is begun.
      case .action, .lift, .export: true
      case .command, .row, .environment, .theme, .facts, .sources, .logs, .statement: false
      }
    guard isAlone || !isAct else {
      let lifted = state.awaitingLift
      state.ignore(.enter)
      state.awaitingLift = lifted
      return []
    }
    state.overlays.removeLast()
    switch chosen.choice {
    case .lift: return runTyped(&state, menu.query)
    case .export(let query): return Exports.run(&state, query)
    case .action(let action, let row): return begin(&state, chosen, action, on: row)
    case .row(let view, let id): return open(&state, PaletteEntries.row(id, in: view, state), chosen)
    case .environment(let name): return leave(&state, for: name)
    case .theme(let name): return [.theme(name)]
    case .logs(let query): LogSearch.narrow(&state, to: query)
    case .statement(let sql): StatementKeys.pick(&state, sql)
    case .facts(let query):
      var sheet = FactsSheet.make(state.shownMonitor.world, now: state.shownMoment)
      if !query.isEmpty { sheet.query = query }
      state.overlays.append(.sheet(sheet))
    case .sources:
      state.overlays.append(.sheet(SourcesSheet.make(state.shownMonitor.world, now: state.shownMoment)))
    case .command(let id):
      guard let command = state.keymap.all.lazy.compactMap(\.command).first(where: { $0.id == id }) else {
        return []
      }
      return Commands.run(&state, command)
    }
    return []
  }

  /// Begins what the entry says; the row that it names may have gone while the menu was open.
  private static func begin(
    _ state: inout AppState,
    _ chosen: MenuModel.Entry,
    _ id: ActionID,
    on row: String?
  ) -> [Effect] {
    let target = row.flatMap { PaletteEntries.target($0, state) }
    guard let action = state.keymap.actions.all.first(where: { $0.id == id }),
      row == nil || target != nil,
      PaletteEntries.entry(action, on: target, state).title == chosen.title
    else {
      state.say("\(chosen.title): the row is gone", .warn)
      return []
    }
    return Acts.begin(&state, id, on: target)
  }

  private static func open(_ state: inout AppState, _ row: Rows.Row?, _ chosen: MenuModel.Entry) -> [Effect] {
    guard let row else {
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
    if let entry = Exports.entry(query) { return [entry] }
    guard query == "write" || query.hasPrefix("write ") else { return [] }
    return [
      MenuModel.Entry(.lift, title: "write 10m REASON", note: "lift read-only for a while")
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
