internal import DataSources
internal import Facts

extension Plan {
  /// The plan of one draft, or of several that are carried out one after the other.
  init(_ drafts: [Draft<PlanDetails>], of request: ActionRequest, in environment: String, askedAt: WallTime) {
    let steps = drafts.map { PlanStep(target: $0.target, counts: $0.counts, details: $0.details) }
    let first = drafts[0]
    guard drafts.count > 1 else {
      self.init(
        environment: environment,
        request: request,
        askedAt: askedAt,
        steps: steps,
        danger: first.danger,
        title: first.title,
        rows: first.rows,
        exact: first.exact,
        advice: first.advice,
        proof: first.proof,
        dryRun: first.dryRun + ["nothing was sent"]
      )
      return
    }
    let names = drafts.map(\.target.name).joined(separator: ", ")
    let verb = first.title.string.prefix { $0 != " " }
    var rows = drafts.flatMap { draft in draft.rows.filter { $0.label == "run" } }
    rows.append(PlanRow("on", SafeText(names, limit: 600)))
    rows.append(PlanRow("order", "one after the other, to the first that is not done"))
    for draft in drafts {
      rows += draft.rows.filter { $0.label == "proof" }
        .map { PlanRow("proof", "\(SafeText(draft.target.name)): \($0.text)") }
    }
    self.init(
      environment: environment,
      request: request,
      askedAt: askedAt,
      steps: steps,
      // Several at once is an outage of one's own making: only the count typed confirms it.
      danger: drafts.contains { $0.danger > .look } ? .destructive : .look,
      title: "\(SafeText(String(verb))) \(drafts.count) at once",
      rows: rows,
      exact: drafts.map(\.exact).joined(separator: "\n"),
      proof: "each as by itself",
      dryRun: drafts.flatMap(\.dryRun) + ["nothing was sent"]
    )
  }

  /// What matters between the plan shown and the one that would be made now; nil if nothing does.
  func change(to newer: Plan) -> String? {
    for (old, new) in zip(steps, newer.steps) {
      if old.target.identity?.id != new.target.identity?.id {
        return "\(old.target.name) was recreated: it is another one now"
      }
      if old.target.identity != new.target.identity {
        return "\(old.target.name) was restarted by somebody else meanwhile"
      }
      for count in old.counts {
        guard let now = new.counts.first(where: { $0.name == count.name }) else { continue }
        if let change = count.change(to: now) { return change }
      }
    }
    return danger == newer.danger ? nil : "its danger is \(newer.danger.word) now"
  }
}

extension Verdict {
  /// The verdict of a plan's steps: the only one's, or what all of them come to.
  init(of verdicts: [Verdict], _ plan: Plan) {
    guard let last = verdicts.last else {
      self.init(.failed, "nothing was done")
      return
    }
    guard plan.steps.count > 1 else {
      self = last
      return
    }
    let names = plan.steps.map(\.target.name)
    let duration = verdicts.reduce(Duration.zero) { $0 + $1.duration }
    guard verdicts.count == names.count, last.outcome == .done || last.outcome == .doneUnproven else {
      let open = names.dropFirst(verdicts.count)
      let rest = open.isEmpty ? "" : "; not begun: \(open.joined(separator: ", "))"
      self.init(
        last.outcome == .done || last.outcome == .doneUnproven ? .failed : last.outcome,
        SafeText("\(names[verdicts.count - 1]): \(last.told)\(rest)", limit: 600),
        next: last.next,
        duration: duration
      )
      // What came up at the last stands in the sentence.
      for (name, verdict) in zip(names, verdicts.dropLast()) where !verdict.note.isEmpty {
        add(note: "\(SafeText(name)): \(verdict.note)")
      }
      output = Self.output(of: verdicts, names)
      acts = verdicts.flatMap(\.acts)
      return
    }
    let unproven = zip(names, verdicts).filter { $0.1.outcome == .doneUnproven }.map(\.0)
    let words = unproven.isEmpty ? "" : ", unproven: \(unproven.joined(separator: ", "))"
    self.init(
      unproven.isEmpty ? .done : .doneUnproven,
      SafeText("all \(names.count)\(words)", limit: 600),
      duration: duration
    )
    caution = verdicts.lazy.compactMap(\.caution).first
    for (name, verdict) in zip(names, verdicts) where !verdict.note.isEmpty {
      add(note: "\(SafeText(name)): \(verdict.note)")
    }
    acts = verdicts.flatMap(\.acts)
    output = Self.output(of: verdicts, names)
  }

  /// What all found, each line with the name that it is about.
  private static func output(of verdicts: [Verdict], _ names: [String]) -> [SafeText] {
    zip(names, verdicts).flatMap { name, verdict in verdict.output.map { "\(SafeText(name)) · \($0)" } }
  }
}
