public import DataSources
public import Facts

/// Which connections are to be ended, frozen by what names each for good.
public struct BackendDetails: Sendable, Hashable {
  /// The database's source; nil: the first.
  public var source: String?
  /// The connections.
  public var backends: [PostgresBackend]
  /// Whether the query alone is ended, and the connection stays.
  public var isQueryAlone: Bool
}

/// An act on connections of a database.
@LoopActor public protocol BackendAction: Action where Details == BackendDetails {
  /// What it needs of its environment.
  var services: ActionServices { get }
}

extension BackendAction {
  /// What acting on connections has in common.
  var acts: BackendActs { BackendActs(services: services) }

  /// Asks the server for it.
  public func act(
    _ details: BackendDetails,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> ActOutcome {
    await acts.end(details)
  }

  /// The server lists none of them any more.
  public func proof(of details: BackendDetails, after outcome: ActOutcome) -> (any ProofMachine)? {
    BackendProof(details, after: outcome, timing: services.timing)
  }

  /// How many are left, for the proof.
  public func read(_ key: String) async -> Result<[Observation], SourceFailure> { await acts.left(key) }

  /// No fact tells of single connections.
  public func touches(_ details: BackendDetails) -> [String] { [] }
}

/// What ending connections of a database has in common: finding them, asking for it, looking whether they are gone.
@LoopActor struct BackendActs {
  let services: ActionServices

  /// Who tells of connections, and those that there are.
  /// - Throws: there is no database, or it doesn't answer.
  func read(
    of source: String? = nil
  ) async throws(Refusal) -> (server: any PostgresBackends, backends: [PostgresBackend]) {
    guard let server = services.offer((any PostgresBackends).self, source) else {
      throw .notPossible("no database is configured")
    }
    do throws(SourceFailure) {
      return (server, try await server.backends())
    } catch {
      throw .notPossible("\(SafeText(server.address)) \(SafeText(error.word)) (\(SafeText(error.advice)))")
    }
  }

  /// The connection of that pid; `old` is the one that was confirmed.
  /// - Throws: it is gone, another's by now, or the role may not see whose it is.
  func find(
    _ request: ActionRequest,
    renewing old: PostgresBackend?,
    command: String
  ) async throws(Refusal) -> (server: any PostgresBackends, backend: PostgresBackend) {
    guard let text = request.arguments["pid"], !text.isEmpty else {
      throw .notPossible("which one? switchboard \(SafeText(command)) PID names it, query ls lists them")
    }
    guard let pid = Int(text), pid > 0 else { throw .notPossible("\(SafeText(text)) is no process' number") }
    let (server, backends) = try await read(of: request.arguments["source"])
    guard let backend = backends.first(where: { $0.pid == pid }) else {
      throw .gone("connection \(SafeText(text))")
    }
    guard let begun = backend.begun else {
      throw .notPossible("the role may not see connection \(SafeText(text)): GRANT pg_read_all_stats lets it")
    }
    // A row names the one that was looked at: a pid may be another's by now.
    if let shown = request.arguments["begun"], shown != String(begun) {
      throw .targetChanged("\(SafeText(text)) is another connection by now")
    }
    if let old, old.begun != begun { throw .targetChanged("\(SafeText(text)) is another connection by now") }
    return (server, backend)
  }

  /// The preview of ending these.
  func draft(
    _ request: ActionRequest,
    _ details: BackendDetails,
    of server: any PostgresBackends,
    danger: DangerClass,
    name: String,
    title: SafeText,
    hits: SafeText
  ) -> Draft<BackendDetails> {
    let pids = details.backends.map { "\($0.pid)" }.joined(separator: ", ")
    let call = details.isQueryAlone ? "pg_cancel_backend" : "pg_terminate_backend"
    let run = "SELECT \(call)(pid) for pid \(pids), each begun as listed"
    let proof: SafeText =
      details.isQueryAlone
      ? "the query has ended ×\(services.timing.holding)"
      : "the connection is gone ×\(services.timing.holding)"
    let subject = details.backends.count == 1 ? pids : "idle"
    return Draft(
      target: ActionTarget(.environment, name: name, subject: subject),
      danger: danger,
      title: title,
      rows: [PlanRow("run", SafeText(run, limit: 600)), PlanRow("at", SafeText(server.address))]
        + details.backends.prefix(8).map { PlanRow("now", SafeText(Self.line($0), limit: 300)) }
        + [
          PlanRow("hits", hits), PlanRow("proof", proof), PlanRow("undo", "none; what it did is rolled back"),
        ],
      exact: run,
      proof: proof,
      dryRun: ["\(SafeText(Format.count(details.backends.count))) found"],
      counts: [PlanCount("connections", details.backends.count, rule: .growth)],
      details: details
    )
  }

  /// `4711 app@web idle in transaction 12m: UPDATE …`.
  static func line(_ backend: PostgresBackend) -> String {
    let who = [backend.user, backend.application].filter { !$0.isEmpty }.joined(separator: " ")
    let state = backend.state ?? "not seen by this role"
    let lasted = backend.lasted.map { " \(Format.uptime($0))" } ?? ""
    return "\(backend.pid) \(who) \(state)\(lasted)" + (backend.query.isEmpty ? "" : ": \(backend.query)")
  }

