import Facts
import Operations
import Panels

/// What the console's own commands do; acts are begun by ``Acts``.
enum Commands {
  static func run(_ state: inout AppState, _ command: Command, isControlC: Bool = false) -> [Effect] {
    switch command {
    case .open(let view): open(&state, view)
    case .back: return back(&state)
    case .quit: return quit(&state)
    case .escape: return escape(&state, isControlC: isControlC)
    case .help:
      let lines = state.keymap.helpLines(view: state.view, focus: state.activeView)
      show(&state, HelpSheet.make(lines), by: .help)
    case .palette: Palette.open(&state, query: "")
    case .filter: PromptKeys.openFilter(&state)
    case .up: move(&state, by: -1)
    case .down: move(&state, by: 1)
    case .pageUp: move(&state, by: -pageSize(state))
    case .pageDown: move(&state, by: pageSize(state))
    case .halfUp: move(&state, by: -pageSize(state) / 2)
    case .halfDown: move(&state, by: pageSize(state) / 2)
    case .first: move(&state, by: -1_000_000)
    case .last: move(&state, by: 1_000_000)
    case .nextMatch: move(&state, by: 1)
    case .previousMatch: move(&state, by: -1)
    case .enter: return enter(&state)
    case .nextTile: moveFocus(&state, by: 1)
    case .previousTile: moveFocus(&state, by: -1)
    case .fullScreen: fullScreen(&state)
    case .layout: state.layout = (state.layout + 1) % PanelCatalog.layouts.count
    case .mark, .markAll, .unmarkAll: mark(&state, command)
    case .sortLeft: sort(&state, by: -1)
    case .sortRight: sort(&state, by: 1)
    case .sortInvert: invert(&state)
    case .origin: origin(&state)
    case .cause: return Causes.follow(&state)
    case .actions: Palette.openActions(&state)
    case .copy: return copy(&state)
    case .timelineOfThis: timelineOfThis(&state)
    case .logsOfThis: return LogSearch.openLogs(&state)
    case .logPresets: LogSearch.openPresets(&state)
    case .logTime: LogJump.open(&state)
    case .saveLogs: return LogSearch.save(&state)
    case .statement: StatementKeys.open(&state)
    case .freeze: freeze(&state)
    case .slower: return pace(&state, 2)
    case .faster: return pace(&state, 0.5)
    case .refresh:
      state.say("asking all sources now")
      state.editions = [:]
      return [.refresh]
    case .suspend: return [.suspend]
    case .redraw: return [.redraw]
    case .ongoing: ongoing(&state)
    case .own(let view, let key): own(&state, view, key)
    case .act(let action): return Acts.begin(&state, action)
    case .runbookOfThis, .runAgain, .runSkip, .runGiveUp, .runDry:
      // By the palette they come as alone as by their key.
      return RunKeys.reduce(&state, command, state.keymap.key(of: command) ?? .enter, isAlone: true) ?? []
    }
    return []
  }

  private static func open(_ state: inout AppState, _ view: ViewID) {
    LogSearch.leave(&state)
    state.view = view
    state.isFullScreen = false
    if view == .overview {
      closeDetails(&state)
      Reducer.focusWorst(&state)
    }
  }

  /// Tiles show lists; a detail has its view.
  private static func closeDetails(_ state: inout AppState) {
    for view in state.locals.keys { state.locals[view]?.detail = nil }
  }

  private static func back(_ state: inout AppState) -> [Effect] {
    if closeInnermost(&state) { return [] }
    if state.view != .overview {
      closeDetails(&state)
      state.view = .overview
      return []
    }
    return quit(&state)
  }

  private static func escape(_ state: inout AppState, isControlC: Bool) -> [Effect] {
    if let cancelling = StatementKeys.cancel(&state) { return cancelling }
    if closeInnermost(&state) { return [] }
    guard isControlC else { return [] }
    return back(&state)
  }

  /// Closes the detail, the full screen or the filter, whichever is open; false if none is.
  private static func closeInnermost(_ state: inout AppState) -> Bool {
    let local = state.activeLocal
    if state.message != nil, state.awaitingLift != nil {
      state.awaitingLift = nil
      state.message = nil
      return true
    }
    if isDetailOpen(state), !local.pageFilter.isEmpty {
      change(&state) { $0.pageFilter = "" }
      return true
    }
    if isDetailOpen(state) {
      change(&state) {
        $0.detail = nil
        $0.detailOffset = 0
      }
      return true
    }
    if LogSearch.goBack(&state) { return true }
    if let group = local.within, local.filter.isEmpty {
      change(&state) {
        ($0.within, $0.selection, $0.sortColumn, $0.isDescending) = (nil, group.id, nil, false)
      }
      return true
    }
    if !local.filter.isEmpty {
      change(&state) { $0.filter = "" }
      return true
    }
    if state.view == .overview, state.isFullScreen {
      state.isFullScreen = false
      return true
    }
    return false
  }

