public import DataSources
public import Facts

/// The only one who acts: checks, records, acts, proves, records again.
///
/// Same environment? Writable? Locks free? Targets still the same? Only then the intent goes to disk, and
/// only after that the act begins. Nothing is ever retried. Several targets are acted on one after the
/// other, to the first that is not done.
@LoopActor public final class Executor {
  /// A plan under way.
  private struct Running {
    let plan: Plan
    /// What is being acted on, once its beginning is in the audit log: before that there is nothing to end.
    var recorded: (id: String, step: PlanStep, begunAt: Moment)?
    var isLeft = false
  }

  /// Whether acts are allowed; the application sets it, nothing else decides.
  public var mode: WriteMode
  private let services: ActionServices
  private let audit: any AuditSink
  private let locks: any TargetLocking
  private let actions: [ActionID: AnyAction]
  private var running: [String: Running] = [:]
  private var count = 0

  /// Makes the executor of one environment.
  public init(
    services: ActionServices,
    audit: any AuditSink,
    locks: any TargetLocking,
    mode: WriteMode,
    catalog: ActionCatalog = .standard
  ) {
    self.services = services
    self.audit = audit
    self.locks = locks
    self.mode = mode
    var actions: [ActionID: AnyAction] = [:]
    for entry in catalog.entries { actions[entry.descriptor.id] = entry.make(services) }
    self.actions = actions
  }

  /// Makes a plan; asks, never changes anything, and so works in read-only, too.
  ///
  /// `askedAt` is when the operator asked; nil: now.
  /// - Throws: why there can be none.
  public func plan(_ request: ActionRequest, askedAt: WallTime? = nil) async throws(Refusal) -> Plan {
    let now = services.clock.now().wall
    var plan = try await draft(request, askedAt: askedAt ?? now, renewing: nil)
    let targets = plan.steps.map(\.target)
    if plan.danger != .look,
      let last = PlanRow(lastActOn: targets, among: services.world().acts, now: now)
    {
      let place = plan.rows.firstIndex { $0.label == "proof" } ?? plan.rows.count
      plan.rows.insert(last, at: place)
    }
    return plan
  }

  /// Runs a confirmed plan to its verdict and tells everything on the way.
  ///
  /// Returns the last event, which was also emitted. `hasAskedAgain` says that the operator has already
  /// confirmed a changed plan: a further change refuses instead of asking once more.
  @discardableResult
  public func run(
    _ plan: Plan,
    hasAskedAgain: Bool = false,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    let last = await perform(plan, hasAskedAgain: hasAskedAgain, emit)
    emit(last)
    return last
  }

  /// Records all acts under way as left with an unknown outcome; they go on by themselves outside.
  ///
  /// Returns what could not be recorded: such an act is listed as left open at the next start.
  @discardableResult
  public func leave(because reason: String = "left by the operator") async -> [AuditFailure] {
    var failures: [AuditFailure] = []
    for (key, act) in running where !act.isLeft {
      running[key]?.isLeft = true
      guard let recorded = act.recorded else { continue }
      let now = services.clock.now()
      let duration = now.monotonic - recorded.begunAt.monotonic
      let verdict = Verdict(.unknown, SafeText(reason), duration: duration)
      let record = AuditRecord(
        .end,
        act: recorded.id,
        of: act.plan,
        on: recorded.step.target,
        time: now.wall,
        verdict: verdict
      )
      if let failure = await failure(of: record) { failures.append(failure) }
    }
    return failures
  }

  // MARK: planning

  private func draft(
    _ request: ActionRequest,
    askedAt: WallTime,
    renewing old: Plan?
  ) async throws(Refusal) -> Plan {
    guard let action = actions[request.action] else {
      throw .notPossible("there is no action \(SafeText(request.action.name))")
    }
    var request = request
    // What was confirmed is renewed as it was, whatever has come since.
    if !action.isOneStep, old == nil {
      request.targets = try await action.targets(request).get()
      guard !request.targets.isEmpty else { throw .notPossible("there is nothing that it could act on") }
    }
    let requests =
      action.isOneStep
      ? [request]
      : request.targets.map { target in
        var single = request
        single.targets = [target]
        return single
      }
    var drafts: [Draft<PlanDetails>] = []
    for (index, single) in requests.enumerated() {
      let details = old.flatMap { $0.steps.indices.contains(index) ? $0.steps[index].details : nil }
      drafts.append(try await action.draft(single, details).get())
    }
    return Plan(drafts, of: request, in: services.environment, askedAt: askedAt)
  }

