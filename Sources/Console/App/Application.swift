internal import CGuard
import DataSources
import Facts
internal import Glibc
import Operations
import Panels

/// The console on a terminal: feeds events to the reducer, performs its effects, paints its screen.
///
/// Longer than other files: every watch, timer and effect shares the terminal and the session that are closed here.
@LoopActor final class Application {
  /// What polls bring in is painted together: several answers come within one slot.
  private static let reportDelay: Duration = .milliseconds(60)

  private var state: AppState
  private var session: Session
  private let makeSession: @LoopActor (String) async -> Result<Session, ConsoleFailure>
  private let refine: @LoopActor () async -> Result<Session, ConsoleFailure>?
  private let terminal: Terminal
  private let themes: [String: Theme]

  private var desk: RunDesk?
  private var logs: LogFollower?
  private var datastores: DatastoreDesk?
  private var keyRule = LoneKeyRule()
  private let paintTimer = LoopTimer()
  private let keyTimer = LoopTimer()
  private let tickTimer = LoopTimer()
  private let resumeTimer = LoopTimer()
  private var isSuspended = false
  /// Whether a program has the terminal.
  private var isLent = false
  private var inputWatch: DescriptorWatch?
  private var signals: [SignalWatch] = []
  private var stopWatch: SignalWatch?
  private var stopClock = StopClock(LoopActor.now().monotonic)
  private var tiles = TileCache()
  private var lastPaint: MonotonicTime?
  private var pacing = PaintPacing()
  private var isTickingSeconds = false
  /// When the planned paint is due; nil if none is planned.
  private var paintDue: MonotonicTime?
  private var finish: CheckedContinuation<Int32?, Never>?
  private var leaving: CheckedContinuation<Void, Never>?
  /// What of an act that was left could not be recorded; nil while that isn't known.
  private var unrecorded: [AuditFailure]? = []

  /// Makes an application on an open terminal; ``run()`` starts it.
  ///
  /// `makeSession` opens another environment by its name; `refine` finds, after the first frame, a better
  /// session of the one that is open, or nil.
  init(
    session: Session,
    terminal: Terminal,
    themes: [String: Theme],
    makeSession: @escaping @LoopActor (String) async -> Result<Session, ConsoleFailure>,
    refine: @escaping @LoopActor () async -> Result<Session, ConsoleFailure>?
  ) {
    self.session = session
    self.terminal = terminal
    self.themes = themes
    self.makeSession = makeSession
    self.refine = refine
    state = Self.initialState(session, terminal, themes)
  }

  private static func initialState(
    _ session: Session,
    _ terminal: Terminal,
    _ themes: [String: Theme]
  ) -> AppState {
    var settings = PanelSettings()
    settings.lowConfidence = session.options.settings.thresholds.validationThreshold
    var state = AppState(
      width: terminal.size.width,
      height: terminal.size.height,
      now: LoopActor.now(),
      environment: session.info,
      monitor: session.makeMonitor(),
      settings: settings,
      writeMode: session.options.writeMode,
      keymap: Keymap(.standard, actions: session.catalog),
      clock: PanelClock(time: LocalClock.text, day: LocalClock.day)
    )
    state.isASCII = terminal.isASCII
    state.layout = PanelCatalog.layouts.firstIndex(of: session.options.settings.layout) ?? 0
    state.themes = themes.keys.sorted()
    if let note = terminal.notice ?? session.options.notes.last { state.say(note) }
    return state
  }

  /// Paints the first frame, polls, and returns when the user leaves: the signal that ended it, or nil.
  func run() async -> Int32? {
    watchInput()
    watchSignals()
    paint()
    begin()
    refineSession()
    scheduleTick()
    let signal = await withCheckedContinuation { finish = $0 }
    if state.act != nil { await leaveAct() }
    close()
    tellUnrecorded()
    return signal
  }

  /// Records that the act under way is left; a disk that doesn't answer must not hold the terminal.
  private func leaveAct() async {
    guard let executor = session.executor else { return }
    unrecorded = nil
    let timer = LoopTimer()
    await withCheckedContinuation { continuation in
      leaving = continuation
      timer.start(after: .seconds(3)) { [weak self] in self?.hasLeft() }
      LoopActor.task {
        self.unrecorded = await executor.leave()
        self.hasLeft()
      }
    }
    timer.close()
  }

  /// Tells it on the terminal that is the shell's again: nobody could read it before.
  private func tellUnrecorded() {
    guard let unrecorded else {
      return Output.error("switchboard: that an act was left is not recorded: the disk didn't answer in 3 s")
    }
    for failure in unrecorded { Output.error(ActCommand.sentence(of: failure)) }
  }

