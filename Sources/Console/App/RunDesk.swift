import DataSources
import Facts
import Operations
import Panels

/// Goes through one run at a time on the loop: takes what keys ask, and tells where the run stands.
///
/// A run is held by a lock while it is gone through: nobody else goes on with it at the same time.
@LoopActor final class RunDesk {
  private let session: Session
  private let tell: @LoopActor (RunNews) -> Void
  private var runner: RunbookRunner?
  private var given: [String: String] = [:]
  private var output: (step: Int, lines: [SafeText])?
  private var lock: TargetLock?
  /// Orders are taken one after the other.
  private var isBusy = false
  private var waiting: [RunOrder] = []

  init(_ session: Session, _ tell: @escaping @LoopActor (RunNews) -> Void) {
    self.session = session
    self.tell = tell
  }

  /// Takes an order once those before it are done.
  func take(_ order: RunOrder) {
    waiting.append(order)
    guard !isBusy else { return }
    isBusy = true
    LoopActor.task {
      while !self.waiting.isEmpty { await self.perform(self.waiting.removeFirst()) }
      self.isBusy = false
    }
  }

  /// Runs a confirmed plan as a step; `emit` gets its events.
  func execute(
    _ step: Int,
    _ plan: Plan,
    hasAskedAgain: Bool,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) {
    guard let runner, let executor = session.executor, !isBusy else {
      tell(.failed(Self.gone))
      return emit(.refused(.notPossible(Self.gone)))
    }
    isBusy = true
    LoopActor.task {
      if await self.begun(runner, step, emit) {
        self.show(isBusy: true)
        var isProven = false
        let last = await executor.run(plan, hasAskedAgain: hasAskedAgain) { event in
          if case .gate = event { isProven = true }
          if case .ended(let verdict) = event, !verdict.output.isEmpty {
            self.output = (step, verdict.output)
          }
          emit(event)
        }
        await self.written { () throws(FileFailure) in
          try await runner.endAct(step, last, isProven: isProven) { self.show(isBusy: true, $0) }
        }
      }
      self.show()
      while !self.waiting.isEmpty { await self.perform(self.waiting.removeFirst()) }
      self.isBusy = false
    }
  }

  /// Writes down that an act begins; what can't be written is not begun.
  private func begun(
    _ runner: RunbookRunner,
    _ step: Int,
    _ emit: @LoopActor (ActionEvent) -> Void
  ) async -> Bool {
    do throws(FileFailure) {
      if runner.run.beginning == nil { try await runner.begin(by: author) }
      try await runner.beginAct(step)
      return true
    } catch {
      emit(.refused(.notPossible(Self.words(error))))
      return false
    }
  }

  private var author: String { AuditAuthor.current(variables: session.options.variables).person }

  private func perform(_ order: RunOrder) async {
    switch order {
    case .prepare(let script, let given):
      let author = AuditAuthor.current(variables: session.options.variables)
      let run = RunbookRun(id: RunJournal.newID(at: LoopActor.now().wall, by: author))
      await open(script, run, given)
    case .resume(let script, let run): await open(script, run, [:], isLeft: true)
    case .giveUpLeft(let run, let reason): await giveUp(run, because: reason)
    case .dryRun(let script, let run): await preview(script, run)
    case .leave: await leave()
    case .look, .reread, .give, .confirm, .skip, .refuse, .giveUp:
      guard let runner else { return tell(.failed(Self.gone)) }
      show(isBusy: true)
      await written { () throws(FileFailure) in
        if runner.run.beginning == nil { try await runner.begin(by: self.author) }
        try await self.take(order, runner)
      }
      show()
    }
  }

  private func take(_ order: RunOrder, _ runner: RunbookRunner) async throws(FileFailure) {
    switch order {
    case .look(let step): try await runner.look(step) { self.show(isBusy: true, $0) }
    case .reread(let step): try await runner.reread(step) { self.show(isBusy: true, $0) }
    case .give(let step, let value): try await runner.give(step, value)
    case .confirm(let step, let words): try await runner.confirm(step, words) { self.show(isBusy: true, $0) }
    case .skip(let step, let reason): try await runner.skip(step, because: reason)
    case .refuse(let step, let reason): try await runner.refuse(step, because: reason)
    case .giveUp(let reason): try await runner.giveUp(because: reason, by: author)
    case .prepare, .resume, .giveUpLeft, .dryRun, .leave: break
    }
  }

