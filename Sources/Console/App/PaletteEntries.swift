import DataSources
import Facts
import Operations
import Panels

/// What the palette offers, and in which order.
enum PaletteEntries {
  /// The entries that match what was typed, best first; without any text all commands.
  static func matching(_ query: String, _ state: AppState) -> [MenuModel.Entry] {
    guard !query.isEmpty else { return commands(state) }
    return ranked(commands(state) + actions(on: query, state) + facts(state) + rows(state), query)
  }

  /// The entries whose title answers `query`, best first: what can be done now before what can't, commands
  /// before rows, short titles before long ones.
  static func ranked(_ entries: [MenuModel.Entry], _ query: String) -> [MenuModel.Entry] {
    guard !query.isEmpty else { return entries }
    let query = query.lowercased()
    let found = entries.enumerated().compactMap { index, entry -> (entry: MenuModel.Entry, order: [Int])? in
      let title = entry.title.string.lowercased()
      guard let rank = rank(title, query) else { return nil }
      let isFinding = entry.choice.isFinding
      // Letters strewn over a sentence are no name of a row or a fact.
      guard !isFinding || rank != .subsequence else { return nil }
      return (entry, [rank.rawValue, entry.isEnabled ? 0 : 1, isFinding ? 1 : 0, title.count, index])
    }
    return found.sorted { $0.order.lexicographicallyPrecedes($1.order) }.map(\.entry)
  }

  /// How well a text answers what was typed.
  enum Rank: Int {
    case exact, prefix, wordStart, abbreviation, substring, subsequence
  }

  /// How well `text` answers `query`; nil if it doesn't hold its letters in their order.
  ///
  /// Who types `rst` means "restart" and not the end of "first": letters of the first word from its first on
  /// go before the middle of any.
  static func rank(_ text: String, _ query: String) -> Rank? {
    if text == query { return .exact }
    if text.hasPrefix(query) { return .prefix }
    if " \(text)".contains(" \(query)") { return .wordStart }
    let first = text.prefix { $0.isLetter || $0.isNumber }
    if first.first == query.first, holds(first, query) { return .abbreviation }
    if text.contains(query) { return .substring }
    return holds(text[...], query) ? .subsequence : nil
  }

  private static func holds(_ text: Substring, _ query: String) -> Bool {
    var rest = text
    for character in query where character != " " {
      guard let index = rest.firstIndex(of: character) else { return false }
      rest = rest[rest.index(after: index)...]
    }
    return true
  }

  // MARK: candidates

  /// What takes rows of the selected one's kind, and what needs none and has a key; the palette has all.
  static func actionsOfTheRow(_ state: AppState) -> [MenuModel.Entry] {
    let kind = state.activeItem?.kind
    return state.keymap.actions.all
      .filter { action in
        if let row = action.row { return kind == row }
        return action.isOfEnvironment ? !action.key.isEmpty : kind.map(action.targets.contains) ?? true
      }
      .map { entry($0, state) }
  }

  private static func commands(_ state: AppState) -> [MenuModel.Entry] {
    let actions = state.keymap.actions.all.map { entry($0, state) }
    var entries = actions.filter(\.isEnabled)
    for binding in state.keymap.all {
      guard let command = binding.command else { continue }
      if case .act = command { continue }
      let typed = binding.typed.map { "\($0.dropFirst()): " } ?? ""
      entries.append(
        MenuModel.Entry(
          .command(command.id),
          key: SafeText(binding.keys.first?.name ?? ""),
          title: SafeText(typed + binding.help)
        )
      )
    }
    entries.append(MenuModel.Entry(.sources, title: "sources: last errors, ages"))
    if let export = Exports.entry("export") { entries.append(export) }
    entries.append(MenuModel.Entry(.facts(""), title: "facts: every name and value"))
    for name in state.environment.others where name != state.environment.name {
      entries.append(MenuModel.Entry(.environment(name), title: SafeText("env \(name)")))
    }
    for theme in state.themes {
      entries.append(MenuModel.Entry(.theme(theme), title: SafeText("theme \(theme)")))
    }
    // What can't be done now is told, and why, but not offered first.
    return entries + actions.filter { !$0.isEnabled }
  }