  private func hasLeft() {
    leaving?.resume()
    leaving = nil
  }

  private func begin() {
    session.terminal = LentScreen(self)
    session.start(world: { [weak self] in self?.state.monitor.world ?? World() }) { [weak self] reports in
      self?.dispatch(.reports(reports))
    }
    state.obstacles = session.obstacles
    let session = session
    desk = RunDesk(session) { [weak self] news in
      // A run of an environment that has been left says nothing of the one that is shown.
      if self?.session === session { self?.dispatch(.run(news)) }
    }
    followLogs(session)
    datastores?.close()
    datastores = DatastoreDesk(session) { [weak self] event in
      if self?.session === session { self?.dispatch(event) }
    }
    datastores?.look(at: state.datastoreSection)
    LoopActor.task { [weak self] in
      let acts = await session.openActs()
      if !acts.isEmpty, self?.session === session { self?.dispatch(.leftOpen(acts)) }
    }
  }

  private func followLogs(_ session: Session) {
    logs?.look(for: nil)
    logs = session.connections.runtime.map { runtime in
      LogFollower(runtime) { [weak self] in
        self?.state.monitor.world.snapshot(ServicesSnapshot.self)?.value.services ?? []
      } tell: { [weak self] snapshot in
        if self?.session === session { self?.dispatch(.logs(snapshot)) }
      }
    }
    // Who looks at them looks at those of the new session.
    if let query = state.logQuery { logs?.look(for: query) }
  }

  private func close() {
    logs?.look(for: nil)
    datastores?.close()
    inputWatch?.close()
    for watch in signals { watch.close() }
    for timer in [paintTimer, keyTimer, tickTimer, resumeTimer] { timer.close() }
    terminal.close()
    session.close()
  }

  // MARK: events

  private func dispatch(_ event: AppEvent) {
    if let gap = stopClock.advance(to: LoopActor.now().monotonic) {
      _ = Reducer.reduce(&state, .stopped(for: gap), at: LoopActor.now())
    }
    let effects = Reducer.reduce(&state, event, at: LoopActor.now())
    for effect in effects { perform(effect) }
    if state.showsSeconds, !isTickingSeconds { scheduleTick() }
    switch event {
    case .reports, .tick: planPaint(after: Self.reportDelay)
    case .key, .pasted, .resized, .painted, .planned, .asksCredentials, .action, .detail, .leftOpen,
      .environmentFailed, .run, .logs, .savedLogs, .datastores, .statement,
      .stopped, .copied, .exported, .terminate, .hungUp:
      planPaint(after: .zero)
    }
  }

  private func watchInput() {
    inputWatch = DescriptorWatch(terminal.descriptor) { [weak self] ready, status in
      guard let self else { return }
      if ready.contains(.writable) {
        terminal.flush()
        watchOutput()
        if !terminal.hasPendingOutput { planPaint(after: .zero) }
      }
      if ready.contains(.readable) || status < 0 || ready.contains(.disconnect) { readKeys() }
    }
    watchOutput()
  }

  private func watchOutput() {
    inputWatch?.watch(
      terminal.hasPendingOutput ? [.readable, .writable, .disconnect] : [.readable, .disconnect]
    )
  }

  private func readKeys() {
    let now = LoopActor.now().monotonic
    if let batch = terminal.readKeys(at: now) {
      let isAlone = keyRule.admits(batch, shownAt: lastPaint)
      for key in batch.keys { take(key, isAlone: isAlone) }
    }
    if let deadline = terminal.keyDeadline {
      keyTimer.start(after: max(.zero, deadline - now)) { [weak self] in self?.readKeys() }
    }
    if terminal.isGone { dispatch(.hungUp) }
    // The terminal may have told its background.
    if terminal.wantsPaint { planPaint(after: .zero) }
  }

  private func take(_ key: KeyPress, isAlone: Bool) {
    if case .pasted(let text) = key {
      dispatch(.pasted(text))
    } else {
      dispatch(.key(key, isAlone: isAlone))
    }
  }

  private func watchSignals() {
    signals = [
      SignalWatch(SIGWINCH) { [weak self] in self?.resized() },
      SignalWatch(SIGCONT) { [weak self] in self?.continued() },
    ]
    watchStop()
    for signal in [SIGTERM, SIGHUP, SIGINT, SIGQUIT] {
      signals.append(
        SignalWatch(signal) { [weak self] in
          guard_acknowledge()
          self?.dispatch(.terminate(signal: signal))
        }
      )
      // Should the loop be stuck, a second signal ends the program all the same.
      guard_watch(signal)
    }
  }

