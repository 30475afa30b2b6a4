import DataSources
import Facts
import Operations

#if canImport(Glibc)
internal import Glibc
#endif

/// `restart` and `test quick`: preview, confirmation, act and proof without a screen.
@LoopActor final class ActCommand {
  private let headless: HeadlessSession
  private var session: Session { headless.session }
  private var arguments: Arguments { headless.arguments }

  /// Takes an open session that doesn't poll yet.
  init(_ session: Session, _ arguments: Arguments) {
    let service = arguments.words.first ?? ""
    let then = session.profiles.first { $0.name == service }?.then ?? []
    let names = ([service] + then).map { FactName("service", $0, "state") }
    headless = HeadlessSession(session, arguments) { $0.isNeeded(for: names, in: session) }
  }

  /// Runs to the verdict; its exit code.
  func run() async throws(ConsoleFailure) -> ExitCode {
    await headless.hear()
    let request =
      arguments.command == .testQuick
      ? ActionRequest.quickTest(environment: session.options.environment.name)
      : ActionRequest.restart(service: arguments.words.first ?? "")
    if arguments.command == .restart { try headless.checkService(arguments.words.first ?? "") }
    guard let executor = session.executor else { return .internalError }
    let plan: Plan
    do throws(Refusal) {
      plan = try await executor.plan(request)
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error.sentence)", code: .refused)
    }
    preview(plan)
    guard Output.failure == nil else {
      throw ConsoleFailure(
        message: "switchboard: the preview could not be written: nothing was done",
        code: .outputFailed
      )
    }
    if arguments.has(.dryRun) {
      for line in plan.dryRun { Output.line("  \(line)") }
      return .ok
    }
    guard arguments.has(.yes) || confirms(plan) else {
      Output.error("switchboard: not confirmed: --yes confirms \(plan.danger.label)")
      return .refused
    }
    return await follow(plan, executor)
  }

  private func preview(_ plan: Plan) {
    let environment = session.options.environment.label
    Output.line("\(plan.title)  \(SafeText(environment)) \(plan.danger.label)")
    for row in plan.rows {
      let padding = String(repeating: " ", count: max(1, 8 - row.label.count))
      Output.line("  \(row.label)\(padding)\(row.text)")
    }
    if let advice = plan.advice { Output.line("  advice  \(advice.text)") }
  }

  /// The question of the plan's class, where somebody can answer it.
  private func confirms(_ plan: Plan) -> Bool {
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1, plan.danger < .destructive else {
      return false
    }
    // Reading a line holds the loop: nothing else has anything to do before the answer.
    Output.text("Run it? Type yes: ")
    return readLine() == "yes"
  }

  private func follow(_ plan: Plan, _ executor: Executor) async -> ExitCode {
    // Gates are told twice a second: only what differs from what was last said of the same.
    var told: [String: String] = [:]
    let stop = [SIGINT, SIGTERM, SIGHUP].map { signal in
      SignalWatch(signal) {
        LoopActor.task {
          await executor.leave(because: "interrupted")
          Output.error("switchboard: interrupted; \(plan.title) goes on by itself, its outcome is unknown")
          exit(128 + signal)
        }
      }
    }
    defer { for watch in stop { watch.close() } }
    let last = await executor.run(plan) { event in
      guard let line = Self.line(event) else { return }
      if told.updateValue(line, forKey: Self.subject(event)) != line { Output.line(line) }
    }
    switch last {
    case .refused(let refusal):
      Output.error("switchboard: \(refusal.sentence)")
      return .refused
    case .changed(_, let what):
      Output.error("switchboard: changed meanwhile: \(what); nothing was done")
      return .refused
    case .ended(let verdict):
      Output.line("\(verdict.outcome.glyph) \(verdict.outcome.word): \(verdict.told)")
      return ExitCode(verdict.outcome)
    case .step, .recorded, .acting, .sent, .acted, .note, .gate, .then: return .internalError
    }
  }

  /// What an event tells of: the proof, a dependent service, or the act itself.
  private static func subject(_ event: ActionEvent) -> String {
    switch event {
    case .gate: "proof"
    case .then(let then): "then \(then.service)"
    case .step, .recorded, .acting, .sent, .acted, .note, .refused, .changed, .ended: "act"
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
    case .gate(let gate): "proof: \(Self.line(gate))"
    case .then(let then): "then \(then.service): \(Self.line(then.gate))"
    case .refused, .changed, .ended: nil
    }
  }

  private static func line(_ gate: GateView) -> String {
    let probes = gate.probes.map { "\($0.name) \($0.value)" }.joined(separator: ", ")
    return "\(probes): held \(gate.held) of \(gate.needed)"
  }
}
