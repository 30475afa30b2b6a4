internal import DataSources
internal import Facts

/// Drives a ``RestartProof``: asks what it wants asked, each question on its own, until it has ended.
@LoopActor final class RestartProver {
  private var proof: RestartProof
  private let services: ActionServices
  private let runtime: any Runtime

  init(_ proof: RestartProof, services: ActionServices, runtime: any Runtime) {
    self.proof = proof
    self.services = services
    self.runtime = runtime
  }

  /// Returns the verdict; what is still being asked then is forgotten.
  func run(_ emit: @LoopActor (ActionEvent) -> Void) async -> Verdict {
    var shownAt: MonotonicTime?
    while true {
      let now = services.clock.now().monotonic
      switch proof.next(now: now) {
      case .ended(let verdict):
        for view in proof.views(now: now) { emit(view) }
        return verdict
      case .ask(let questions):
        for question in questions { ask(question) }
      case .wait:
        if shownAt.map({ now - $0 >= services.timing.interval }) ?? true {
          for view in proof.views(now: now) { emit(view) }
          shownAt = now
        }
        await services.clock.sleep(for: services.timing.tick)
      }
    }
  }

  private func ask(_ question: RestartProof.Question) {
    Task { @LoopActor in
      switch question {
      case .runtime:
        let start = services.clock.now().monotonic
        let result: Result<[ServiceReading], SourceFailure>
        do throws(SourceFailure) {
          result = .success(try await runtime.services())
        } catch {
          result = .failure(error)
        }
        proof.take(result, startedAt: start, now: services.clock.now().monotonic)
      case .source(let id):
        let report = await services.prober.freshReport(of: id)
        proof.take(report, from: id)
      }
    }
  }
}