  /// Tells what each step would do now; no journal is written, and nothing held.
  private func preview(_ script: RunScript, _ run: RunbookRun) async {
    guard let services = session.services, let executor = session.executor else { return }
    let runner = RunbookRunner(
      script,
      run,
      services: services,
      journal: session.runs,
      catalog: session.catalog
    )
    var plans: [Int: Result<Plan, Refusal>] = [:]
    for step in script.steps.indices { plans[step] = await runner.preview(of: step, by: executor) }
    tell(.previewed(script, run, plans))
  }

  private static let gone: SafeText = "the run is not gone through here any more"

  // MARK: holding

  /// Goes through a run; one that was left goes on as its journal tells it now: somebody else may have gone on with it.
  private func open(
    _ script: RunScript,
    _ run: RunbookRun,
    _ given: [String: String],
    isLeft: Bool = false
  ) async {
    await leave()
    guard let services = session.services else { return }
    do throws(Refusal) {
      lock = try await session.hold(run, of: script.runbook.id)
    } catch {
      return tell(.failed(error.sentence))
    }
    var run = run
    if isLeft {
      guard let fresh = await read(run) else { return await leave() }
      guard fresh.beginning?.digest == script.digest else {
        await leave()
        return tell(.failed("its runbook has changed since the run began"))
      }
      run = fresh
    }
    self.given = given
    runner = RunbookRunner(
      script,
      run,
      services: services,
      journal: session.runs,
      catalog: session.catalog,
      escalation: session.options.settings.escalation
    )
    show()
  }

  private func read(_ run: RunbookRun) async -> RunbookRun? {
    do throws(FileFailure) {
      if let events = try await session.runs.events(of: run.id) {
        return RunbookRun(id: run.id, events: events)
      }
      tell(.failed("the run \(SafeText(run.id)) is gone"))
    } catch {
      tell(.failed("the journal \(SafeText(error.path)) can't be read: \(SafeText(error.cause))"))
    }
    return nil
  }

  private func giveUp(_ run: RunbookRun, because reason: String) async {
    do throws(Refusal) {
      let lock = try await session.hold(run, of: run.beginning?.runbook ?? "")
      let isWritten = await written { () throws(FileFailure) in
        let event = RunEvent(.gaveUp(reason, by: self.author), at: LoopActor.now().wall)
        try await self.session.runs.append(event, to: run.id)
      }
      await lock.abandon()
      if isWritten { tell(.gaveUp("\(SafeText(run.beginning?.runbook ?? run.id)) is given up")) }
      session.scheduler?.pollNow(RunbookSource.id)
    } catch {
      tell(.failed(error.sentence))
    }
  }

  private func leave() async {
    runner = nil
    output = nil
    let held = lock
    lock = nil
    await held?.abandon()
  }

  // MARK: telling

  @discardableResult
  private func written(_ body: () async throws(FileFailure) -> Void) async -> Bool {
    do throws(FileFailure) {
      try await body()
      return true
    } catch {
      tell(.failed(Self.words(error)))
      return false
    }
  }

  private static func words(_ failure: FileFailure) -> SafeText {
    "the run's journal \(SafeText(failure.path)) can't be written (\(SafeText(failure.cause))): nothing more is done"
  }

  private func show(isBusy: Bool = false, _ gate: GateView? = nil) {
    guard let runner else { return }
    var model = RunModel(
      runner.script,
      runner.run,
      catalog: session.catalog,
      environment: session.options.environment.name,
      escalation: session.options.settings.escalation
    )
    (model.isBusy, model.gate, model.given, model.output) = (isBusy, gate, given, output)
    tell(.stands(model))
    if !isBusy { session.scheduler?.pollNow(RunbookSource.id) }
  }
}

extension Session {
  /// Holds a run, so that nobody else goes on with it.
  /// - Throws: `busy` with who does.
  func hold(_ run: RunbookRun, of runbook: String) async throws(Refusal) -> TargetLock {
    let locks = FileTargetLocks(
      directory: audit.directory,
      author: .current(variables: options.variables)
    )
    return try await locks.take(
      "runbook run \(run.id)",
      for: "the runbook \(SafeText(runbook))",
      askedAt: LoopActor.now().wall
    )
  }
}
