public import DataSources
internal import Facts

/// Lets the framework repeat a run, and finds the new one.
///
/// The framework's route answers 400 after it has created and queued the run: what it answers proves nothing, so the
/// database is read again, whatever the answer, and nothing is ever sent twice.
@LoopActor public struct RerunRun: Action {
  /// What is repeated.
  public struct Details: Sendable, Hashable {
    /// The run's UUID.
    public var run: String
    /// The runs that repeated it before.
    public var before: [String]
  }

  /// What the tables tell of it.
  public nonisolated static let descriptor: ActionDescriptor = {
    var descriptor = ActionDescriptor(
      id: "run.rerun",
      title: "re-run",
      doing: "re-running",
      key: "u",
      targets: [.run],
      danger: .always(.mild),
      help: "let the framework repeat this run with the same scenarios, and find the new one",
      command: "runs rerun"
    )
    descriptor.takesUnlisted = true
    return descriptor
  }()

  private static let within = Duration.seconds(60)

  private let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for a run by its UUID.
  /// - Throws: there is no API or database, or the framework can't repeat runs.
  public func plan(_ request: ActionRequest, renewing old: Details?) async throws(Refusal) -> Draft<Details> {
    let run = request.target.subject.lowercased()
    guard let api = services.quickTest?.api, let account = api.account else {
      throw .notPossible("no API with a login is configured")
    }
    guard UUIDText.isWhole(run) else { throw .notPossible("\(SafeText(run)) is no run's UUID") }
    let before: [String]
    let status: String?
    do throws(SourceFailure) {
      before = try await retries(of: run).map(\.id)
      status = try await self.status(of: run)
    } catch {
      throw .notPossible(
        "the new run could not be found: \(SafeText(error.word)) (\(SafeText(error.detail, limit: 200)))"
      )
    }
    // Any run can be repeated, whether or not it needs attention; one that there isn't can't.
    guard let status else { throw .notPossible("the database has no run \(SafeText(run))") }
    let line = Self.line(run)
    return Draft(
      target: request.target,
      danger: .mild,
      title: "RE-RUN \(SafeText(request.target.name))",
      rows: [
        PlanRow("run", SafeText(line)), PlanRow("as", SafeText("\(account) at \(api.base)")),
        PlanRow("hits", "a new run of the same scenarios, with the provider; the old one stays"),
        PlanRow("is", SafeText(status)),
        PlanRow("now", SafeText("\(Format.count(before.count)) repeat it already")),
        PlanRow("proof", "the database has a new run that repeats this one; its verdict comes later"),
        PlanRow("undo", "none"),
      ],
      exact: line,
      proof: "a new run that repeats this one",
      dryRun: ["the database tells which runs repeat it"],
      details: Details(run: run, before: before)
    )
  }

  private static func line(_ run: String) -> String { "POST /api/v1/suite-runs/\(run)/retry" }

  /// What a run says of itself; nil if there is none.
  private func status(of run: String) async throws(SourceFailure) -> String? {
    guard let client = services.offer(PostgresClient.self),
      let query = try await PostgresTables(client).schema().status(of: run)
    else { return nil }
    return try await client.query(query).records.first.map { $0["status"].text ?? "without a status" }
  }

  private func retries(of run: String) async throws(SourceFailure) -> [(id: String, status: String)] {
    guard let client = services.offer(PostgresClient.self) else {
      throw SourceFailure(.misconfigured, at: "postgres", detail: "no database is configured")
    }
    guard let query = try await PostgresTables(client).schema().retries(of: run) else {
      throw SourceFailure(
        .notFound,
        at: client.address,
        detail: "this framework's runs don't tell which run they repeat"
      )
    }
    return try await client.query(query).records.compactMap { row in
      row["id"].text.map { ($0, row["status"].text ?? "") }
    }
  }

  /// Sends it once, then looks for the new run.
  public func act(
    _ details: Details,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    let begunAt = services.clock.now()
    func outcome(_ answer: ActOutcome.Answer) -> ActOutcome {
      ActOutcome(answer, begunAt: begunAt, endedAt: services.clock.now())
    }
    guard let api = services.quickTest?.api else {
      return outcome(.rejected(SourceFailure(.misconfigured, at: "api", detail: "no API is configured")))
    }
    let answer: String
    emit(.sent(SafeText(Self.line(details.run))))
    do throws(SourceFailure) {
      let path = "/api/v1/suite-runs/\(details.run)/retry"
      let reply = try await api.send("POST", path, body: "", deadline: .seconds(30))
      answer = "the server answered \(reply.status)"
    } catch {
      guard error.mayHaveHappened else { return outcome(.rejected(error)) }
      answer = "no answer: \(error.word)"
    }
    emit(.note("\(SafeText(answer)): looking for the new run"))
    return outcome(.decided(await verdict(details, answer)))
  }

  /// Whether a new run is there; that there is none yet is no proof that none will be.
  private func verdict(_ details: Details, _ answer: String) async -> Verdict {
    let end = services.clock.now().monotonic + Self.within
    let told = SafeText(answer)
    var trouble: SourceFailure?
    repeat {
      do throws(SourceFailure) {
        let new = try await retries(of: details.run).filter { !details.before.contains($0.id) }
        trouble = nil
        if let run = new.first {
          var verdict = Verdict(.done, "run \(SafeText(run.id)) is \(SafeText(run.status)) (\(told))")
          if new.count > 1 { verdict.caution = "\(SafeText("\(new.count - 1)")) more repeat it since" }
          return verdict
        }
      } catch {
        trouble = error
      }
      await services.clock.sleep(for: services.timing.interval)
    } while services.clock.now().monotonic < end
    if let trouble {
      return Verdict(.unknown, "\(told), and the database can't be read: \(SafeText(trouble.word))")
    }
    return Verdict(
      .unknown,
      "\(told); no new run within \(SafeText(Format.seconds(Self.within))): look before you ask again"
    )
  }

  /// It is decided.
  public func proof(of details: Details, after outcome: ActOutcome) -> (any ProofMachine)? { nil }

  /// What a test changes.
  public func touches(_ details: Details) -> [String] { services.quickTest?.touches ?? [] }
}