  /// A stop from outside waits until the terminal is given back.
  private func watchStop() {
    guard stopWatch == nil else { return }
    stopWatch = SignalWatch(SIGTSTP) { [weak self] in self?.suspend(getpid()) }
  }

  private func resized() {
    guard !isLent, terminal.resize() else { return }
    dispatch(.resized(width: terminal.size.width, height: terminal.size.height))
  }

  /// Ages on the screen change by themselves: once a second where seconds are shown, else every five, on
  /// the wall clock's own; polls paint besides.
  private func scheduleTick() {
    isTickingSeconds = state.showsSeconds
    let intoFive = LoopActor.now().wall.secondsSince1970.truncatingRemainder(dividingBy: 5)
    let wait: Duration = isTickingSeconds ? .seconds(1) : .seconds(5 - intoFive)
    tickTimer.start(after: wait) { [weak self] in
      self?.dispatch(.tick)
      self?.scheduleTick()
    }
  }

  // MARK: painting

  /// Paints now if there is no delay and a paint to spare, else at the next chance; a paint that is planned
  /// for later is brought forward.
  private func planPaint(after delay: Duration) {
    let now = LoopActor.now().monotonic
    let due = pacing.due(after: delay, now: now)
    if let paintDue, paintDue <= due { return }
    guard due > now else { return paint() }
    paintDue = due
    paintTimer.start(after: due - now) { [weak self] in self?.paint() }
  }

  private func paint() {
    paintDue = nil
    paintTimer.stop()
    let screen = ScreenRenderer.draw(state.screen, &tiles)
    let result = terminal.draw(screen.buffer, cursor: screen.cursor)
    if result != .unchanged { watchOutput() }
    guard result != .waiting else { return }
    let now = LoopActor.now()
    if result == .sent {
      lastPaint = now.monotonic
      pacing.painted(at: now.monotonic)
    }
    _ = Reducer.reduce(&state, .painted, at: now)
  }

  // MARK: effects

  private func perform(_ effect: Effect) {
    switch effect {
    case .quit(let signal):
      finish?.resume(returning: signal)
      finish = nil
    case .suspend: suspend(0)
    case .redraw: terminal.redraw()
    case .plan(let request): plan(request)
    case .findCredentials(let request): findCredentials(request)
    case .giveCredential(let name, let value):
      guard let value else { return session.credentials.forget() }
      session.credentials.give(Secret(value), for: name)
    case .execute(let plan, let hasAskedAgain): execute(plan, hasAskedAgain: hasAskedAgain)
    case .executeStep(let step, let plan, let hasAskedAgain):
      desk?.execute(step, plan, hasAskedAgain: hasAskedAgain) { [weak self] in
        self?.dispatch(.action(plan, $0))
      }
    case .run(let order): desk?.take(order)
    case .load(_, let item): load(item)
    case .refresh:
      session.refresh()
      datastores?.refresh()
    case .watchUsage(let isWatched): session.watchUsage(isWatched)
    case .watchLogs(let query): logs?.look(for: query)
    case .saveLogs: saveLogs()
    case .watchDatastores(let section): datastores?.look(at: section)
    case .runStatement(let number, let sql, let source): datastores?.run(number, sql, of: source)
    case .cancelStatement: datastores?.cancel()
    case .pace(let factor): session.scheduler?.setPace(factor)
    case .copy(let text): copy(text)
    case .export(let order): export(order)
    case .switchEnvironment(let name): switchEnvironment(name)
    case .writeMode(let mode): session.executor?.mode = mode
    case .theme(let name):
      if let theme = themes[name] { terminal.setTheme(theme, onLight: BuiltInThemes.onLight(name, themes)) }
    }
  }

  /// Gives the terminal back and stops: the whole group (0) as Ctrl-Z does, or this process alone.
  private func suspend(_ target: pid_t) {
    guard !isSuspended else { return }
    if !isLent { terminal.suspend() }
    isSuspended = true
    // What stops is the signal's default, which returns when nobody watches it.
    stopWatch?.close()
    stopWatch = nil
    kill(target, SIGTSTP)
    // Where no shell waits (ssh with a command, docker exec) nothing stops, and nobody will say "continue".
    resumeTimer.start(after: .milliseconds(100)) { [weak self] in
      if self?.isSuspended == true { self?.continued() }
    }
  }

  /// Leaves the terminal to a program that runs on it; polls go on.
  func leaveScreen() {
    isLent = true
    inputWatch?.close()
    inputWatch = nil
    keyTimer.stop()
    terminal.suspend()
  }

  /// Takes the terminal again.
  func returnToScreen() {
    isLent = false
    terminal.resume()
    watchInput()
    resized()
    planPaint(after: .zero)
  }

