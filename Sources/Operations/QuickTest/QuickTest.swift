public import DataSources
public import Facts

/// Runs one test through the whole framework, by the configured recipe, and follows it to its verdict.
@LoopActor public struct QuickTest: Action {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "quicktest.start",
    title: "quick test",
    key: "t",
    targets: [.environment],
    danger: .always(.mild),
    help: "run one test by the framework's API and follow it to its verdict",
    command: "test quick",
    arguments: [.init("script", help: "a UUID or a scenario's name instead of the configured one")]
  )

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// The plan is frozen as it is: nothing of a test's target changes under the dialog.
  public var canChange: Bool { false }

  /// Drafts it for the script that is meant.
  /// - Throws: why it can't be done.
  public func plan(
    _ request: ActionRequest,
    renewing old: QuickTestDetails?
  ) async throws(Refusal) -> Draft<QuickTestDetails> {
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
      PlanRow(
        "hits",
        "one run of the script, with the provider; which parts take part is the route's affair"
      ),
      PlanRow("proof", proof),
    ]
    // The title has the name; a script without one is told by its id alone.
    if script.name.isEmpty { rows.append(PlanRow("script", SafeText(script.id))) }
    return Draft(
      target: ActionTarget(.environment, name: services.environment),
      danger: .mild,
      title: "QUICK TEST \(SafeText(script.name.isEmpty ? script.id : script.name))",
      rows: rows,
      exact: exact.joined(separator: "\n"),
      proof: proof,
      details: QuickTestDetails(
        script: script.id,
        scriptName: script.name,
        requests: requests,
        passed: passed,
        within: quick.recipe.within
      )
    )
  }

  /// Sends the recipe's requests until a route is there, each once.
  public func act(
    _ details: QuickTestDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    guard let quick = services.quickTest else {
      let failure = SourceFailure(.misconfigured, at: services.environment, detail: "no API is configured")
      return ActOutcome(.rejected(failure), begunAt: begunAt, endedAt: begunAt)
    }
    var start = QuickTestStart(details.requests, of: details.script)
    let mark = await mark(quick)
    var step = start.begin()
    while true {
      switch step {
      case .send(let request):
        if let note = start.missing.last { emit(.note(SafeText(note))) }
        emit(.sent(SafeText(request.line)))
        step = start.answered(await send(request, quick))
      case .reread:
        emit(.note("\(SafeText(start.trouble, limit: 300)): looking for the execution"))
        step = await reread(start, details.script, mark, quick)
      case .follow(let id):
        if let doubt = await doubt(of: id, details.script, mark, failingWith: start.reason, quick) {
          step = .ended(Verdict(.unknown, doubt))
          continue
        }
        emit(.note("follows execution \(SafeText(id))"))
        return ActOutcome(
          .accepted(id: id),
          begunAt: begunAt,
          endedAt: services.clock.now(),
          doubt: start.doubt.map { SafeText($0, limit: 200) },
          note: SafeText("execution \(id)" + (start.note.map { "; \($0)" } ?? ""), limit: 400),
          subject: ActionTarget(.execution, name: id)
        )
      case .ended(var verdict):
        verdict.note = SafeText(start.missing.joined(separator: "; "), limit: 400)
        return ActOutcome(.decided(verdict), begunAt: begunAt, endedAt: services.clock.now())
      }
    }
  }

  /// The end of the execution that it began, and what was validated.
  public func proof(of details: QuickTestDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    guard case .accepted(let id?) = outcome.answer else { return nil }
    return QuickTestProof(
      id: id,
      passed: details.passed,
      within: details.within,
      begunAt: outcome.begunAt.monotonic
    )
  }

  /// How the execution stands.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> {
    do throws(SourceFailure) {
      return .success(try await services.quickTest?.reader.execution(key)?.observations ?? [])
    } catch {
      return .failure(error)
    }
  }

  /// As often as its reader may be asked.
  public var proofInterval: Duration? { services.quickTest?.reader.interval }

  /// The sources whose facts a test changes.
  public func touches(_ details: QuickTestDetails) -> [String] { services.quickTest?.touches ?? [] }

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

  /// What the test comes after; without it nothing can be told of what is found or named.
  private func mark(_ quick: QuickTestServices) async -> Result<ExecutionMark, SourceFailure> {
    do throws(SourceFailure) {
      return .success(try await quick.reader.mark())
    } catch {
      return .failure(error)
    }
  }

  /// Why an execution may not be the one that was asked for; nil if it is.
  ///
  /// A cache, or a backend that answers a repeated request with its first reply, names one that was there before.
  private func doubt(
    of id: String,
    _ script: String,
    _ mark: Result<ExecutionMark, SourceFailure>,
    failingWith reason: String?,
    _ quick: QuickTestServices
  ) async -> SafeText? {
    let why: String
    do throws(SourceFailure) {
      let mark = try mark.get()
      let age = try await thrice(until: { $0 != .absent }) { () throws(SourceFailure) in
        try await quick.reader.age(of: id, of: script, since: mark)
      }
      switch age {
      case .new:
        // One that was found and not named is this test's only if it failed with the words of the reply.
        guard let reason else { return nil }
        let isSame = { (state: ExecutionState?) in state.map { Self.tells($0.reason, reason) } ?? false }
        let state = try await thrice(until: isSame) { () throws(SourceFailure) in
          try await quick.reader.execution(id)
        }
        if isSame(state) { return nil }
        return SafeText(
          "execution \(id) was created since and tells another error: it may be another's",
          limit: 300
        )
      case .old:
        return SafeText("the reply names execution \(id), which was there before: it is not this test's")
      case .absent: why = "it is not there"
      case .untold(let told): why = told
      }
    } catch {
      why = error.word
    }
    return SafeText(
      "execution \(id) is named, and whether it is this test's can't be told: \(why)",
      limit: 400
    )
  }

  /// Asks three times, the last two a while later, until there is an answer and it is `enough`.
  /// - Returns: the last answer.
  /// - Throws: why the last time had none.
  private func thrice<Answer: Sendable>(
    until enough: (Answer) -> Bool = { _ in true },
    _ ask: @LoopActor () async throws(SourceFailure) -> Answer
  ) async throws(SourceFailure) -> Answer {
    for delay in [2, 5] {
      if let answer = try? await ask(), enough(answer) { return answer }
      await services.clock.sleep(for: .seconds(delay))
    }
    return try await ask()
  }

  /// Looks three times: a server that hung may still store the execution.
  private func reread(
    _ start: QuickTestStart,
    _ script: String,
    _ mark: Result<ExecutionMark, SourceFailure>,
    _ quick: QuickTestServices
  ) async -> QuickTestStart.Step {
    do throws(SourceFailure) {
      let mark = try mark.get()
      // Who can't look for it needs no second time.
      let found = try await thrice(until: { $0.map { !$0.isEmpty } ?? true }) { () throws(SourceFailure) in
        try await quick.reader.executions(of: script, since: mark)
      }
      guard let found else { throw SourceFailure(.misconfigured, at: "", detail: "no database") }
      return start.reread(found)
    } catch {
      return start.reread([], failure: error)
    }
  }

  /// Whether two texts are the same reason, of which the database may tell only the beginning.
  private static func tells(_ told: String, _ reason: String) -> Bool {
    told == reason || told.count >= 100 && reason.hasPrefix(told)
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

extension ActionRequest {
  /// Asks for a quick test in an environment; a nil script means the configured one.
  public static func quickTest(environment: String, script: String? = nil) -> ActionRequest {
    ActionRequest(
      QuickTest.descriptor.id,
      on: ActionTarget(.environment, name: environment),
      arguments: script.map { ["script": $0] } ?? [:]
    )
  }
}
