import DataSources
import Facts
import Operations
import Panels

/// The whole state of the console: one value, written by ``Reducer`` alone.
struct AppState: Sendable {
  /// The terminal's size.
  var width: Int
  var height: Int
  /// The time of the last event.
  var now: Moment
  /// The time of the last report or tick: what is known is shown as it stood then, all of it.
  ///
  /// A key draws the header anew and copies the tiles; by two clocks one would be stale before the other.
  var knownAt: Moment
  /// The open environment.
  var environment: EnvironmentInfo
  /// What is known and judged.
  var monitor: Monitor
  /// What is shown in its place while FROZEN, and since when.
  var frozen: (monitor: Monitor, at: Moment)?

  /// The views that there are.
  let catalog: PanelCatalog
  /// The keys that there are.
  let keymap: Keymap
  var view = ViewID.overview
  var focus: ViewID
  var isFullScreen = false
  var layout = 0
  var locals: [ViewID: PanelLocal] = [:]
  var overlays: [Overlay] = []
  var prompt: PromptModel?
  var promptPurpose: PromptPurpose?
  /// The last line's message.
  var message: LastMessage?
  private var messageCount = 0
  /// What was copied last, to be shown if it is asked for again; nil: nothing.
  var copied: String?
  /// Details that were asked for.
  var details: [String: Loadable] = [:]
  /// How many have come.
  var toldDetails = 0
  /// What was asked for and has not come yet, by item id.
  var asking: Set<String> = []
  /// What the details were of when they were asked for, by item id.
  var editions: [String: String] = [:]
  /// What is told of logs.
  var logs: LogsSnapshot?
  /// The lines that are looked for; nil: nobody looks at logs.
  var logQuery: LogQuery?
  /// From which view the logs were opened for one of its rows: Esc leads back.
  var logsCameFrom: ViewID?
  /// Whether the first error is to be selected once these lines are told.
  var awaitsLogs: LogQuery?
  /// What is told of datastores.
  var datastores: DatastoresSnapshot?
  /// The section of them that is looked at; nil: none is.
  var datastoreSection: String?
  /// The statement that somebody wrote last.
  var statement: StatementModel?
  /// The statements that were written, the newest last; nowhere but here.
  var statements: [String] = []
  /// Whether what services use is measured for this screen.
  var isUsageWatched = false
  /// Limits that keys can change.
  var settings: PanelSettings
  /// Whether acts are allowed now.
  var writeMode: WriteMode
  /// A preview that waits for the write mode to be lifted.
  var awaitingLift: ActionRequest?
  /// The preview that was asked for last and has not come yet.
  var awaitedPlan: ActionRequest?
  /// What can't be done in this environment at all, and why: it is not offered.
  var obstacles: [ActionID: SafeText] = [:]
  /// The act under way; its overlay may be closed while it goes on.
  var act: ProgressModel?
  /// The act that ended last, with its verdict.
  var lastAct: ProgressModel?
  /// The run of a runbook that is gone through; nil: none is.
  var run: RunModel?
  /// Whether a run was asked for that has not come yet.
  var awaitsRun = false
  /// The step of it whose act is being asked about or done.
  var runStep: RunStep?
  /// When the topmost dialog was first painted, and when `y` moved its highlight to Run.
  var dialogPaintedAt: MonotonicTime?
  var dialogArmedAt: MonotonicTime?
  /// Whether the open dialog asks anew because its target changed under the first one.
  var isConfirmingAnew = false
  /// How much slower than configured the polls are.
  var pace = 1.0
  /// Whether a key has been pressed: until then the focus follows the worst.
  var hasFocusMoved = false
  /// When the focus was last put on the worst.
  var followedWorstAt: MonotonicTime?
  var isASCII = false
  var themes: [String] = []
  /// Wall time in the local zone.
  var clock: PanelClock
  private var knownItems: KnownItems?

  init(
    width: Int,
    height: Int,
    now: Moment,
    environment: EnvironmentInfo,
    monitor: Monitor,
    settings: PanelSettings,
    writeMode: WriteMode,
    keymap: Keymap = .standard,
    clock: PanelClock
  ) {
    catalog = keymap.catalog
    self.keymap = keymap
    focus = catalog.tiles.first ?? .overview
    self.width = width
    self.height = height
    self.now = now
    knownAt = now
    self.environment = environment
    self.monitor = monitor
    self.settings = settings
    self.writeMode = writeMode
    self.clock = clock
  }

  /// The moment that the screen shows: that of the last news, or when it was frozen.
  var shownMoment: Moment { frozen?.at ?? knownAt }

  /// What the screen shows: the live monitor, or the frozen one.
  var shownMonitor: Monitor { frozen?.monitor ?? monitor }

  /// The view whose rows the keys move: the open one, or the overview's focused tile.
  var activeView: ViewID { view == .overview ? focus : view }

