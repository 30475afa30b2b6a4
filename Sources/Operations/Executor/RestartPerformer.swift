internal import DataSources
internal import Facts

/// Restarts one service through the runtime.
@LoopActor final class RestartPerformer: ActionPerformer {
  private let services: ActionServices

  init(_ services: ActionServices) {
    self.services = services
  }

  func plan(_ request: ActionRequest) async throws(Refusal) -> Plan {
    let (runtime, readings) = try await readings()
    guard let reading = Self.find(request.target, in: readings) else {
      throw Self.absence(of: request.target, in: readings)
    }
    return RestartPlanner(services: services, runtime: runtime, readings: readings)
      .plan(request, reading)
  }

  /// The runtime, and its services as they are now.
  private func readings() async throws(Refusal) -> (any Runtime, [ServiceReading]) {
    guard let runtime = services.runtime else {
      throw .notPossible("nothing is configured that runs the services")
    }
    do throws(SourceFailure) {
      return (runtime, try await runtime.services())
    } catch {
      throw .notPossible("\(SafeText(runtime.title)) \(SafeText(error.word)) (\(SafeText(error.advice)))")
    }
  }

  func revalidate(_ plan: Plan) async -> Revalidation {
    var current: Plan
    do throws(Refusal) {
      let (runtime, readings) = try await readings()
      guard let reading = Self.successor(of: plan, in: readings) else {
        throw .gone(SafeText(plan.target.name))
      }
      current = RestartPlanner(services: services, runtime: runtime, readings: readings)
        .plan(plan.request, reading)
    } catch {
      return .refused(error)
    }
    guard let change = Self.change(from: plan, to: current) else { return .unchanged }
    current.request = plan.request
    current.request.target.identity = current.target.identity
    return .changed(current, what: SafeText(change))
  }

  func act(_ plan: Plan, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome {
    let begunAt = services.clock.now()
    guard case .restart(let details) = plan.details, let runtime = services.runtime else {
      let failure = SourceFailure(.misconfigured, at: plan.environment)
      return ActOutcome(.rejected(failure), begunAt: begunAt, endedAt: begunAt)
    }
    do throws(SourceFailure) {
      try await runtime.restart(details.reading)
      return ActOutcome(.accepted(id: nil), begunAt: begunAt, endedAt: services.clock.now())
    } catch {
      let answer: ActOutcome.Answer = error.mayHaveHappened ? .uncertain(error) : .rejected(error)
      return ActOutcome(answer, begunAt: begunAt, endedAt: services.clock.now())
    }
  }

  func verify(
    _ plan: Plan,
    after outcome: ActOutcome,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    let took = outcome.endedAt.monotonic - outcome.begunAt.monotonic
    switch outcome.answer {
    case .decided(let verdict): return verdict
    case .rejected(let failure):
      let detail = failure.detail.isEmpty ? "" : ": \(failure.detail)"
      return Verdict(
        .failed,
        "the runtime said \(SafeText(failure.word + detail, limit: 300))",
        duration: took
      )
    case .accepted, .uncertain: break
    }
    guard case .restart(let details) = plan.details else {
      return Verdict(.unknown, "nothing to prove it with", duration: took)
    }
    let proof = RestartProof(details, after: outcome, timing: services.timing)
    return await Prover(proof, after: outcome, services: services).verdict(emit)
  }

  func touched(by plan: Plan) -> [String] {
    guard case .restart(let details) = plan.details else { return [] }
    let sources = details.profile.probeSources + details.then.flatMap(\.profile.probeSources)
    return (services.runtime.map { [$0.descriptor.id] } ?? []) + sources
  }

  /// The thing meant: by its immutable id, else by its name; a name with several things finds none.
  private static func find(_ target: ActionTarget, in readings: [ServiceReading]) -> ServiceReading? {
    if let identity = target.identity { return readings.first { $0.identity.id == identity.id } }
    let named = readings.filter { $0.name == target.service }
    if named.count == 1 { return named.first }
    // Several of one service are shown as `worker 2`: the number is their place.
    var places: [String: Int] = [:]
    return readings.first { reading in
      places[reading.name, default: 0] += 1
      return "\(reading.name) \(places[reading.name] ?? 0)" == target.name
    }
  }

  /// Why a name finds nothing: it isn't there, or it means several.
  private static func absence(of target: ActionTarget, in readings: [ServiceReading]) -> Refusal {
    let count = readings.count { $0.name == target.service }
    guard target.identity == nil, count > 1 else { return .gone(SafeText(target.name)) }
    let names = (1...count).map { "\"\(target.service) \($0)\"" }.joined(separator: ", ")
    return .notPossible("\(SafeText(target.service)) is \(count) of them: name one, \(SafeText(names))")
  }

  /// What the plan's target is now: the very same one, wherever it stands in the list, else the one that
  /// has taken its place under its own name or number; nil if nothing has.
  private static func successor(of plan: Plan, in readings: [ServiceReading]) -> ServiceReading? {
    guard case .restart(let details) = plan.details else { return nil }
    let old = details.reading
    if let same = readings.first(where: { $0.identity.id == old.identity.id }) { return same }
    let named = readings.filter { $0.name == old.name }
    if let heir = named.first(where: { $0.instance == old.instance }) { return heir }
    if let number = old.number { return named.first { $0.number == number } }
    return named.count == 1 ? named.first : nil
  }

  /// What matters between the plan shown and the one that would be made now; nil if nothing does.
  private static func change(from old: Plan, to new: Plan) -> String? {
    if old.target.identity?.id != new.target.identity?.id {
      return "\(old.target.name) was recreated: it is another one now"
    }
    if old.target.identity != new.target.identity {
      return "\(old.target.name) was restarted by somebody else meanwhile"
    }
    if old.danger != new.danger { return "its danger is \(new.danger.label) now" }
    guard case .restart(let before) = old.details, case .restart(let now) = new.details else { return nil }
    for probe in now.profile.probes {
      guard let had = before.counts[probe.fact], let has = now.counts[probe.fact], (had == 0) != (has == 0)
      else { continue }
      return has == 0 ? "it has no \(probe.name) any more" : "it has \(has) \(probe.name) now"
    }
    return nil
  }
}
