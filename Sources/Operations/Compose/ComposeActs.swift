internal import DataSources
internal import Facts

/// What acting on a compose project by its CLI has in common: reading it, finding a service as a whole, running a call.
@LoopActor struct ComposeActs {
  let services: ActionServices
  private var acts: ServiceActs { ServiceActs(services: services) }

  /// A service with all its containers, and the project as its CLI reads it now.
  struct Found {
    var runner: any ComposeRunner
    var project: ComposeControl.Reading
    var runtime: any Runtime
    /// All that the runtime tells of the project.
    var readings: [ServiceReading]
    /// The container that is meant, or the first of the service.
    var reading: ServiceReading
    /// The service as the files have it.
    var service: ComposeService
    /// All containers of the service.
    var containers: [ServiceReading]
  }

  /// Why nothing of a project can be changed here; nil where there is one.
  var obstacle: SafeText? {
    services.offer((any ComposeRunner).self) == nil
      ? "the services here are no compose project of this machine" : nil
  }

  /// The project as a CLI reads it now.
  /// - Throws: it has none, or a CLI rejects it: in its own words.
  func read() async throws(Refusal) -> (runner: any ComposeRunner, project: ComposeControl.Reading) {
    guard let runner = services.offer((any ComposeRunner).self) else {
      throw .notPossible("the services here are no compose project of this machine")
    }
    do throws(SourceFailure) {
      return (runner, try await runner.read())
    } catch {
      throw .notPossible(SafeText(error.detail, limit: 400))
    }
  }

  /// The service that is meant, as a whole.
  /// - Throws: it is gone, or the files don't have it.
  func find(_ request: ActionRequest, renewing old: ServiceReading?) async throws(Refusal) -> Found {
    let (runner, project) = try await read()
    let (runtime, readings) = try await acts.readings()
    let targets = ServiceTargets(readings: readings)
    let reading: ServiceReading
    if let old {
      guard let successor = targets.successor(of: old) ?? readings.first(where: { $0.name == old.name })
      else {
        throw .gone(SafeText(request.target.name))
      }
      reading = successor
    } else if request.target.identity == nil,
      let first = readings.first(where: { $0.name == request.target.subject })
    {
      reading = first
    } else {
      reading = try targets.find(request.target)
    }
    guard let service = project.service(reading.name) else {
      throw .notPossible("the compose files have no service \(SafeText(reading.name)) any more")
    }
    return Found(
      runner: runner,
      project: project,
      runtime: runtime,
      readings: readings,
      reading: reading,
      service: service,
      containers: readings.filter { $0.name == reading.name }
    )
  }

  /// Drafts a verb for all of a service, which that call carries out.
  func draft(
    _ verb: RuntimeVerb,
    _ request: ActionRequest,
    on found: Found,
    provesThen: Bool,
    calling call: ComposeControl.Call,
    proof: (ServiceDetails) -> SafeText
  ) throws(Refusal) -> Draft<ServiceDetails> {
    var request = request
    request.targets = [ActionTarget(.service, name: found.reading.name)]
    var draft = try acts.draft(
      verb,
      request,
      on: found.reading,
      of: found.readings,
      found.runtime,
      provesThen: provesThen,
      proof: proof
    ) { RuntimeRequest(verb, found.reading, shown: call.shown) }
    draft.danger = .disruptive
    draft.rows.insert(PlanRow("in", SafeText(call.directory)), at: 1)
    return draft
  }

  /// Runs a call; what it says is shown as it came, and an end in error is a failure, whatever was done before.
  func run(_ call: ComposeControl.Call, by runner: (any ComposeRunner)?) async -> ActOutcome {
    let begunAt = services.clock.now()
    func outcome(_ answer: ActOutcome.Answer, _ lines: [SafeText] = []) -> ActOutcome {
      var outcome = ActOutcome(answer, begunAt: begunAt, endedAt: services.clock.now())
      outcome.output = lines
      return outcome
    }
    guard let runner else {
      let failure = SourceFailure(.misconfigured, at: services.environment, detail: "no compose project")
      return outcome(.rejected(failure))
    }
    do throws(SourceFailure) {
      let answer = try await runner.run(call)
      guard !answer.isSuccess else { return outcome(.accepted(id: nil), answer.lines) }
      let program = SafeText(call.words.prefix { !$0.hasPrefix("-") }.joined(separator: " "))
      let words = answer.lines.last.map { ": \($0)" as SafeText } ?? ""
      let verdict = Verdict(.failed, "\(program) \(Self.words(answer.ending))\(words)")
      return outcome(.decided(verdict), answer.lines)
    } catch {
      return outcome(error.mayHaveHappened ? .uncertain(error) : .rejected(error))
    }
  }

  private static func words(_ ending: ChildResult.Ending) -> SafeText {
    switch ending {
    case .status(let status): "ended with status \(SafeText("\(status)"))"
    case .signal(let number): "was ended by signal \(SafeText("\(number)"))"
    }
  }

  /// The runtime, asked afterwards.
  var touches: [String] { services.runtime.map { [$0.descriptor.id] } ?? [] }

  /// What is lost with a container.
  static let lost: SafeText = "what was written inside the containers and not to a volume"
}
