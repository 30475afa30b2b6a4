internal import DataSources
internal import Facts

/// What proves that new values are taken: a real call succeeds, and since they were started with them no service says
/// that it was not let in.
@LoopActor struct RotationProof {
  /// What it came to; `.doneUnproven` where nothing could tell.
  struct Outcome {
    var outcome: Verdict.Outcome
    var words: String
    /// Each that was asked for.
    var parts: [Verdict.Part] = []

    func part(_ name: String) -> Verdict.Part { Verdict.Part(name, outcome, SafeText(words, limit: 600)) }
  }

  /// What a service writes between its start and its proof, with room; a log of more is not read whole.
  private static let lines = 10_000

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
    var call = await called()
    call.parts = [call.part("call")]
    if call.outcome == .failed || call.outcome == .unknown { return call }
    var logs = await read()
    logs.parts = call.parts + [logs.part("logs")]
    guard logs.outcome == .done else { return logs }
    return Outcome(outcome: call.outcome, words: "\(call.words); \(logs.words)", parts: logs.parts)
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
  ///
  /// A refusal in what was read decides; a silence does only where the whole was read.
  private func read() async -> Outcome {
    guard let runtime = services.runtime else {
      return Outcome(outcome: .unknown, words: "nothing runs the services")
    }
    let pattern = settings.errors
    var (count, refusals, gaps) = (0, [String](), [String]())
    let readings: [ServiceReading]
    do throws(SourceFailure) {
      readings = try await runtime.services()
    } catch {
      return Outcome(outcome: .unknown, words: "the logs can't be read: \(error.word)")
    }
    for carrier in rotation.carriers {
      let own = readings.filter { $0.name == carrier.service }
      if own.isEmpty { gaps.append("\(carrier.service) is not there") }
      for service in own {
        let tail: LogTail
        do throws(SourceFailure) {
          tail = try await runtime.logs(of: service, tail: Self.lines)
        } catch {
          gaps.append("\(service.instance): \(error.word)")
          continue
        }
        let lines = tail.lines
        let found = await LoopActor.onThreadPool { () -> Int? in
          guard let pattern = try? LinePattern(pattern), let found = try? pattern.matches(lines.map(\.string))
          else { return nil }
          return found.count { $0 }
        }
        guard let found else {
          return Outcome(outcome: .unknown, words: "the logs can't be searched for \(pattern)")
        }
        count += lines.count
        gaps += tail.gaps.map { "\($0.part) \($0.words)" }
        if found > 0 {
          refusals.append(
            "\(found) lines of \(service.instance) match \(pattern): switchboard logs \(service.name)"
          )
        }
      }
    }
    if !refusals.isEmpty { return Outcome(outcome: .failed, words: refusals.joined(separator: "; ")) }
    guard gaps.isEmpty else {
      let words =
        "the logs can't be read whole: \(gaps.joined(separator: "; ")); no refusal in the \(count) lines that were read"
      return Outcome(outcome: .unknown, words: words)
    }
    return Outcome(outcome: .done, words: "no refusal in \(count) lines of their logs")
  }
}
