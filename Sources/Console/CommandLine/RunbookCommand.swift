import DataSources
import Facts
import Operations

/// `runbook run` and `runbook resume`: a procedure step by step, each ✓ earned, without a screen.
@LoopActor final class RunbookCommand {
  private let headless: HeadlessSession
  private let runner: RunbookRunner
  private let talk: ActTalk
  /// The values given on the command line.
  private let given: [String: String]
  /// What `--done` says, of one step.
  private var saying: [String]
  /// What `--json` tells of the acts of steps, by the step: what came of it, or its plan in a dry run.
  private var acts: [Int: JSONBody] = [:]
  /// Whether a step was not begun because the console may only look.
  private var mayOnlyLook = false
  private var session: Session { headless.session }
  private var arguments: Arguments { headless.arguments }
  private var isQuiet: Bool { arguments.has(.json) }
  private var script: RunScript { runner.script }

  private init(
    _ session: Session,
    _ arguments: Arguments,
    _ script: RunScript,
    _ run: RunbookRun,
    given: [String: String] = [:]
  ) throws(ConsoleFailure) {
    let conditions = script.conditions
    session.readsUsage = conditions.contains { ServiceUsage.isRead(by: $0) }
    // What would be proven after its acts is asked, too.
    let subjects = script.subjects ?? []
    let then = session.profiles.filter { subjects.contains($0.name) }.flatMap(\.then)
    let names =
      conditions.flatMap(\.names) + script.messageFacts
      + (subjects + then).map { FactName("service", $0, "state") }
    let asksAll = script.subjects == nil || conditions.contains { !$0.patterns.isEmpty }
    headless = HeadlessSession(session, arguments) { asksAll || $0.isNeeded(for: names, in: session) }
    headless.begin()
    guard let services = session.services else {
      throw ConsoleFailure(message: "switchboard: the session can't act", code: .internalError)
    }
    runner = RunbookRunner(
      script,
      run,
      services: services,
      journal: session.runs,
      catalog: session.catalog,
      escalation: session.options.settings.escalation
    )
    talk = ActTalk(arguments, label: session.options.environment.label)
    self.given = given
    saying = arguments.options[.done].map { [$0] } ?? []
  }

  // MARK: the two commands

  /// Begins a run of the procedure that the command line names, or tells what it would do.
  /// - Throws: there is no such procedure, or it is written wrongly.
  static func run(_ session: Session, _ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let further = arguments.words.dropFirst()
    let named = further.filter { !$0.contains("=") }
    guard named.count <= 1 else {
      throw ConsoleFailure(message: "switchboard: runbook run takes one procedure", code: .usage)
    }
    let script = try RunbookFiles.script(arguments.words[0], named.first, session.options)
    let given = try values(further.filter { $0.contains("=") }, script)
    let author = AuditAuthor.current(variables: session.options.variables)
    var run = RunbookRun(id: RunJournal.newID(at: LoopActor.now().wall, by: author))
    if arguments.has(.dryRun) {
      for (name, value) in given { run.take(RunEvent(.input(name, value), at: LoopActor.now().wall)) }
    }
    let command = try RunbookCommand(session, arguments, script, run, given: given)
    await command.headless.hear()
    if arguments.has(.dryRun) { return await command.dryRun() }
    return try await held(run, session) { () throws(ConsoleFailure) in
      try await command.written { () throws(FileFailure) in try await command.runner.begin(by: author.person)
      }
      return try await command.drive()
    }
  }

  /// Goes on with a run that was left, stopped or killed; the newest unless one is named.
  /// - Throws: there is none, or its runbook is another one by now.
  static func resume(_ session: Session, _ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let named = try await RunbookFiles.run(arguments.words.first, session.runs)
    return try await held(named, session) { () throws(ConsoleFailure) in
      // Who held it before may have gone on with it.
      let run = try await RunbookFiles.run(named.id, session.runs)
      let script = try RunbookFiles.script(of: run, session.options)
      let command = try RunbookCommand(session, arguments, script, run)
      await command.headless.hear()
      try await command.takeUp()
      return try await command.drive()
    }
  }

  /// Writes down that nobody goes on with a run.
  /// - Throws: there is none, it is over, or somebody goes through it now.
  static func giveUp(_ session: Session, _ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    let named = try await RunbookFiles.run(arguments.words[0], session.runs)
    return try await held(named, session) { () throws(ConsoleFailure) in
      let run = try await RunbookFiles.run(named.id, session.runs)
      guard run.standing != .over else {
        throw ConsoleFailure(
          message: "switchboard: \(SafeText(run.id)) is over: \(run.headline)",
          code: .usage
        )
      }
      let author = AuditAuthor.current(variables: session.options.variables).person
      let reason = arguments.words.dropFirst().joined(separator: " ")
      let event = RunEvent(.gaveUp(reason, by: author), at: LoopActor.now().wall)
      do throws(FileFailure) {
        try await session.runs.append(event, to: run.id)
      } catch {
        throw unwritable(error)
      }
      Output.line("\(SafeText(run.id))  given up")
      return .ok
    }
  }

