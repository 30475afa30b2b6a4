internal import DataSources
internal import Facts

/// Drives a ``ProofRun``: asks what it wants asked, each question on its own, until it has ended.
@LoopActor final class Prover {
  /// Reads what only the action knows how to read.
  typealias OwnReader = @LoopActor @Sendable (String) async -> Result<[Observation], SourceFailure>

  private var run: ProofRun
  private let services: ActionServices
  private let interval: Duration
  private let read: OwnReader

  /// Proves by `machine` what was done; `interval` is the least time between two questions of a kind.
  init(
    _ machine: any ProofMachine,
    after outcome: ActOutcome,
    services: ActionServices,
    interval: Duration? = nil,
    read: @escaping OwnReader = { _ in .success([]) }
  ) {
    self.services = services
    self.read = read
    self.interval = interval ?? services.timing.interval
    run = ProofRun(machine, after: outcome, interval: self.interval)
  }

  /// Returns the verdict; what is still being asked then is forgotten.
  func verdict(_ emit: @LoopActor (ActionEvent) -> Void) async -> Verdict {
    var shownAt: MonotonicTime?
    while true {
      let now = services.clock.now().monotonic
      switch run.next(now: now) {
      case .ended(let verdict):
        for view in run.views(now: now) { emit(view) }
        return verdict
      case .ask(let questions):
        for question in questions { ask(question) }
      case .wait:
        if shownAt.map({ now - $0 >= interval }) ?? true {
          for view in run.views(now: now) { emit(view) }
          shownAt = now
        }
        await services.clock.sleep(for: services.timing.tick)
      }
    }
  }

  private func ask(_ question: ProofQuestion) {
    LoopActor.task {
      let asked = self.services.clock.now().monotonic
      var start = asked
      let answer: ProofAnswer
      switch question {
      case .services: answer = .services(await self.readServices())
      case .source(let id):
        let report = await self.services.prober.freshReport(of: id)
        // A sample is as old as its own question, however long that waited for its turn.
        start = report?.startedAt.monotonic ?? asked
        answer = .report(report)
      case .consumers(let id): answer = .consumers(await self.readConsumers(id))
      case .own(let key): answer = .facts(await self.read(key))
      }
      self.run.take(answer, to: question, startedAt: start, now: self.services.clock.now().monotonic)
    }
  }

  private func readConsumers(_ id: String) async -> Result<[QueueConsumer], SourceFailure>? {
    guard let reader = services.consumers[id] else { return nil }
    do throws(SourceFailure) {
      return .success(try await reader.consumers())
    } catch {
      return .failure(error)
    }
  }

  private func readServices() async -> Result<[ServiceReading], SourceFailure> {
    guard let runtime = services.runtime else {
      return .failure(SourceFailure(.misconfigured, at: "", detail: "nothing runs the services"))
    }
    do throws(SourceFailure) {
      return .success(try await runtime.services())
    } catch {
      return .failure(error)
    }
  }
}
