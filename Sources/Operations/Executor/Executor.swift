public import DataSources
internal import Facts

/// The only one who acts: checks, records, acts, proves, records again.
///
/// Same environment? Writable? Lock free? Target still the same? Only then the intent goes to disk, and
/// only after that the act begins. Nothing is ever retried.
@LoopActor public final class Executor {
  /// An act under way.
  private struct Running {
    let id: String
    let plan: Plan
    let begunAt: Moment
    /// Whether its beginning is in the audit log: before that there is nothing to end.
    var isRecorded = false
    var isLeft = false
  }

  /// Whether acts are allowed; the application sets it, nothing else decides.
  public var mode: WriteMode
  private let services: ActionServices
  private let audit: any AuditSink
  private let performers: [ActionID: any ActionPerformer]
  private var running: [String: Running] = [:]
  private var count = 0

  /// Makes the executor of one environment.
  public init(services: ActionServices, audit: any AuditSink, mode: WriteMode) {
    self.services = services
    self.audit = audit
    self.mode = mode
    var performers: [ActionID: any ActionPerformer] = [:]
    for entry in ActionRegistry.entries {
      performers[entry.descriptor.id] = entry.makePerformer(services)
    }
    self.performers = performers
  }

  /// Makes a plan; asks, never changes anything, and so works in read-only, too.
  /// - Throws: why there can be none.
  public func plan(_ request: ActionRequest) async throws(Refusal) -> Plan {
    guard let performer = performers[request.action] else {
      throw .notPossible("there is no action \(SafeText(request.action.name))")
    }
    return try await performer.plan(request)
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
  public func leave(because reason: String = "left by the operator") async {
    for (lock, act) in running where !act.isLeft {
      running[lock]?.isLeft = true
      guard act.isRecorded else { continue }
      let verdict = Verdict(
        .unknown,
        SafeText(reason),
        duration: services.clock.now().monotonic - act.begunAt.monotonic
      )
      let record = AuditRecord(
        .end,
        act: act.id,
        of: act.plan,
        time: services.clock.now().wall,
        verdict: verdict
      )
      try? await audit.append(record)
    }
  }

  private func perform(
    _ plan: Plan,
    hasAskedAgain: Bool,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    let id = newID()
    guard let performer = performers[plan.action] else {
      return await refuse(plan, id, .notPossible("there is no action \(SafeText(plan.action.name))"))
    }
    if let refusal = refusal(of: plan) { return await refuse(plan, id, refusal) }
    let lock = Self.lock(of: plan)
    running[lock] = Running(id: id, plan: plan, begunAt: services.clock.now())
    defer { running[lock] = nil }
    if plan.danger != .look {
      switch await performer.revalidate(plan) {
      case .unchanged: break
      case .changed(let newer, let what):
        guard hasAskedAgain else { return .changed(newer, what: what) }
        return await refuse(plan, id, .targetChanged(what))
      case .refused(let refusal):
        return await refuse(plan, id, refusal)
      }
    }
    // Reading the target took time: the lift may have ended meanwhile.
    if let refusal = modeRefusal() { return await refuse(plan, id, refusal) }
    if running[lock]?.isLeft == true {
      return await refuse(plan, id, .notPossible("it was left before it began"))
    }
    do throws(AuditFailure) {
      let reason = mode.lift.map { "write: \($0.reason)" } ?? ""
      let time = services.clock.now().wall
      try await audit.append(AuditRecord(.begin, act: id, of: plan, time: time, reason: reason))
    } catch {
      return .refused(.auditUnwritable(path: SafeText(error.path), cause: SafeText(error.cause)))
    }
    if running[lock]?.isLeft == true {
      let verdict = Verdict(.failed, "it was left before it began; nothing was sent")
      let time = services.clock.now().wall
      // Without this line the act is listed as left open at the next start: nothing is lost by that.
      try? await audit.append(AuditRecord(.end, act: id, of: plan, time: time, verdict: verdict))
      return .ended(verdict)
    }
    running[lock]?.isRecorded = true
    emit(.recorded)
    return await act(plan, id, lock, performer, emit)
  }

  private func act(
    _ plan: Plan,
    _ id: String,
    _ lock: String,
    _ performer: any ActionPerformer,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActionEvent {
    emit(.acting)
    let outcome = await performer.act(plan, emit)
    emit(.acted(outcome.endedAt.monotonic - outcome.begunAt.monotonic))
    var verdict = await performer.verify(plan, after: outcome, emit)
    verdict.duration = services.clock.now().monotonic - outcome.begunAt.monotonic
    if running[lock]?.isLeft != true {
      do throws(AuditFailure) {
        let time = services.clock.now().wall
        try await audit.append(AuditRecord(.end, act: id, of: plan, time: time, verdict: verdict))
      } catch {
        emit(.note("the outcome could not be recorded in \(SafeText(error.path)): \(SafeText(error.cause))"))
      }
    }
    for source in performer.touched(by: plan) + [AuditSource.id] { services.prober.pollNow(source) }
    return .ended(verdict)
  }

  private func refusal(of plan: Plan) -> Refusal? {
    if plan.environment != services.environment {
      return .wrongEnvironment(SafeText(plan.environment))
    }
    if plan.danger != .look, let refusal = modeRefusal() { return refusal }
    if let other = running[Self.lock(of: plan)] {
      return .busy("\(other.plan.title) is still running")
    }
    return nil
  }

  private func modeRefusal() -> Refusal? {
    mode.refusal(at: services.clock.now().monotonic)
  }

  private func refuse(_ plan: Plan, _ id: String, _ refusal: Refusal) async -> ActionEvent {
    let record = AuditRecord(
      .refused,
      act: id,
      of: plan,
      time: services.clock.now().wall,
      reason: refusal.sentence.string
    )
    // A refusal stands whether or not it can be recorded.
    try? await audit.append(record)
    return .refused(refusal)
  }

  /// One act a target at a time, and one quick test an environment.
  private static func lock(of plan: Plan) -> String {
    plan.target.kind == .environment ? "\(plan.action) \(plan.target.lock)" : plan.target.lock
  }

  /// An id that hardly any other console has: the wall time to a quarter of a microsecond, and a count.
  private func newID() -> String {
    count += 1
    let nanoseconds = Int64(services.clock.now().wall.secondsSince1970 * 1e9)
    return "\(String(nanoseconds, radix: 36))-\(count)"
  }
}
