import DataSources
import Facts
import Operations

#if canImport(Glibc)
internal import Glibc
#endif

/// How commands show a plan, have it confirmed, and tell how it goes on.
@LoopActor struct ActTalk {
  private let arguments: Arguments
  private let label: String
  /// Whether what goes on is not told, since the standard output is for the one object of `--json`.
  private let isQuiet: Bool

  /// Talks as the command line asks for; `label` is the environment's.
  init(_ arguments: Arguments, label: String) {
    self.arguments = arguments
    self.label = label
    isQuiet = arguments.has(.json)
  }

  /// Tells how an act ended, in words or as the one object of `--json`; the exit code of it.
  func end(_ last: ActionEvent, of plan: Plan, _ record: ActRecord) -> ExitCode {
    if isQuiet { Output.line(record.object(last).text) }
    switch last {
    case .refused(let refusal):
      Output.error("switchboard: \(refusal.sentence)")
      return .refused
    case .changed(_, let what):
      Output.error("switchboard: changed meanwhile: \(what); nothing was done")
      return .refused
    case .ended(let verdict):
      if !isQuiet {
        for line in verdict.output { Output.line("\(line)") }
        let word = plan.danger == .look ? "" : "\(verdict.outcome.glyph) \(verdict.outcome.word): "
        Output.line("\(word)\(verdict.told)")
      }
      return ExitCode(verdict.outcome)
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .gate, .then:
      return .internalError
    }
  }

  /// Tells that something is not begun, and why; what `--json` prints says so, too.
  func refused(_ why: SafeText, _ record: ActRecord) -> ConsoleFailure {
    if isQuiet { Output.line(record.refused(why).text) }
    return ConsoleFailure(message: "switchboard: \(why)", code: .refused)
  }

  /// Shows what would be done.
  func preview(_ plan: Plan, indent: String = "") {
    guard !isQuiet else { return }
    Output.line("\(indent)\(plan.title)  \(SafeText(label)) \(plan.danger.word)")
    for row in plan.rows {
      let padding = String(repeating: " ", count: max(1, 8 - row.label.count))
      Output.line("\(indent)  \(row.label)\(padding)\(row.text)")
    }
    if let advice = plan.advice { Output.line("\(indent)  advice  \(advice.text)") }
  }

  /// Whether the command line or whoever sits there says yes.
  func isConfirmed(_ plan: Plan) -> Bool {
    switch plan.danger {
    case .look: true
    case .mild, .disruptive: arguments.has(.yes) || confirms(plan)
    case .destructive: arguments.options[.confirm] == plan.typedName || confirms(plan)
    }
  }

  /// How a plan that was not confirmed is.
  static func unconfirmed(_ plan: Plan) -> String {
    let how = plan.danger < .destructive ? "--yes" : "--confirm '\(plan.typedName)'"
    return "not confirmed: \(how) confirms what is \(plan.danger.word)"
  }

  /// The question of the plan's class, where somebody can answer it.
  private func confirms(_ plan: Plan) -> Bool {
    let answer = plan.danger == .destructive ? plan.typedName : "yes"
    return ask("Run it? Type \(SafeText(answer)): ") == answer
  }

  /// What is typed behind a question; nil where nobody can answer it.
  func ask(_ question: String) -> String? {
    guard !isQuiet, SecretPrompt.isPossible else { return nil }
    return SecretPrompt.ask(question, isShown: true)
  }

  /// Runs a plan to its last event, telling what differs from what was last told of the same.
  func run(
    _ plan: Plan,
    _ executor: Executor,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void = { _ in }
  ) async -> ActionEvent {
    var told: [String: String] = [:]
    let stop = [SIGINT, SIGTERM, SIGHUP].map { signal in
      SignalWatch(signal) {
        LoopActor.task {
          for failure in await executor.leave(because: "interrupted") {
            Output.error(ActCommand.sentence(of: failure))
          }
          Output.error("switchboard: interrupted; \(plan.title) goes on by itself, its outcome is unknown")
          exit(128 + signal)
        }
      }
    }
    defer { for watch in stop { watch.close() } }
    return await executor.run(plan) { event in
      emit(event)
      guard !isQuiet, plan.danger > .look, let line = Self.line(event) else { return }
      if told.updateValue(line, forKey: Self.subject(event)) != line { Output.line(line) }
    }
  }

  /// What an event tells of: the proof, a dependent service, or the act itself.
  private static func subject(_ event: ActionEvent) -> String {
    switch event {
    case .gate: "proof"
    case .then(let then): "then \(then.service)"
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .refused, .changed, .ended: "act"
    }
  }

  private static func line(_ event: ActionEvent) -> String? {
    switch event {
    case .step(let number, let count, let name): "\(number) of \(count): \(name)"
    case .recorded: "recorded"
    case .acting: "acting"
    case .sent(let line): "sent \(line)"
    case .acted(let duration): "answered in \(Format.latency(duration))"
    case .note(let text): text.string
    case .gate(let gate): "proof: \(line(gate))"
    case .then(let then): "then \(then.service): \(line(then.gate))"
    case .refused, .refusalRecorded, .changed, .ended: nil
    }
  }

  /// Where a gate stands: `liveness passes, postgres passes: held 2 of 3`.
  static func line(_ gate: GateView) -> String {
    let probes = gate.probes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    return "\(probes): held \(gate.held) of \(gate.needed)"
  }
}