  /// What the plan's targets are right before the act; nil if nothing that matters has changed.
  /// - Throws: it can't be done any more.
  private func change(of plan: Plan) async throws(Refusal) -> (plan: Plan, what: String)? {
    guard actions[plan.action]?.canChange == true else { return nil }
    var newer = try await draft(plan.request, askedAt: plan.askedAt, renewing: plan)
    guard let what = plan.change(to: newer) else { return nil }
    newer.request.targets = newer.steps.map(\.target)
    // Asked anew now: whatever was done before is known now.
    newer.askedAt = services.clock.now().wall
    return (newer, what)
  }

  // MARK: running

  private func perform(
    _ plan: Plan,
    hasAskedAgain: Bool,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    let id = newID()
    guard let action = actions[plan.action] else {
      return await refuse(plan, id, .notPossible("there is no action \(SafeText(plan.action.name))"), emit)
    }
    if let refusal = refusal(of: plan, sharing: action.sharesTarget) {
      return await refuse(plan, id, refusal, emit)
    }
    // What changes nothing but what is shown and the console's own records: no lock, no record.
    if plan.danger == .look { return .ended(await look(plan, action, emit)) }
    running[id] = Running(plan: plan)
    defer { running[id] = nil }
    var held: [TargetLock] = []
    let last: ActionEvent
    do throws(Refusal) {
      for lock in self.locks(of: plan) where !action.sharesTarget {
        held.append(try await locks.take(lock, for: plan.title, askedAt: plan.askedAt))
        if let note = held.last?.note { emit(.note(note)) }
      }
      if let (newer, what) = try await change(of: plan) {
        guard hasAskedAgain else {
          for lock in held { await lock.abandon() }
          return .changed(newer, what: SafeText(what))
        }
        throw .targetChanged(SafeText(what))
      }
      // Reading the targets took time: the lift may have ended meanwhile.
      if let refusal = modeRefusal() { throw refusal }
      if running[id]?.isLeft == true { throw .notPossible("it was left before it began") }
      if case .lost(let words) = await held.standing() { throw .busy(words) }
      last = await runSteps(of: plan, id, holding: held, action, emit)
      for lock in held { await lock.release() }
    } catch {
      for lock in held { await lock.abandon() }
      return await refuse(plan, id, error, emit)
    }
    return last
  }

  private func runSteps(
    of plan: Plan,
    _ id: String,
    holding locks: [TargetLock],
    _ action: AnyAction,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    var verdicts: [Verdict] = []
    for (index, step) in plan.steps.enumerated() {
      if index > 0, case .lost(let words) = await locks.standing() {
        verdicts.append(Verdict(.failed, "it was not begun: \(words)"))
        break
      }
      let stepID = plan.steps.count == 1 ? id : "\(id).\(index + 1)"
      if plan.steps.count > 1 {
        emit(.step(index + 1, of: plan.steps.count, SafeText(step.target.name)))
      }
      switch await begin(plan, step, stepID, run: id) {
      case .failure(let failure):
        let refusal = Refusal.auditUnwritable(path: SafeText(failure.path), cause: SafeText(failure.cause))
        guard index > 0 else { return .refused(refusal) }
        verdicts.append(Verdict(.failed, refusal.sentence))
      case .success(false):
        var verdict = Verdict(.failed, "it was left before it began; nothing was sent")
        verdict.acts = [stepID]
        await end(plan, step, stepID, verdict, emit)
        verdicts.append(verdict)
      case .success(true):
        emit(.recorded)
        verdicts.append(await act(plan, step, stepID, run: id, holding: locks, action, emit))
      }
      guard let last = verdicts.last, last.outcome == .done || last.outcome == .doneUnproven else { break }
    }
    for source in plan.steps.flatMap({ action.touches($0.details) }) + [AuditSource.id] {
      services.prober.pollNow(source)
    }
    return .ended(Verdict(of: verdicts, plan))
  }

  /// Puts the intent on the disk; false if the act was left meanwhile.
  private func begin(
    _ plan: Plan,
    _ step: PlanStep,
    _ id: String,
    run: String
  ) async -> Result<Bool, AuditFailure> {
    let now = services.clock.now()
    let reason = mode.lift.map { "write: \($0.reason)" } ?? ""
    let record = AuditRecord(.begin, act: id, of: plan, on: step.target, time: now.wall, reason: reason)
    if let failure = await failure(of: record) { return .failure(failure) }
    guard running[run]?.isLeft != true else { return .success(false) }
    running[run]?.recorded = (id, step, now)
    return .success(true)
  }