  /// Asks for it once.
  func end(_ details: BackendDetails) async -> ActOutcome {
    let begunAt = services.clock.now()
    let answer: ActOutcome.Answer
    if let server = services.offer((any PostgresBackends).self, details.source) {
      do throws(SourceFailure) {
        let count = try await server.end(details.backends, isQueryAlone: details.isQueryAlone)
        answer =
          count > 0
          ? .accepted(id: nil)
          : .decided(Verdict(.failed, "nobody was told: what was meant had ended already"))
      } catch {
        answer = error.mayHaveHappened ? .uncertain(error) : .rejected(error)
      }
    } else {
      answer = .decided(Verdict(.failed, "there is no database any more"))
    }
    return ActOutcome(answer, begunAt: begunAt, endedAt: services.clock.now())
  }

  /// How many of those in a key are still there.
  func left(_ key: String) async -> Result<[Observation], SourceFailure> {
    let frozen = BackendKey(key)
    guard let frozen, let server = services.offer((any PostgresBackends).self, frozen.source) else {
      return .failure(SourceFailure(.misconfigured, at: key, detail: "no database"))
    }
    do throws(SourceFailure) {
      let now = try await server.backends()
      guard let count = frozen.left(among: now) else { return .success([]) }
      let origin = Origin(source: server.address, query: "pg_stat_activity")
      return .success([Observation(BackendProof.left, .number(Double(count)), origin: origin)])
    } catch {
      return .failure(error)
    }
  }
}

/// Frozen connections in one word, as a proof asks about them.
struct BackendKey: Hashable {
  private let isQueryAlone: Bool
  private let backends: [[Int]]
  let source: String?

  init(_ details: BackendDetails) {
    source = details.source
    isQueryAlone = details.isQueryAlone
    backends = details.backends.map { [$0.pid, $0.begun ?? 0, $0.queryBegun ?? 0] }
  }

  init?(_ key: String) {
    let whole = key.split(separator: "@", maxSplits: 1)
    let parts = (whole.first ?? "").split(separator: " ")
    guard let first = parts.first else { return nil }
    source = whole.count > 1 ? String(whole[1]) : nil
    isQueryAlone = first == "query"
    backends = parts.dropFirst().map { $0.split(separator: ":").compactMap { Int($0) } }
    guard backends.allSatisfy({ $0.count == 3 }) else { return nil }
  }

  var key: String {
    ([isQueryAlone ? "query" : "connection"] + backends.map { $0.map(String.init).joined(separator: ":") })
      .joined(separator: " ") + (source.map { "@\($0)" } ?? "")
  }

  /// How many of them are among those; nil where that can't be told, since the role may not see one.
  func left(among now: [PostgresBackend]) -> Int? {
    var count = 0
    for frozen in backends {
      guard let same = now.first(where: { $0.pid == frozen[0] }) else { continue }
      guard let begun = same.begun else { return nil }
      guard begun == frozen[1] else { continue }
      if isQueryAlone {
        guard let state = same.state else { return nil }
        guard state == "active", same.queryBegun == frozen[2] else { continue }
      }
      count += 1
    }
    return count
  }
}

/// The proof that connections, or their queries, have ended: the server lists none of them any more.
struct BackendProof: ProofMachine {
  /// The fact of how many are left.
  static let left: FactName = "postgres.left"

  private let details: BackendDetails
  private let end: MonotonicTime
  private let within: Duration
  private var gone: ProofPart

  init(_ details: BackendDetails, after outcome: ActOutcome, timing: ProofTiming) {
    self.details = details
    end = outcome.endedAt.monotonic
    within = timing.within
    gone = ProofPart(
      details.isQueryAlone ? "query ended" : "gone",
      needed: timing.holding,
      spacing: timing.spacing
    )
  }

  var questions: [ProofQuestion] { [.own(BackendKey(details).key)] }

  mutating func take(
    _ answer: ProofAnswer,
    to question: ProofQuestion,
    startedAt start: MonotonicTime,
    now: MonotonicTime
  ) -> [ProofQuestion] {
    guard case .facts(let result) = answer else { return [] }
    switch result {
    case .failure(let failure): gone.take(.unclear(failure.word), at: start)
    case .success(let told):
      guard let count = told.first(where: { $0.name == Self.left })?.value?.number else {
        gone.take(.unclear("not told"), at: start)
        return []
      }
      gone.take(count == 0 ? .holds("yes") : .fails("\(Format.count(count)) still there"), at: start)
    }
    return []
  }

  mutating func stages(at now: MonotonicTime) -> [ProofStage] {
    [ProofStage(parts: [gone], since: end, within: within)]
  }

  func sentence(of ending: ProofEnding) -> SafeText {
    let many = details.backends.count > 1 ? "all \(Format.count(details.backends.count)) are " : ""
    switch ending {
    case .proven, .unproven, .notBack:
      return details.isQueryAlone
        ? "its query has ended; the connection is still there" : SafeText("\(many)gone")
    case .failed(let part, let within):
      return "\(SafeText(part.evidence.word)) after \(SafeText(Format.seconds(within)))"
    case .unknown(let part, let within):
      return
        "whether they have ended is not known after \(SafeText(Format.seconds(within))): \(SafeText(part.evidence.word))"
    }
  }
}
