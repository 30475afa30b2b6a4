internal import DataSources
internal import Facts

/// Runs one test through the whole framework, by the configured recipe.
@LoopActor final class QuickTestPerformer: ActionPerformer {
  private let services: ActionServices

  init(_ services: ActionServices) {
    self.services = services
  }

  func plan(_ request: ActionRequest) async throws(Refusal) -> Plan {
    guard let quick = services.quickTest else { throw .notPossible("no API is configured") }
    let passed: Condition
    do throws(ExpressionError) {
      passed = try Condition(parsing: quick.recipe.passed)
    } catch {
      throw .notPossible("quick_test.passed: \(SafeText(error.description))")
    }
    guard let account = quick.api.account else {
      throw .notPossible("no login is configured for \(SafeText(quick.api.base))")
    }
    let wanted = request.arguments["script"] ?? quick.recipe.script
    let script = try await QuickTestScripts(quick).find(wanted)
    let requests = quick.recipe.attempts.map { Self.filled($0, script.id, quick.recipe.language) }
    guard let first = requests.first else { throw .notPossible("quick_test.try is empty") }
    let exact = requests.map { $0.line + ($0.body.isEmpty ? "" : "\n\($0.body)") }
    let limit = Format.duration(quick.recipe.within)
    let proof = SafeText("\(passed.text), within \(limit), \(quick.reader.title)")
    var rows = [PlanRow("run", SafeText(first.line + (first.body.isEmpty ? "" : " " + first.body)))]
    for other in requests.dropFirst() {
      rows.append(PlanRow("else", SafeText("on 404 or 405: \(other.line) \(other.body)")))
    }
    rows += [
      PlanRow("as", SafeText("\(account) at \(quick.api.base)")),
      PlanRow("hits", "one run of the script, by workers and provider"),
      PlanRow("proof", proof),
    ]
    // The title has the name; a script without one is told by its id alone.
    if script.name.isEmpty { rows.append(PlanRow("script", SafeText(script.id))) }
    return Plan(
      environment: services.environment,
      request: request,
      target: ActionTarget(.environment, name: services.environment),
      danger: .mild,
      title: "QUICK TEST \(SafeText(script.name.isEmpty ? script.id : script.name))",
      rows: rows,
      exact: exact.joined(separator: "\n"),
      proof: proof,
      dryRun: ["would send \(SafeText(first.line))", "then follow it: \(proof)", "nothing was sent"],
      details: .quickTest(
        QuickTestDetails(script: script.id, scriptName: script.name, requests: requests)
      )
    )
  }

  /// Nothing of a quick test's target can change under the dialog: the plan is frozen as it is.
  func revalidate(_ plan: Plan) async -> Revalidation { .unchanged }

  func act(_ plan: Plan, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome {
    let begunAt = services.clock.now()
    guard case .quickTest(let details) = plan.details, let quick = services.quickTest else {
      let failure = SourceFailure(.misconfigured, at: plan.environment)
      return ActOutcome(.rejected(failure), begunAt: begunAt, endedAt: begunAt)
    }
    var start = QuickTestStart(details.requests)
    // Without a mark nothing can be found again; the test itself does not need it.
    let mark = (try? await quick.reader.mark()) ?? nil
    var step = start.begin()
    while true {
      switch step {
      case .send(let request):
        if let note = start.missing.last { emit(.note(SafeText(note))) }
        step = start.answered(await send(request, quick))
      case .reread:
        emit(.note("\(SafeText(start.trouble, limit: 300)): looking for the execution"))
        step = await reread(start, details.script, mark, quick)
      case .follow(let id):
        let note = start.note.map { SafeText($0, limit: 400) }
        return ActOutcome(
          .accepted(id: id),
          begunAt: begunAt,
          endedAt: services.clock.now(),
          note: note
        )
      case .ended(let verdict):
        return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
      }
    }
  }

  func verify(
    _ plan: Plan,
    after outcome: ActOutcome,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    switch outcome.answer {
    case .decided(let verdict): return verdict
    case .rejected(let failure), .uncertain(let failure):
      return Verdict(.unknown, SafeText(failure.word))
    case .accepted(let id):
      guard let id, let quick = services.quickTest,
        let passed = try? Condition(parsing: quick.recipe.passed)
      else { return Verdict(.unknown, "there is nothing to follow") }
      var verdict = await follow(id, passed, quick, since: outcome.begunAt.monotonic, emit)
      verdict.note = outcome.note ?? ""
      return verdict
    }
  }

  func touched(by plan: Plan) -> [String] { ["postgres", "rabbitmq"] }

  private func send(
    _ request: QuickTestDetails.Request,
    _ quick: QuickTestServices
  ) async -> Result<HTTPResponse, SourceFailure> {
    let deadline = min(quick.recipe.within, .seconds(60))
    do throws(SourceFailure) {
      return .success(
        try await quick.api.send(request.method, request.path, body: request.body, deadline: deadline)
      )
    } catch {
      return .failure(error)
    }
  }

  /// Looks three times: a server that hung may still store the execution.
  private func reread(
    _ start: QuickTestStart,
    _ script: String,
    _ mark: String?,
    _ quick: QuickTestServices
  ) async -> QuickTestStart.Step {
    guard let mark else {
      return start.reread(nil, failure: SourceFailure(.misconfigured, at: "", detail: "no database"))
    }
    var failure: SourceFailure?
    for delay in [0, 2, 5] {
      if delay > 0 { await services.clock.sleep(for: .seconds(delay)) }
      do throws(SourceFailure) {
        if let id = try await quick.reader.newestExecution(of: script, since: mark) {
          return start.reread(id)
        }
        failure = nil
      } catch {
        failure = error
      }
    }
    return start.reread(nil, failure: failure)
  }

  private func follow(
    _ id: String,
    _ passed: Condition,
    _ quick: QuickTestServices,
    since begunAt: MonotonicTime,
    _ emit: @LoopActor (ActionEvent) -> Void
  ) async -> Verdict {
    var machine = QuickTestFollow(
      id: id,
      passed: passed,
      within: quick.recipe.within,
      begunAt: begunAt
    )
    while true {
      let result: Result<ExecutionState?, SourceFailure>
      do throws(SourceFailure) {
        result = .success(try await quick.reader.execution(id))
      } catch {
        result = .failure(error)
      }
      let now = services.clock.now().monotonic
      let verdict = machine.take(result, now: now)
      emit(.gate(machine.view(now: now)))
      if let verdict { return verdict }
      await services.clock.sleep(for: quick.reader.interval)
    }
  }

  private static func filled(
    _ attempt: QuickTestSettings.Attempt,
    _ script: String,
    _ language: String
  ) -> QuickTestDetails.Request {
    func filled(_ text: String, _ change: (String) -> String) -> String {
      text.replacing("{script}", with: change(script)).replacing("{language}", with: change(language))
    }
    return QuickTestDetails.Request(
      method: attempt.method,
      path: filled(attempt.path, percentEncoded),
      body: attempt.body?.mapTexts { filled($0) { $0 } }.text ?? "",
      id: attempt.id
    )
  }
}
