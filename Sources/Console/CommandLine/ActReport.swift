import DataSources
import Facts
import Operations

/// An act as one JSON object: what was planned, what was done, each part of the proof, and the verdict.
///
/// It is made of what the screen shows: a secret stands in none of it.
struct ActReport {
  private let plan: Plan
  private var steps: [JSONBody] = []
  private var verdict: Verdict?

  /// Reports a plan that is not carried out yet.
  init(_ plan: Plan) { self.plan = plan }

  /// Whether it came to a verdict.
  var isOver: Bool { verdict != nil }

  /// Takes what happens.
  mutating func take(_ event: ActionEvent) {
    switch event {
    case .step(let number, let count, let name):
      steps.append(
        .object([
          .init("step", .string("service")), .init("number", .integer(number)), .init("of", .integer(count)),
          .init("text", .string(name.string)),
        ])
      )
    case .sent(let text): steps.append(Self.step("sent", text.string))
    case .note(let text): steps.append(Self.step("note", text.string))
    case .acted(let duration): steps.append(Self.step("answered", "in \(Format.latency(duration))"))
    case .ended(let verdict): self.verdict = verdict
    case .refused, .changed, .recorded, .acting, .gate, .then: return
    }
  }

  private static func step(_ name: String, _ text: String) -> JSONBody {
    .object([.init("step", .string(name)), .init("text", .string(text))])
  }

  /// The object; without an act `verdict` is null.
  var json: JSONBody {
    .object([
      .init("environment", .string(plan.environment)), .init("action", .string(plan.request.action.name)),
      .init("plan", planned), .init("steps", .array(steps)),
      .init("proof", .array((verdict?.parts ?? []).map(Self.part))),
      .init("verdict", verdict.map(Self.verdict) ?? .null),
    ])
  }

  private var planned: JSONBody {
    let rows = plan.rows.map { row in
      JSONBody.object([.init("label", .string("\(row.label)")), .init("text", .string(row.text.string))])
    }
    return .object([
      .init("title", .string(plan.title.string)), .init("danger", .string(plan.danger.word)),
      .init("proof", .string(plan.proof.string)), .init("rows", .array(rows)),
    ])
  }

  private static func part(_ part: Verdict.Part) -> JSONBody {
    .object([
      .init("part", .string(part.name)), .init("outcome", .string(word(part.outcome))),
      .init("words", .string(part.words.string)),
    ])
  }

  /// A part that held is `ok`.
  private static func word(_ outcome: Verdict.Outcome) -> String {
    switch outcome {
    case .done: "ok"
    case .doneUnproven: "unproven"
    case .failed: "failed"
    case .unknown: "unknown"
    }
  }

  private static func verdict(_ verdict: Verdict) -> JSONBody {
    .object([
      .init("outcome", .string(verdict.outcome.rawValue)), .init("words", .string(verdict.sentence.string)),
      .init("caution", verdict.caution.map { .string($0.string) } ?? .null),
      .init("next", verdict.next.map { .string($0.action.name) } ?? .null),
    ])
  }
}