  private func continued() {
    isSuspended = false
    watchStop()
    guard !isLent else { return }
    terminal.resume()
    resized()
    planPaint(after: .zero)
  }

  private func copy(_ text: String) {
    guard let command = CopyCommand(session.options.variables) else {
      return dispatch(CopyCommand.told(isSent: terminal.copy(text), text))
    }
    LoopActor.task { [weak self] in self?.dispatch(await command.give(text)) }
  }

  private func saveLogs() {
    guard let logs = state.logs, let exports = session.services?.exports else {
      return dispatch(.savedLogs("there is nowhere to write a file to", isWell: false))
    }
    LoopActor.task {
      switch await LogExport.write(logs, into: exports, at: LoopActor.now().wall) {
      case .success(let (count, path)):
        let lines = count == 1 ? "1 line is" : "\(Format.count(count)) lines are"
        self.dispatch(.savedLogs(SafeText("\(lines) in \(path)", limit: 400), isWell: true))
      case .failure(let failure):
        let words = "\(failure.path) can't be written: \(failure.cause)"
        self.dispatch(.savedLogs(SafeText(words, limit: 400), isWell: false))
      }
    }
  }

  private func export(_ order: ExportOrder) {
    let home = session.options.variables["HOME"]
    LoopActor.task { [weak self] in
      let (words, isWell) = await Exports.write(order, home: home)
      self?.dispatch(.exported(words, isWell: isWell))
    }
  }

  private func plan(_ request: ActionRequest) {
    guard let executor = session.executor else { return }
    LoopActor.task {
      do throws(Refusal) {
        self.dispatch(.planned(request, .success(try await executor.plan(request))))
      } catch {
        self.dispatch(.planned(request, .failure(error)))
      }
    }
  }

  private func findCredentials(_ request: ActionRequest) {
    LoopActor.task {
      let found = await self.session.credentialFields(of: request.target)
      self.dispatch(.asksCredentials(request, found))
    }
  }

  private func execute(_ plan: Plan, hasAskedAgain: Bool) {
    guard let executor = session.executor else { return }
    LoopActor.task {
      await executor.run(plan, hasAskedAgain: hasAskedAgain) { [weak self] event in
        self?.dispatch(.action(plan, event))
      }
    }
  }

  private func load(_ item: PanelItem) {
    let (session, world) = (session, state.monitor.world)
    LoopActor.task {
      let detail = await session.detail(of: item, in: world)
      // What was asked of an environment that has been left says nothing of the one that is shown.
      guard self.session === session else { return }
      self.dispatch(.detail(item.id, detail))
    }
  }

  private func switchEnvironment(_ name: String) {
    LoopActor.task {
      self.open(await self.makeSession(name))
    }
  }

  private func open(_ result: Result<Session, ConsoleFailure>, keepsPlace: Bool = false) {
    switch result {
    case .failure(let failure): dispatch(.environmentFailed(SafeText(failure.message)))
    case .success(let next) where state.act != nil:
      // Opening took time, and an act began in it: it needs the connections that it has.
      next.close()
      dispatch(.environmentFailed("an act is running: \(next.info.label) was not opened"))
    case .success(let next): replaceSession(next, keepsPlace: keepsPlace)
    }
    planPaint(after: .zero)
  }

  /// Connections, facts, marks, dialogs and the write lift belong to the environment that is left.
  private func replaceSession(_ next: Session, keepsPlace: Bool) {
    desk?.take(.leave)
    session.close()
    session = next
    var fresh = Self.initialState(next, terminal, themes)
    if keepsPlace { fresh.takePlace(of: state) }
    state = fresh
    tiles = TileCache()
    begin()
    session.executor?.mode = state.writeMode
    session.scheduler?.setPace(state.pace)
  }

  /// Takes a better reading of the environment over while nobody is in the middle of something.
  private func refineSession() {
    LoopActor.task {
      guard let result = await self.refine() else { return }
      while self.state.act != nil || !self.state.overlays.isEmpty || self.state.prompt != nil
        || self.state.run != nil
      {
        await LoopActor.sleep(for: .seconds(1))
      }
      self.open(result, keepsPlace: true)
    }
  }
}

/// Why the console can't be opened, or another environment in it.
struct ConsoleFailure: Error, Sendable {
  /// The whole message, one or more lines.
  let message: String
  /// The exit code it means on the command line.
  let code: ExitCode

  /// The message without the program's name.
  var reason: String {
    message.hasPrefix("switchboard: ") ? String(message.dropFirst("switchboard: ".count)) : message
  }
}