  private func act(
    _ plan: Plan,
    _ step: PlanStep,
    _ id: String,
    run: String,
    holding locks: [TargetLock],
    _ action: AnyAction,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    emit(.acting)
    var verdict = await TargetLock.$ofThisAct.withValue(locks) {
      await action.verdict(of: step.details, services, emit)
    }
    switch await locks.standing() {
    case .held: break
    case .lost(let words): verdict = verdict.doubted(words)
    case .unsure(let words): verdict.add(note: words)
    }
    verdict.acts = [id]
    running[run]?.recorded = nil
    guard running[run]?.isLeft != true else { return verdict }
    if let failure = await end(plan, step, id, verdict, emit) {
      verdict.add(
        note: "the outcome could not be recorded in \(SafeText(failure.path)): \(SafeText(failure.cause))"
      )
    }
    return verdict
  }

  @discardableResult
  private func end(
    _ plan: Plan,
    _ step: PlanStep,
    _ id: String,
    _ verdict: Verdict,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> AuditFailure? {
    let time = services.clock.now().wall
    return await failure(
      of: AuditRecord(.end, act: id, of: plan, on: step.target, time: time, verdict: verdict)
    )
  }

  private func look(
    _ plan: Plan,
    _ action: AnyAction,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    var verdicts: [Verdict] = []
    for step in plan.steps {
      var verdict = await action.verdict(of: step.details, services, emit)
      if action.isNoted { verdict = await note(verdict, plan, step) }
      verdicts.append(verdict)
    }
    for source in plan.steps.flatMap({ action.touches($0.details) }) { services.prober.pollNow(source) }
    return Verdict(of: verdicts, plan)
  }

  /// Writes a note down; in read-only no other host is told.
  private func note(_ verdict: Verdict, _ plan: Plan, _ step: PlanStep) async -> Verdict {
    let (time, reason) = (services.clock.now().wall, verdict.told.string)
    let record = AuditRecord(.note, act: newID(), of: plan, on: step.target, time: time, reason: reason)
    do throws(AuditFailure) {
      var verdict = verdict
      verdict.acts = [record.act]
      if modeRefusal() != nil {
        try await audit.keep(record)
        if audit.isShared { verdict.note = "kept here only: read-only tells no server" }
      } else if let failure = try await audit.note(record) {
        verdict.note = "kept here only: Redis \(SafeText(failure.word))"
      }
      return verdict
    } catch {
      return Verdict(.failed, "not noted: \(SafeText(error.path)): \(SafeText(error.cause))")
    }
  }

  // MARK: refusing and recording

  private func refusal(of plan: Plan, sharing sharesTarget: Bool) -> Refusal? {
    if plan.environment != services.environment {
      return .wrongEnvironment(SafeText(plan.environment))
    }
    guard plan.danger != .look else { return nil }
    if let refusal = modeRefusal() { return refusal }
    if sharesTarget { return nil }
    let wanted = Set(locks(of: plan))
    let other = running.values.first { !wanted.isDisjoint(with: locks(of: $0.plan)) }
    return other.map { .busy("\($0.plan.title) is still running") }
  }

  /// The locks that a plan takes, in order: its targets', and those of what else it acts on.
  private func locks(of plan: Plan) -> [String] {
    var locks: [String] = []
    for step in plan.steps {
      let also = actions[plan.action]?.alsoActsOn(step.details) ?? []
      for lock in ([step.target] + also).map({ $0.lock(for: plan.action) }) where !locks.contains(lock) {
        locks.append(lock)
      }
    }
    return locks
  }

  private func modeRefusal() -> Refusal? {
    mode.refusal(at: services.clock.now().monotonic)
  }

  /// A refusal stands whether or not it can be recorded; that it could not is told.
  private func refuse(
    _ plan: Plan,
    _ id: String,
    _ refusal: Refusal,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    let record = AuditRecord(
      .refused,
      act: id,
      of: plan,
      on: plan.target,
      time: services.clock.now().wall,
      reason: refusal.sentence.string
    )
    if let failure = await failure(of: record) {
      emit(.note("that it was refused could not be recorded in \(SafeText(failure.path))"))
    } else {
      emit(.refusalRecorded(id))
    }
    return .refused(refusal)
  }

  private func failure(of record: AuditRecord) async -> AuditFailure? {
    do throws(AuditFailure) {
      try await audit.append(record)
      return nil
    } catch {
      return error
    }
  }

  /// An id that hardly any other console has: the wall time to a quarter of a microsecond, and a count.
  private func newID() -> String {
    count += 1
    let nanoseconds = Int64(services.clock.now().wall.secondsSince1970 * 1e9)
    return "\(String(nanoseconds, radix: 36))-\(count)"
  }
}
