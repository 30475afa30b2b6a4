public import DataSources
internal import Facts

/// An action of somebody's own: a program of the configuration, run as its words stand there, never by a shell.
@LoopActor struct OwnAction {
  /// What runs, frozen.
  struct Details: Sendable, Hashable {
    /// The program and its arguments.
    var words: [String]
    /// The service that it acts on; nil where it acts on something else.
    var reading: ServiceReading?
  }

  private static let mostLines = 200
  private static let longestInput = 1_024

  private let settings: OwnActionSettings
  private let services: ActionServices

  init(_ settings: OwnActionSettings, _ services: ActionServices) {
    self.settings = settings
    self.services = services
  }

  private nonisolated static let prefix = "own."

  /// Whether an action's id is that of somebody's own.
  nonisolated static func isOne(_ id: String) -> Bool { id.hasPrefix(prefix) }

  /// What somebody calls an action of theirs, by its id; nil if it is nobody's own.
  nonisolated static func name(of id: String) -> String? {
    isOne(id) ? String(id.dropFirst(prefix.count)) : nil
  }

  /// What the tables tell of it.
  nonisolated static func descriptor(of settings: OwnActionSettings) -> ActionDescriptor {
    ActionDescriptor(
      id: ActionID(prefix + settings.name),
      title: settings.title ?? settings.name,
      key: "",
      targets: [TargetKind(settings.scope.rawValue)],
      danger: .always(danger(of: settings)),
      help: "run \(settings.run.joined(separator: " "))",
      command: "do \(settings.name)",
      arguments: settings.inputs.map { .init($0, help: "what stands for {\($0)}", isRequired: true) }
    )
  }

  /// What runs a program is never only looking.
  private nonisolated static func danger(of settings: OwnActionSettings) -> DangerClass {
    max(.mild, DangerClass(nearest: settings.dangerClass))
  }

  /// Drafts it for its target.
  /// - Throws: an input is missing or none that may stand there, or the target is gone.
  func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    var values = ["target": request.target.subject]
    for input in settings.inputs {
      guard let value = request.arguments[input], !value.isEmpty else {
        let usage = (["switchboard do", settings.name] + (isOfEnvironment ? [] : [request.target.subject]))
        let words = (usage + settings.inputs.map { $0.uppercased() }).joined(separator: " ")
        throw .notPossible("which \(SafeText(input))? \(SafeText(words)) names it")
      }
      if let reason = Self.reason(against: value) {
        throw .notPossible("\(SafeText(input)) \(SafeText(reason)): it is one argument of a program")
      }
      values[input] = value
    }
    let (target, reading) = try await target(of: request, renewing: old)
    if let reason = isOfEnvironment ? nil : Self.reason(against: request.target.subject) {
      throw .notPossible("the name \(SafeText(reason)): it is one argument of a program")
    }
    let words = settings.words(values)
    let shown = ShellWords.line(words)
    let proof = settings.gate.map { SafeText($0) } ?? "nothing: no `gate` is told"
    return Draft(
      target: target,
      danger: Self.danger(of: settings),
      title: "\(SafeText((settings.title ?? settings.name).uppercased())) \(SafeText(target.name))",
      rows: [
        PlanRow("run", SafeText(shown)),
        PlanRow(
          "hits",
          "whatever that program does; ended after \(SafeText(Format.seconds(settings.deadline)))"
        ),
        PlanRow("proof", proof), PlanRow("undo", "none that is known"),
      ],
      exact: shown,
      proof: proof,
      details: Details(words: words, reading: reading)
    )
  }

  private var isOfEnvironment: Bool { settings.scope == .environment }

  /// Why a value can't be an argument; nil if it can.
  private static func reason(against value: String) -> String? {
    // It would be an option of the program.
    if value.hasPrefix("-") { return "begins with -" }
    if value.utf8.count > longestInput { return "is longer than \(longestInput) bytes" }
    // Whoever is on this machine reads the arguments of its programs.
    if KnownCredentials.struckOut(of: Array(value.utf8)) != nil { return "holds a secret" }
    return value.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      ? "holds a control character" : nil
  }

  private func target(
    of request: ActionRequest,
    renewing old: Details?
  ) async throws(Refusal) -> (ActionTarget, ServiceReading?) {
    switch settings.scope {
    case .environment, .run: return (request.target, nil)
    case .queue:
      _ = try QueueActs(services: services).find(request.target)
      return (request.target, nil)
    case .service:
      let targets = ServiceTargets(readings: try await ServiceActs(services: services).readings().1)
      let reading: ServiceReading
      if let before = old?.reading {
        guard let successor = targets.successor(of: before) else {
          throw .gone(SafeText(request.target.name))
        }
        reading = successor
      } else {
        reading = try targets.find(request.target)
      }
      var target = request.target
      target.identity = reading.identity
      return (target, reading)
    }
  }

  /// Runs the program to its end, then waits for the gate.
  func act(_ details: Details, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome {
    let begunAt = services.clock.now()
    let result: ChildResult
    do throws(SourceFailure) {
      result = try await ChildProcess.run(ChildCommand(details.words, deadline: settings.deadline))
    } catch {
      return ActOutcome(
        error.mayHaveHappened ? .decided(Self.killed(error)) : .rejected(error),
        begunAt: begunAt,
        endedAt: services.clock.now()
      )
    }
    let end = services.clock.now()
    var verdict = await verdict(of: result, endedAt: end, emit)
    verdict.output = Self.lines(of: result)
    return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: end)
  }

  private static func killed(_ failure: SourceFailure) -> Verdict {
    Verdict(.unknown, SafeText("what it did is not known: \(failure.detail)", limit: 300))
  }

  private static func lines(of result: ChildResult) -> [SafeText] {
    let lines = [result.stdout, result.stderr].flatMap { $0.split(separator: 0x0A) }
      .map { SafeText(utf8: $0.filter { $0 != 0x0D }, limit: 400) }
    let kept = Array(lines.prefix(mostLines))
    let isCut = result.isCut || kept.count < lines.count
    return isCut ? kept + ["… it said more than is shown"] : kept
  }

  private func verdict(
    of result: ChildResult,
    endedAt end: Moment,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    switch result.ending {
    case .signal(let number): return Verdict(.failed, "it was ended by signal \(SafeText("\(number)"))")
    case .status(let status) where status != 0:
      return Verdict(.failed, "it ended with status \(SafeText("\(status)"))")
    case .status: break
    }
    guard let text = settings.gate, let gate = try? Gate(parsing: text) else {
      return Verdict(.doneUnproven, "it ended with status 0; nothing to prove it by")
    }
    let within = SafeText(Format.seconds(gate.within))
    switch await GateWait(gate, text, after: end.monotonic, services).outcome(emit) {
    case .passed: return Verdict(.done, "it ended with status 0, and \(SafeText(text)) holds")
    case .failed:
      return Verdict(.failed, "it ended with status 0, but \(SafeText(text)) is false after \(within)")
    case .unknown:
      return Verdict(
        .unknown,
        "it ended with status 0; whether \(SafeText(text)) is not known after \(within)"
      )
    }
  }

  /// The runtime, and whatever else tells of its target.
  func touches(_ details: Details) -> [String] {
    details.reading == nil ? [] : services.runtime.map { [$0.descriptor.id] } ?? []
  }
}

extension ActionEntry {
  /// The entry of an action of somebody's own.
  public init(_ settings: OwnActionSettings) {
    self.init(OwnAction.descriptor(of: settings)) { AnyAction(OwnAction(settings, $0)) }
  }
}