  /// Does something with a run that nobody else goes through at the same time.
  private static func held(
    _ run: RunbookRun,
    _ session: Session,
    _ body: () async throws(ConsoleFailure) -> ExitCode
  ) async throws(ConsoleFailure) -> ExitCode {
    let lock: TargetLock
    do throws(Refusal) {
      lock = try await session.hold(run, of: run.beginning?.runbook ?? "")
    } catch {
      throw ConsoleFailure(message: "switchboard: \(error.sentence)", code: .refused)
    }
    do throws(ConsoleFailure) {
      let code = try await body()
      await lock.abandon()
      return code
    } catch {
      await lock.abandon()
      throw error
    }
  }

  private static func unwritable(_ failure: FileFailure) -> ConsoleFailure {
    let words = "the run's journal \(SafeText(failure.path)) can't be written (\(SafeText(failure.cause)))"
    return ConsoleFailure(message: "switchboard: \(words): nothing more is done", code: .refused)
  }

  /// The values of the command line, each of an input of the script.
  private static func values(
    _ words: [String],
    _ script: RunScript
  ) throws(ConsoleFailure) -> [String: String] {
    var given: [String: String] = [:]
    for word in words {
      let sides = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let (name, value) = (String(sides[0]), String(sides[1]))
      guard script.steps.contains(where: { $0.kind == .input(name) }) else {
        throw ConsoleFailure(
          message: "switchboard: \(SafeText(script.runbook.id)) doesn't ask for \(SafeText(name))",
          code: .usage
        )
      }
      guard RunbookRunner.isFit(value) else { throw unfit(name) }
      given[name] = value
    }
    return given
  }

  private static func unfit(_ name: String) -> ConsoleFailure {
    let words = "\(SafeText(name)) takes one short line without quotes and braces, and no secret"
    return ConsoleFailure(message: "switchboard: \(words)", code: .usage)
  }

  // MARK: going on

  /// What stands in the way of a run that was left: a step in which the console was killed, or that did not work.
  private func takeUp() async throws(ConsoleFailure) {
    var isRead = false
    if case .begun(let step) = runner.run.standing {
      isRead = true
      tell(step)
      try await written { () throws(FileFailure) in
        try await runner.reread(step) { self.tell($0) }
      }
      tellOutcome(step)
    }
    let standing = runner.run.standing
    if case .ready = standing, isRead { return }
    if let reason = arguments.options[.skip], let step = standing.step {
      tell(step)
      try await written { () throws(FileFailure) in try await runner.skip(step, because: reason) }
      return tellOutcome(step)
    }
    guard case .stopped(let step) = standing else { return }
    let isAct = if case .act = runner.work(of: step) { true } else { false }
    let isUnknown = runner.run.records[step]?.outcome == .unknown
    // What it did is not known, or was only now seen not to hold: whoever wants it done again says so.
    guard !isAct || !isUnknown && !isRead || arguments.has(.again) else { return }
    try await take(step)
  }

  /// Takes step after step, to the end or to what needs somebody.
  private func drive() async throws(ConsoleFailure) -> ExitCode {
    while case .ready(let step) = runner.run.standing {
      guard Output.failure == nil else {
        throw ConsoleFailure(message: "switchboard: the output can't be written", code: .outputFailed)
      }
      guard try await take(step) else { return end(.refused) }
    }
    switch runner.run.standing {
    case .over: break
    case .stopped(let step):
      let again = runner.run.records[step]?.outcome == .unknown ? "--again, " : ""
      advise("switchboard runbook resume takes it again; \(again)--skip=REASON goes on without it")
    case .ready, .begun: return end(.internalError)
    }
    switch runner.run.outcome {
    case .passed, .shown, .byHand, .skipped: return end(.ok)
    case .unproven: return end(.warning)
    case .failed: return end(mayOnlyLook ? .refused : .gateFailed)
    case .unknown: return end(.outcomeUnknown)
    }
  }

  /// Takes a step; false if it needs somebody who isn't there.
  @discardableResult
  private func take(_ step: Int) async throws(ConsoleFailure) -> Bool {
    tell(step)
    switch runner.work(of: step) {
    case .look:
      try await written { () throws(FileFailure) in try await runner.look(step) { self.tell($0) } }
    case .act(let request):
      guard try await act(step, request) else { return false }
    case .input(let name):
      guard let value = given[name] ?? talk.ask("\(SafeText(name)): ") else {
        advise("\(SafeText(name)) is asked for: give it as \(SafeText(name))=… behind the procedure")
        return false
      }
      guard RunbookRunner.isFit(value) else { throw Self.unfit(name) }
      try await written { () throws(FileFailure) in try await runner.give(step, value) }
    case .byHand:
      for line in runner.text(of: step) where !isQuiet { Output.line("    \(line)") }
      guard let words = saying.popLast() ?? (talk.ask("Done? Type yes: ") == "yes" ? "said so" : nil) else {
        advise("it is done by hand: switchboard runbook resume --done=WORDS goes on")
        return false
      }
      try await written { () throws(FileFailure) in try await runner.confirm(step, words) }
    case .impossible(let why):
      try await written { () throws(FileFailure) in try await runner.refuse(step, because: why.string) }
    }
    tellOutcome(step)
    return true
  }

