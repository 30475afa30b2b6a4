import DataSources
import Facts
import Operations

/// What came of an act, as `--json` prints it: one object, whatever the action.
@LoopActor final class ActRecord {
  private let request: ActionRequest
  private let environment: String
  private let plan: Plan?
  private let begunAt = LoopActor.now().monotonic
  private var gate: GateView?
  private var thens: [ThenView] = []
  private var notes: [SafeText] = []
  private var records: [String] = []

  /// Of an act that is about to begin.
  init(_ plan: Plan) {
    self.plan = plan
    (request, environment) = (plan.request, plan.environment)
  }

  /// Of what is not begun, since there is no plan of it.
  init(_ request: ActionRequest, in environment: String) {
    plan = nil
    (self.request, self.environment) = (request, environment)
  }

  /// Keeps what an event tells.
  func take(_ event: ActionEvent) {
    switch event {
    case .gate(let view): gate = view
    case .then(let view):
      thens.removeAll { $0.service == view.service }
      thens.append(view)
    case .note(let text): notes.append(text)
    case .refusalRecorded(let id): records.append(id)
    // Of several targets the proof is the last one's.
    case .step: (gate, thens) = (nil, [])
    case .recorded, .acting, .sent, .acted, .refused, .changed, .ended: break
    }
  }

  /// The object of what would be done; nothing was.
  func dryRun() -> JSONBody {
    .object(head + [.init("dry_run", .bool(true))] + Self.members(of: plan))
  }

  /// The object of an act that is over, or was not begun.
  func object(_ last: ActionEvent) -> JSONBody {
    switch last {
    case .ended(let verdict): return object(verdict)
    case .refused(let refusal): return refused(refusal.sentence)
    case .changed(_, let what): return refused("changed meanwhile: \(what); nothing was done")
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .gate, .then:
      return object(Verdict(.unknown, "it has no end"))
    }
  }

  /// The object of what was not begun, and why.
  func refused(_ why: SafeText) -> JSONBody {
    .object(head + ending("refused", why) + [.init("audit", .array(records.map { .string($0) }))])
  }

  private func object(_ verdict: Verdict) -> JSONBody {
    var members = head + ending(Self.name(of: verdict.outcome), verdict.sentence)
    members.append(.init("caution", verdict.caution.map { .string($0.string) } ?? .null))
    members.append(.init("notes", Self.texts(notes + (verdict.note.isEmpty ? [] : [verdict.note]))))
    // A proof of parts may have waited for a gate in one of them.
    let proof = verdict.parts.isEmpty ? gate.map(Self.proof) ?? .null : Self.proof(verdict.parts)
    members.append(.init("proof", proof))
    members.append(
      .init(
        "then",
        .array(
          thens.map {
            .object([.init("service", .string($0.service.string)), .init("proof", Self.proof($0.gate))])
          }
        )
      )
    )
    members.append(.init("next", verdict.next.map { .string($0.action.name) } ?? .null))
    members.append(.init("output", Self.texts(verdict.output)))
    members.append(.init("audit", .array(verdict.acts.map { .string($0) })))
    return .object(members)
  }

  private var head: [JSONBody.Member] {
    let targets = plan?.steps.map(\.target) ?? request.targets
    return [
      .init("action", .string(request.action.name)), .init("environment", .string(environment)),
      .init("kind", .string(targets.first?.kind.name ?? "")),
      .init("targets", .array(targets.map { .string($0.name) })),
      .init("class", plan.map { .string($0.danger.word) } ?? .null),
    ]
  }

  private func ending(_ verdict: String, _ sentence: SafeText) -> [JSONBody.Member] {
    [
      .init("verdict", .string(verdict)), .init("sentence", .string(sentence.string)),
      .init("duration_s", .number((LoopActor.now().monotonic - begunAt).seconds)),
    ]
  }

  // MARK: parts

  /// What a plan tells beside its targets.
  static func members(of plan: Plan?) -> [JSONBody.Member] {
    guard let plan else { return [] }
    return [
      .init("title", .string(plan.title.string)),
      .init(
        "rows",
        .array(
          plan.rows.map {
            .object([.init("label", .string($0.label)), .init("text", .string($0.text.string))])
          }
        )
      ),
      .init("exact", .string(plan.exact)), .init("proves", .string(plan.proof.string)),
      .init("confirm", plan.danger == .destructive ? .string(plan.typedName) : .null),
      .init("advice", plan.advice.map { .string($0.text.string) } ?? .null),
      .init("notes", texts(plan.dryRun)),
    ]
  }

  /// Where a proof stood when it ended: how often in a row it held, and each part with what it said.
  static func proof(_ gate: GateView) -> JSONBody {
    .object([
      .init("held", .integer(gate.held)), .init("needed", .integer(gate.needed)),
      .init(
        "parts",
        .array(
          gate.probes.map { part($0.name, word(of: $0.state), $0.value) }
        )
      ),
    ])
  }

  /// The parts of a proof that is none of samples in a row.
  private static func proof(_ parts: [Verdict.Part]) -> JSONBody {
    let told = parts.map { part in
      let state = part.outcome == .done ? "ok" : name(of: part.outcome)
      return Self.part(SafeText(part.name), state, part.words)
    }
    return .object([.init("parts", .array(told))])
  }

  private static func part(_ name: SafeText, _ state: String, _ evidence: SafeText) -> JSONBody {
    .object([
      .init("name", .string(name.string)), .init("state", .string(state)),
      .init("evidence", .string(evidence.string)),
    ])
  }

  /// Whether a part holds: what nobody can tell is neither.
  private static func word(of state: FactState) -> String {
    switch state {
    case .ok: "ok"
    case .warn, .crit: "failed"
    case .nodata, .stale, .error: "unknown"
    }
  }

  /// The outcome in one word.
  private static func name(of outcome: Verdict.Outcome) -> String {
    switch outcome {
    case .done: "done"
    case .doneUnproven: "unproven"
    case .failed: "failed"
    case .unknown: "unknown"
    }
  }

  private static func texts(_ texts: [SafeText]) -> JSONBody { .array(texts.map { .string($0.string) }) }
}
