internal import DataSources
internal import Facts

/// What proves that new values are taken: a real call succeeds, and since they were started with them no service says
/// that it was not let in.
@LoopActor struct RotationProof {
  /// What it came to; `.doneUnproven` where nothing could tell.
  struct Outcome {
    var outcome: Verdict.Outcome
    var words: String
  }

  private static let lines = 1_000

  private let services: ActionServices
  private let settings: CredentialSettings
  private let rotation: OpenRotation
  private let emit: @LoopActor (ActionEvent) -> Void

  init(
    _ services: ActionServices,
    _ settings: CredentialSettings,
    _ rotation: OpenRotation,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) {
    self.services = services
    self.settings = settings
    self.rotation = rotation
    self.emit = emit
  }

  /// What will be asked, for the preview.
  static func words(_ settings: CredentialSettings, _ services: ActionServices) -> String {
    let call: String
    if let gate = settings.gate {
      call = gate
    } else if settings.isTested {
      let isPossible = services.quickTest?.api.account != nil
      call = isPossible ? "a quick test" : "unproven: no API login for a quick test"
    } else {
      call = "no real call: \(settings.name) is configured so"
    }
    return "\(call); nothing in their logs that matches \(settings.errors)"
  }

  /// Makes the call, then reads the logs.
  func outcome() async -> Outcome {
    let call = await called()
    if call.outcome == .failed || call.outcome == .unknown { return call }
    let logs = await read()
    guard logs.outcome == .done else { return logs }
    return Outcome(outcome: call.outcome, words: "\(call.words); \(logs.words)")
  }

  private func called() async -> Outcome {
    if let text = settings.gate {
      guard let gate = try? Gate(parsing: text) else {
        return Outcome(outcome: .unknown, words: "\(settings.name).gate is none: \(text)")
      }
      let now = services.clock.now().monotonic
      switch await GateWait(gate, text, after: now, services).outcome(emit) {
      case .passed: return Outcome(outcome: .done, words: "\(text) holds")
      case .failed: return Outcome(outcome: .failed, words: "\(text) does not hold")
      case .unknown: return Outcome(outcome: .unknown, words: "whether \(text) holds is not known")
      }
    }
    guard settings.isTested else { return Outcome(outcome: .done, words: "no real call is configured") }
    let action = AnyAction(QuickTest(services))
    let request = ActionRequest.quickTest(environment: services.environment)
    switch await action.draft(request, nil) {
    case .failure(let refusal):
      guard services.quickTest?.api.account == nil else {
        return Outcome(outcome: .unknown, words: "the quick test could not begin: \(refusal.sentence)")
      }
      return Outcome(
        outcome: .doneUnproven,
        words: "unproven: no API login for a quick test (credentials.\(settings.name) tells of a gate)"
      )
    case .success(let draft):
      let verdict = await action.verdict(of: draft.details, services, emit)
      return Outcome(outcome: verdict.outcome, words: "quick test \(verdict.headline)")
    }
  }

  /// The newest lines of each container: it is new, so all that it wrote came since.
  private func read() async -> Outcome {
    guard let runtime = services.runtime else {
      return Outcome(outcome: .unknown, words: "nothing runs the services")
    }
    let pattern = settings.errors
    var count = 0
    do throws(SourceFailure) {
      let names = rotation.carriers.map(\.service)
      for service in try await runtime.services() where names.contains(service.name) {
        let lines = try await runtime.logs(of: service, tail: Self.lines).lines
        let found = await LoopActor.onThreadPool { () -> Int? in
          guard let pattern = try? LinePattern(pattern), let found = try? pattern.matches(lines.map(\.string))
          else { return nil }
          return found.count { $0 }
        }
        guard let found else {
          return Outcome(outcome: .unknown, words: "the logs can't be searched for \(pattern)")
        }
        count += lines.count
        if found > 0 {
          let words =
            "\(found) lines of \(service.instance) match \(pattern): switchboard logs \(service.name)"
          return Outcome(outcome: .failed, words: words)
        }
      }
    } catch {
      return Outcome(outcome: .unknown, words: "the logs can't be read: \(error.word)")
    }
    return Outcome(outcome: .done, words: "no refusal in \(count) lines of their logs")
  }
}