  /// What was done to the active view.
  var activeLocal: PanelLocal { locals[activeView] ?? PanelLocal() }

  /// What panels draw from.
  var context: PanelContext {
    var context = PanelContext(
      world: shownMonitor.world,
      now: shownMoment,
      derived: shownMonitor.derived,
      history: shownMonitor.history,
      settings: settings,
      isASCII: isASCII,
      details: details,
      clock: clock
    )
    context.run = run
    context.logs = logs
    context.hasLogs = environment.hasRuntime
    context.datastores = datastores
    context.datastoresLocal = locals[.datastores] ?? PanelLocal()
    context.statement = statement
    return context
  }

  /// The rows of the active view.
  var activeItems: PanelItems {
    if let knownItems, knownItems.ground == itemsGround { return knownItems.items }
    return catalog.panel(activeView).items(activeLocal, context)
  }

  /// The same, and those that its filter hides.
  var unfilteredItems: PanelItems {
    var local = activeLocal
    guard !local.filter.isEmpty else { return activeItems }
    local.filter = ""
    return catalog.panel(activeView).items(local, context)
  }

  private var itemsGround: KnownItems.Ground {
    let local = activeLocal
    return KnownItems.Ground(
      environment: environment.name,
      version: shownMonitor.world.version,
      view: activeView,
      filter: local.filter,
      sortColumn: local.sortColumn,
      isDescending: local.isDescending,
      isGrouped: local.isGrouped,
      grouping: local.grouping,
      within: local.within,
      toldWithin: local.within == nil ? nil : toldDetails,
      settings: settings,
      run: run?.run.id,
      logs: view == .logs ? logs?.version : nil,
      datastores: view == .datastores ? datastores?.version : nil,
      section: local.section,
      statement: view == .datastores ? statement.map { $0.number * 2 + ($0.isRunning ? 0 : 1) } : nil
    )
  }

  /// The selected row of the active view, as it is highlighted there.
  var activeItem: PanelItem? { activeLocal.selectedItem(in: activeItems) }

  /// Shows a message on the last line for as long as it takes to read; a refusal that it covers is no longer
  /// answered.
  ///
  /// What failed, and what `stays`, goes only with a key: whoever looked away has to see it, too.
  mutating func say(_ text: SafeText, _ state: FactState = .ok, stays: Bool = false) {
    messageCount += 1
    let isLasting = stays || state == .crit || state == .error
    let reading = Duration.seconds(min(15, max(3, 2 + Double(text.widthInColumns) / 15)))
    message = LastMessage(
      model: MessageModel(text, state: state),
      until: isLasting ? nil : now.monotonic + reading,
      number: messageCount
    )
    awaitingLift = nil
  }

  /// Takes a message away whose time is over, and with it what Enter would have answered, unless that is
  /// being answered already.
  mutating func dropOldMessage() {
    if let until = message?.until, until <= now.monotonic { message = nil }
    if message == nil, overlays.isEmpty { awaitingLift = nil }
  }

  /// Takes away the message that stood on the screen when a key was pressed: it was seen.
  ///
  /// One that a key of the same burst was answered with was not, nor one that no frame has shown yet.
  mutating func dropMessage(seen: LastMessage?, isAlone: Bool, wasCovered: Bool) {
    guard isAlone, let seen, seen.isPainted, message?.number == seen.number else { return }
    message = nil
    if !wasCovered { awaitingLift = nil }
  }

  /// Says that a key counts only if it came alone.
  mutating func ignore(
    _ key: KeyPress,
    because reason: SafeText = "it came with other keys, press it again"
  ) {
    say("\(SafeText(key.name)) ignored: \(reason)", .warn)
  }

  /// Binds the selection to the item that is highlighted, so that it stays there when the list is reordered,
  /// and passes it to the neighbour of an item that is gone.
  ///
  /// While a filter is being typed nothing is bound: Esc gives the former selection back.
  mutating func settleSelection() {
    guard hasFocusMoved, prompt == nil else { return }
    let items = activeItems
    let former = knownItems.flatMap { $0.ground.view == activeView ? $0.items : nil } ?? PanelItems([])
    knownItems = KnownItems(ground: itemsGround, items: items)
    let listed = activeLocal.marks.isEmpty ? nil : unfilteredItems
    var local = activeLocal.settled(in: items, after: former, listed: listed)
    if local.selection == nil, !items.follows { local.select(0, in: items) }
    locals[activeView] = local
  }

  /// Takes over where the user is: the same environment, better known, is no reason to begin anew.
  mutating func takePlace(of former: AppState) {
    view = former.view
    focus = former.focus
    isFullScreen = former.isFullScreen
    layout = former.layout
    locals = former.locals
    hasFocusMoved = former.hasFocusMoved
    settings.lowConfidence = former.settings.lowConfidence
    writeMode = former.writeMode
    pace = former.pace
    monitor.setPace(pace)
    lastAct = former.lastAct
  }