  /// An action as it would act on `row`, else on the selected row or the marked ones.
  static func entry(
    _ action: ActionDescriptor,
    on row: PanelItem? = nil,
    _ state: AppState
  ) -> MenuModel.Entry {
    let request = Acts.request(state, action, on: row ?? state.activeItem, takesMarked: row == nil)
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
    if request == nil { note = "select \(action.targets.map(\.withArticle).joined(separator: " or "))" }
    if state.act != nil { note = "another act is running" }
    let obstacle = state.obstacles[action.id]
    if let obstacle { note = obstacle.string }
    return MenuModel.Entry(
      .action(action.id, row: row?.id),
      key: SafeText(row == nil ? action.key : ""),
      title: SafeText("\(action.title)\(on)\(action.previewMark)"),
      note: SafeText(note),
      isEnabled: request != nil && state.act == nil && obstacle == nil
    )
  }

  // MARK: facts

  /// What is known by other words than its name, as header and tiles say it.
  private static func facts(_ state: AppState) -> [MenuModel.Entry] {
    let (facts, now) = (state.shownMonitor.world.facts, state.shownMoment.monotonic)
    return CalledFacts.all.compactMap { family in
      guard let fact = facts.fact(FactName(segments: family.segments), at: now) else { return nil }
      return MenuModel.Entry(
        .facts(family.name),
        title: SafeText(family.words.joined(separator: ", ")),
        note: "\(fact.state.word) \(Format.value(of: fact))"
      )
    }
  }

  // MARK: rows

  /// The views whose rows are found by their name: the active one, and the one of the services.
  private static func views(_ state: AppState) -> [ViewID] {
    let services = state.catalog.panels.filter { $0.descriptor.kinds.contains(.service) }.map(\.id)
    // Rows of no kind are nothing that somebody looks for by its name.
    let active = [state.activeView].filter { !state.catalog.panel($0).descriptor.kinds.isEmpty }
    return active + services.filter { !active.contains($0) }
  }

  private static func rows(_ state: AppState) -> [MenuModel.Entry] {
    views(state).flatMap { view in
      let title = state.catalog.panel(view).descriptor.title
      return Rows.all(of: view, state).map { row in
        MenuModel.Entry(
          .row(view, row.item.id),
          title: row.item.title,
          note: "\(title)\(row.item.state == .ok ? "" : " \(row.item.state.word)")"
        )
      }
    }
  }

  /// `restart redis` typed out: the actions that the query begins with, on every service, selected or not.
  private static func actions(on query: String, _ state: AppState) -> [MenuModel.Entry] {
    state.keymap.actions.all.filter { query.lowercased().hasPrefix("\($0.title) ") }.flatMap { action in
      let plain = entry(action, state).title
      return views(state).flatMap { Rows.all(of: $0, state) }
        .filter { action.targets.contains($0.item.kind) }
        .map { entry(action, on: $0.item, state) }
        .filter { $0.title != plain }
    }
  }

  /// The row of that id; nil if it is gone.
  static func row(_ id: String, in view: ViewID, _ state: AppState) -> Rows.Row? {
    Rows.all(of: view, state).first { $0.item.id == id }
  }

  /// The row of that id that an action was offered for; nil if it is gone.
  static func target(_ id: String, _ state: AppState) -> PanelItem? {
    views(state).lazy.compactMap { row(id, in: $0, state)?.item }.first
  }
}

extension ActionRequest {
  /// The target's name, or how many there are.
  fileprivate var shownTargets: String { targets.count == 1 ? target.name : "\(targets.count) marked" }
}
