import DataSources
import Facts
import Operations

/// Any action of the catalogue: preview, confirmation, act and proof without a screen.
@LoopActor final class ActCommand {
  private let headless: HeadlessSession
  private let action: ActionDescriptor
  /// The words that name what is acted on.
  private let targets: [String]
  /// What is asked for, where words don't name it.
  private let made: ActionRequest?
  /// When the command was given: whoever acted on a target since then acted first.
  private let askedAt = LoopActor.now().wall
  private var session: Session { headless.session }
  private var arguments: Arguments { headless.arguments }
  private var talk: ActTalk { ActTalk(arguments, label: session.options.environment.label) }

  /// Takes an open session that doesn't poll yet.
  init(
    _ session: Session,
    _ arguments: Arguments,
    _ action: ActionDescriptor,
    request: ActionRequest? = nil
  ) {
    self.action = action
    made = request
    let targets = request == nil ? Self.targets(action, arguments.words) : []
    self.targets = targets
    // What would be proven afterwards is asked only if something is to be proven.
    let then =
      arguments.has(.dryRun)
      ? []
      : session.profiles.filter { targets.contains($0.name) }.flatMap(\.then)
    let everything = arguments.has(.all) ? session.profiles.map(\.name) : []
    let names = (targets + then + everything).map { FactName("service", $0, "state") }
    headless = HeadlessSession(session, arguments) { $0.isNeeded(for: names, in: session) }
  }

  /// Does the action of somebody's own that the first word names.
  /// - Throws: `usage` for one that there isn't, and for words that are missing or too many.
  static func own(_ session: Session, _ arguments: Arguments) async throws(ConsoleFailure) -> ExitCode {
    var rest = arguments
    let name = rest.words.removeFirst()
    let names = session.options.settings.actions.map(\.name)
    guard let action = session.catalog.descriptor(of: ActionID("own.\(name)")) else {
      let known =
        names.isEmpty ? "; the configuration has none" : "; there are \(names.joined(separator: ", "))"
      throw ConsoleFailure(
        message:
          "switchboard: no action of yours is called \(SafeText(name))\(DidYouMean.clause(name, among: names))\(SafeText(known))",
        code: .usage
      )
    }
    let wanted = (action.isOfEnvironment ? [] : action.targets.map(\.name)) + action.arguments.map(\.name)
    guard rest.words.count == wanted.count else {
      let usage = ([action.command] + wanted.map { $0.uppercased() }).joined(separator: " ")
      throw ConsoleFailure(message: "switchboard: it is: switchboard \(SafeText(usage))", code: .usage)
    }
    return try await ActCommand(session, rest, action).run()
  }

  /// Runs to the verdict; its exit code.
  func run() async throws(ConsoleFailure) -> ExitCode {
    let kinds = action.isOfEnvironment ? [] : action.targets
    try await headless.hear(naming: targets.filter { !action.mayMean(unlisted: $0) }, of: kinds)
    let isAllServices = arguments.has(.all) && !action.isOneStep
    let words =
      isAllServices
      ? [ActionTarget.allServices.name] : arguments.has(.all) ? try headless.waiting(kinds) : targets
    if arguments.has(.all), words.isEmpty {
      return nothingWaits()
    }
    guard let executor = session.executor, let request = request(words) else { return .internalError }
    let plan: Plan
    do throws(Refusal) {
      plan = try await executor.plan(request, askedAt: askedAt)
    } catch {
      throw talk.refused(error.sentence, ActRecord(request, in: session.options.environment.name))
    }
    if plan.danger == .look { return await follow(plan, executor) }
    talk.preview(plan)
    guard Output.failure == nil else {
      throw ConsoleFailure(
        message: "switchboard: the preview could not be written: nothing was done",
        code: .outputFailed
      )
    }
    if arguments.has(.dryRun) {
      if arguments.has(.json) {
        Output.line(ActRecord(plan).dryRun().text)
      } else {
        for line in plan.dryRun { Output.line("  \(line)") }
      }
      return .ok
    }
    guard talk.isConfirmed(plan) else {
      throw talk.refused(SafeText(ActTalk.unconfirmed(plan)), ActRecord(plan))
    }
    return await follow(plan, executor)
  }

  /// What is asked for, of the words behind the command.
  private func request(_ words: [String]) -> ActionRequest? {
    if let made { return made }
    var request: ActionRequest?
    if action.isOfEnvironment {
      let name = session.options.environment.name
      request = ActionRequest(action.id, on: ActionTarget(.environment, name: name))
    } else {
      let kind = action.targets.first ?? .service
      request = ActionRequest(action.id, on: words.map { ActionTarget(kind, name: $0) })
    }
    var given = Array(arguments.words.dropFirst(targets.count))
    if action.takesRest { given = [given.joined(separator: " ")] }
    for (argument, word) in zip(action.arguments, given) { request?.arguments[argument.name] = word }
    return request
  }

  /// The words that name what is acted on; the action's arguments follow them.
  private static func targets(_ action: ActionDescriptor, _ words: [String]) -> [String] {
    action.isOfEnvironment ? [] : action.takesSeveral ? words : Array(words.prefix(1))
  }

  private func follow(_ plan: Plan, _ executor: Executor) async -> ExitCode {
    let record = ActRecord(plan)
    let last = await talk.run(plan, executor) { record.take($0) }
    return talk.end(last, of: plan, record)
  }

  private func nothingWaits() -> ExitCode {
    if arguments.has(.json) {
      let request = ActionRequest(action.id, on: ActionTarget(action.targets.first ?? .run, name: "--all"))
      let record = ActRecord(request, in: session.options.environment.name)
      Output.line(record.object(.ended(Verdict(.done, "nothing waits"))).text)
    } else {
      Output.line("nothing waits")
    }
    return .ok
  }

  /// That the end of an act is missing from the record: it is listed as left open at the next start.
  nonisolated static func sentence(of failure: AuditFailure) -> String {
    "switchboard: that it was left could not be recorded in \(SafeText(failure.path)): \(SafeText(failure.cause))"
  }
}