  /// Whether the detail is what is drawn: one whose row is gone gives way to the list.
  static func isDetailOpen(_ state: AppState) -> Bool {
    guard let detail = state.activeLocal.detail else { return false }
    return state.activeItems.index(of: detail) != nil
  }

  private static func quit(_ state: inout AppState) -> [Effect] {
    guard var act = state.act else { return [.quit(signal: nil)] }
    act.asksToLeave = true
    state.act = act
    if !Reducer.replaceProgress(&state, act) { state.overlays.append(.progress(act)) }
    return []
  }

  static func change(_ state: inout AppState, _ body: (inout PanelLocal) -> Void) {
    body(&state.locals[state.activeView, default: PanelLocal()])
  }

  private static func pageSize(_ state: AppState) -> Int {
    max(1, state.height - 8)
  }

  private static func move(_ state: inout AppState, by step: Int) {
    if isDetailOpen(state) {
      change(&state) { $0.detailOffset = max(0, $0.detailOffset + min(step, 10_000)) }
      let offset = ScreenRenderer.detailOffset(state.screen)
      change(&state) { $0.detailOffset = offset }
      return
    }
    let items = state.activeItems
    guard !items.isEmpty else { return }
    let index = state.activeLocal.selectedIndex(in: items) ?? 0
    change(&state) { $0.select(index + step, in: items) }
  }

  private static func moveFocus(_ state: inout AppState, by step: Int) {
    guard state.view == .overview else { return tellTiles(&state) }
    let tiles = state.catalog.tiles
    guard !tiles.isEmpty else { return }
    let index = tiles.firstIndex(of: state.focus) ?? 0
    state.focus = tiles[(index + step + tiles.count) % tiles.count]
  }

  private static func fullScreen(_ state: inout AppState) {
    guard state.view == .overview else { return tellTiles(&state) }
    state.isFullScreen.toggle()
  }

  private static func tellTiles(_ state: inout AppState) {
    let overview = state.catalog.panel(.overview).descriptor
    state.say("tiles are on the \(overview.title): \(SafeText(overview.opener))", .warn)
  }

  /// Shows the act under way, or the verdict of the last one.
  private static func ongoing(_ state: inout AppState) {
    guard let act = state.act ?? state.lastAct else {
      state.say("no act is under way, and none has ended here", .warn)
      return
    }
    state.overlays.append(.progress(act))
    if let verdict = act.verdict { Reducer.show(&state, verdict, of: act.plan) }
  }

  private static func enter(_ state: inout AppState) -> [Effect] {
    guard !isDetailOpen(state) else { return [] }
    guard let item = state.activeItem else {
      // A view that can't list anything leads to the reason.
      if state.activeLocal.filter.isEmpty, Causes.cause(state) != nil { return Causes.follow(&state) }
      tellNothing(&state)
      return []
    }
    if state.view == .overview { state.view = state.focus }
    return openDetail(&state, item)
  }

  /// Selects a row of the open view and opens what is told of it.
  static func openDetail(_ state: inout AppState, _ item: PanelItem) -> [Effect] {
    let view = state.activeView
    if let inner = state.catalog.panel(view).inside(item, state.activeLocal) {
      change(&state) { $0 = inner }
      return load(&state, item, of: view)
    }
    let items = state.activeItems
    change(&state) {
      if let index = items.index(of: item.id) { $0.select(index, in: items) }
      $0.detail = item.id
      $0.detailOffset = 0
    }
    return load(&state, item, of: state.activeView)
  }

  private static func tellNothing(_ state: inout AppState) {
    state.say("nothing is selected", .warn)
  }

  /// Says whether what services use is looked at, when that changes.
  static func watchUsage(_ state: inout AppState) -> [Effect] {
    let isShown = state.catalog.panel(state.view).descriptor.showsUsage
    guard isShown != state.isUsageWatched else { return [] }
    state.isUsageWatched = isShown
    return [.watchUsage(isShown)]
  }

  private static func mark(_ state: inout AppState, _ command: Command) {
    // What can't be acted on together with others can't be marked.
    let kinds = state.keymap.actions.all.filter(\.takesSeveral).reduce(into: Set()) {
      $0.formUnion($1.targets)
    }
    let isMarkable = !kinds.isDisjoint(with: state.catalog.panel(state.activeView).descriptor.kinds)
    let items = isMarkable ? state.activeItems.filter { kinds.contains($0.kind) } : []
    if command != .unmarkAll, items.isEmpty {
      return state.say("nothing in this list takes marks: no action here takes several rows", .warn)
    }
    let selected = state.activeItem.flatMap { kinds.contains($0.kind) ? $0.id : nil }
    if command == .mark, selected == nil {
      return state.say("this row takes no mark: no action takes it with others", .warn)
    }
    change(&state) { local in
      switch command {
      case .markAll: local.marks = Set(items.map(\.id))
      case .unmarkAll: local.marks = []
      default:
        guard let selected else { return }
        if local.marks.remove(selected) == nil { local.marks.insert(selected) }
      }
    }
    if command == .mark { move(&state, by: 1) }
  }