  /// Plans an act, has it confirmed, and runs it; false if nobody confirms it.
  private func act(_ step: Int, _ request: ActionRequest) async throws(ConsoleFailure) -> Bool {
    guard let executor = session.executor else { return false }
    if request.action == RotateCredentials.descriptor.id, !isQuiet, SecretPrompt.isPossible {
      let rotation = RotateCommand(session, arguments)
      if let refusal = try await rotation.askForAll(meant: request.target.subject) {
        try await written { () throws(FileFailure) in
          try await runner.refuse(step, because: refusal.sentence.string)
        }
        return true
      }
    }
    let plan: Plan
    do throws(Refusal) {
      plan = try await executor.plan(request)
    } catch {
      try await written { () throws(FileFailure) in
        try await runner.refuse(step, because: error.sentence.string)
      }
      return true
    }
    if plan.danger > .look { talk.preview(plan, indent: "    ") }
    guard talk.isConfirmed(plan) else {
      advise(ActTalk.unconfirmed(plan))
      return false
    }
    try await written { () throws(FileFailure) in try await runner.beginAct(step) }
    var isProven = false
    let record = ActRecord(plan)
    let last = await talk.run(plan, executor) { event in
      if case .gate = event { isProven = true }
      record.take(event)
    }
    acts[step] = record.object(last)
    if case .refused(.readOnly) = last { mayOnlyLook = true }
    if case .ended(let verdict) = last, !isQuiet {
      for line in verdict.output { Output.line("    \(line)") }
    }
    try await written { () throws(FileFailure) in
      try await runner.endAct(step, last, isProven: isProven) { self.tell($0) }
    }
    return true
  }

  private func written(_ body: () async throws(FileFailure) -> Void) async throws(ConsoleFailure) {
    do throws(FileFailure) {
      try await body()
    } catch {
      throw Self.unwritable(error)
    }
  }

  // MARK: telling

  private var toldGate = ""

  private func tell(_ step: Int) {
    guard !isQuiet else { return }
    let definition = script.steps[step]
    Output.line("▸ \(SafeText(script.number(of: step)))  \(definition.title)")
    Output.line("    \(SafeText(definition.kind.words))")
    toldGate = ""
  }

  private func tell(_ gate: GateView) {
    let line = "    gate: \(ActTalk.line(gate))"
    if !isQuiet, line != toldGate { Output.line(line) }
    toldGate = line
  }

  private func tellOutcome(_ step: Int) {
    guard !isQuiet, let record = runner.run.records[step] else { return }
    Output.line("  \(record.outcome.glyph) \(record.outcome.word): \(record.words)")
  }

  private func advise(_ words: String) { Output.error("switchboard: \(words)") }

  /// Tells the verdict of the run, or where it stands.
  private func end(_ code: ExitCode) -> ExitCode {
    let run = runner.run
    guard isQuiet else {
      Output.line("\(SafeText(run.id))  \(run.headline(in: script))")
      return code
    }
    var members: [JSONBody.Member] = [
      .init("run", .string(run.id)), .init("runbook", .string(script.runbook.id)),
      .init("over", .bool(run.standing == .over)), .init("outcome", .string(run.outcome.rawValue)),
    ]
    if let step = run.standing.step { members.append(.init("step", .string(script.number(of: step)))) }
    members.append(.init("steps", .array(script.steps.indices.map { json($0) })))
    Output.line(JSONBody.object(members).text)
    return code
  }

  private func json(_ step: Int) -> JSONBody {
    let definition = script.steps[step]
    var members: [JSONBody.Member] = [
      .init("number", .string(script.number(of: step))), .init("title", .string(definition.title.string)),
      .init("does", .string(definition.kind.words)),
    ]
    if let record = runner.run.records[step] {
      members.append(.init("outcome", .string(record.outcome.rawValue)))
      members.append(.init("words", .string(record.words.string)))
    } else {
      members.append(.init("outcome", .null))
    }
    if let gate = definition.gate { members.append(.init("gate", .string(gate))) }
    if let act = acts[step] { members.append(.init("act", act)) }
    return .object(members)
  }

  // MARK: dry run

  /// Tells of every step what it would do now; nothing is begun, and no journal written.
  private func dryRun() async -> ExitCode {
    guard let executor = session.executor else { return .internalError }
    var code = ExitCode.ok
    for step in script.steps.indices {
      tell(step)
      if let gate = script.steps[step].gate, !isQuiet { Output.line("    gate \(SafeText(gate))") }
      switch await runner.preview(of: step, by: executor) {
      case .success(let plan)?:
        talk.preview(plan, indent: "    ")
        acts[step] = ActRecord(plan).dryRun()
      case .failure(let refusal)?:
        if case .act(let request) = runner.work(of: step) {
          acts[step] = ActRecord(request, in: session.options.environment.name).refused(refusal.sentence)
        }
        // It may become possible by the steps before it: that can't be known before they are taken.
        if !isQuiet { Output.line("    now: \(refusal.sentence)") }
        code = .warning
      case nil: continue
      }
    }
    return isQuiet ? end(code) : code
  }
}