  /// Whether an act goes on that no overlay shows.
  var hasActBehind: Bool {
    act != nil && !overlays.contains { if case .progress = $0 { true } else { false } }
  }

  /// Whether something on the screen counts seconds, or is soon to go away.
  var showsSeconds: Bool {
    act != nil || statement?.isRunning == true || message?.until != nil
      || writeMode.timeLeft(at: now.monotonic) != nil || !monitor.isQuiet
  }

  /// The whole screen as the renderer takes it.
  var screen: ScreenModel {
    let context = context
    var model = ScreenModel(width: width, height: height, context: context, header: header(context.health))
    model.catalog = catalog
    model.view = view
    model.focus = focus
    model.isFullScreen = isFullScreen
    model.layout = layout
    model.locals = locals
    model.overlays = overlays.map { overlay in
      guard case .progress(var progress) = overlay, progress.verdict != nil else { return overlay }
      progress.hasRow = Rows.row(of: progress.subject, self) != nil
      progress.hasRunbook = RunbookFit.fitting(progress, self) != nil
      progress.logs = Escalations.service(of: progress, self).map { SafeText($0.name) }
      return .progress(progress)
    }
    model.prompt = prompt
    model.message = message?.model
    model.actions = keymap.actions.all.filter { obstacles[$0.id] == nil }
    let selected = activeItem
    model.hints = keymap.hints(
      view: view,
      focus: activeView,
      isDetailOpen: activeLocal.detail != nil,
      isFiltered: !activeLocal.filter.isEmpty && !comesFromRow
    ) { command in
      if case .act(let id) = command {
        guard obstacles[id] == nil, let action = keymap.actions.descriptor(of: id),
          action.row == nil || action.row == selected?.kind,
          Acts.request(self, action, on: selected) != nil
        else { return false }
        return selected.map { action.isOfUse(to: $0, context.world) } ?? true
      }
      if command == .runbookOfThis {
        return selected.map { $0.state.severity > 0 && RunbookFit.fitting($0, self) != nil } ?? false
      }
      return selected != nil || !command.needsRow
    }
    if comesFromRow, activeLocal.detail == nil { model.hints.insert(KeyHint("Esc", "back"), at: 0) }
    if RunKeys.isOpen(self) { model.hints = RunKeys.hints(self) }
    if view == .runbooks, activeLocal.detail == nil, let hints = RunKeys.hints(of: selected, self) {
      model.hints = Array((hints + model.hints.filter { $0.key != "Enter" }).prefix(6))
    }
    if let cause = Causes.cause(self), let key = keymap.key(of: .cause) {
      // What mends it comes before what leads to the reason.
      let healing = keymap.key(of: .runbookOfThis).map { SafeText($0.name) }
      let place = model.hints.first?.key == healing ? 1 : 0
      model.hints.insert(KeyHint(SafeText(key.name), SafeText(Causes.hint(cause))), at: place)
    }
    if hasActBehind, let key = keymap.key(of: .ongoing) {
      model.hints.insert(KeyHint(SafeText(key.name), "shows the act"), at: 0)
    }
    return model
  }

  /// Whether the logs are shown for a row of another view.
  private var comesFromRow: Bool { view == .logs && logsCameFrom != nil }

  /// The act under way in a few words: `restarting postgres 0:12`.
  private func shortly(_ act: ProgressModel) -> SafeText {
    let plan = act.plan
    let doing = keymap.actions.descriptor(of: plan.action)?.doing ?? plan.title.string
    let target =
      plan.steps.count > 1
      ? " \(plan.steps.count) \(plan.target.kind)s"
      : plan.target.kind == .environment ? "" : " \(plan.target.name)"
    return SafeText("\(doing)\(target) \(Format.clock(now.monotonic - act.startedAt.monotonic))")
  }

  private func header(_ health: Health) -> HeaderModel {
    let shown = shownMonitor
    let needsSeconds = frozen != nil || act != nil
    let clockText = clock(shownMoment.wall)
    let sources = shown.sourceStates
    var header = HeaderModel(
      label: SafeText(environment.label),
      color: environment.color,
      project: SafeText(environment.project),
      health: health.phrases,
      mode: SafeText(writeMode.label(at: now.monotonic)),
      isModeAlarming: writeMode.timeLeft(at: now.monotonic) != nil,
      sourcesWell: sources.well,
      sources: sources.all,
      runtime: SafeText(environment.runtime),
      clock: SafeText(needsSeconds ? clockText : String(clockText.prefix(5)))
    )
    if let frozen { header.frozen = SafeText("FROZEN \(clock(frozen.at.wall))") }
    if hasActBehind, let act { header.act = shortly(act) }
    if pace != 1 { header.interval = SafeText("polls ×\(Format.number(pace))") }
    return header
  }
}