  private static func sort(_ state: inout AppState, by step: Int) {
    let columns = ScreenRenderer.sortColumns(state.screen)
    guard !columns.isEmpty else { return state.say("this list has one order", .warn) }
    // Between the last column and the first is the panel's own order.
    let places = [nil] + columns.map(Optional.some)
    let current = places.firstIndex { $0?.index == state.activeLocal.sortColumn } ?? 0
    let next = places[(current + step + places.count) % places.count]
    change(&state) { $0.sortColumn = next?.index }
    state.say(next.map { "sorted by \($0.title)" } ?? "in its own order")
  }

  private static func invert(_ state: inout AppState) {
    guard state.activeLocal.sortColumn != nil else {
      return state.say("in its own order: < > sort by a column")
    }
    change(&state) { $0.isDescending.toggle() }
  }

  private static func origin(_ state: inout AppState) {
    guard let item = state.activeItem else {
      let concern = state.catalog.panel(state.activeView).concern(state.context)
      return concern.map { showOrigin(&state, of: $0) } ?? tellNothing(&state)
    }
    showOrigin(&state, of: item, in: state.activeView)
  }

  /// Shows where a fact comes from.
  static func showOrigin(_ state: inout AppState, of name: FactName) {
    let (world, now) = (state.shownMonitor.world, state.shownMoment)
    guard let fact = world.facts.fact(name, at: now.monotonic) else { return tellNothing(&state) }
    show(&state, OriginSheet.make(fact, world: world, now: now), by: .origin)
  }

  /// Shows where what a view tells of a row comes from.
  static func showOrigin(_ state: inout AppState, of item: PanelItem, in view: ViewID) {
    let context = state.context
    guard let origin = state.catalog.panel(view).origin(of: item, context) else {
      return state.say("\(item.title) is gone", .warn)
    }
    show(&state, OriginSheet.make(item.title, origin, world: context.world, now: context.now), by: .origin)
  }

  /// Shows a text, which the key of its command closes again.
  private static func show(_ state: inout AppState, _ sheet: SheetModel, by command: Command) {
    var sheet = sheet
    if case .character(let key)? = state.keymap.key(of: command) { sheet.key = key }
    state.overlays.append(.sheet(sheet))
  }

  private static func copy(_ state: inout AppState) -> [Effect] {
    guard let item = state.activeItem else {
      tellNothing(&state)
      return []
    }
    // Whether the terminal took it nobody can say: the second time the text is shown, to be selected by hand.
    if state.message != nil, state.copied == item.copy {
      state.copied = nil
      state.message = nil
      let lines = item.copy.split(separator: "\n").map { StyledText(SafeText(String($0))) }
      state.overlays.append(.sheet(SheetModel(title: "to select", lines: lines)))
      return []
    }
    state.copied = item.copy
    return [.copy(item.copy)]
  }

  private static func timelineOfThis(_ state: inout AppState) {
    guard let item = state.activeItem else { return tellNothing(&state) }
    guard state.activeView != .timeline else {
      state.say("this is the timeline: / narrows it", .warn)
      return
    }
    openTimeline(&state, of: item.name)
  }

  /// Opens the timeline, narrowed to the lines that name `subject`.
  static func openTimeline(_ state: inout AppState, of subject: String) {
    state.view = .timeline
    change(&state) { $0.filter = subject }
  }

  private static func freeze(_ state: inout AppState) {
    state.frozen = state.frozen == nil ? (state.monitor, state.knownAt) : nil
  }

  private static func pace(_ state: inout AppState, _ factor: Double) -> [Effect] {
    state.pace = min(16, max(0.5, state.pace * factor))
    state.monitor.setPace(state.pace)
    state.say("polling at \(Format.number(state.pace))x the configured interval")
    return [.pace(state.pace)]
  }

  private static func own(_ state: inout AppState, _ view: ViewID, _ key: Character) {
    guard let own = state.catalog.panel(view).descriptor.keys.first(where: { $0.key == key }) else { return }
    own.change(&state.locals[view, default: PanelLocal()], &state.settings)
    switch own.move?(state.activeLocal, state.context) {
    case .success(let index)?:
      let items = state.activeItems
      change(&state) { $0.select(index, in: items) }
    case .failure(let nowhere)?: state.say(nowhere.words, .warn)
    case nil: break
    }
  }
}
