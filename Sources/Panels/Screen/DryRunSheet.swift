internal import Facts
public import Operations

/// What every step of a runbook would do now, in a text: the preview of each act, what each test says.
public enum DryRunSheet {
  /// The text; `plans` are the previews of the acts, or why there is none now, by their steps.
  public static func make(
    _ script: RunScript,
    _ run: RunbookRun,
    _ plans: [Int: Result<Plan, Refusal>],
    _ context: PanelContext,
    catalog: ActionCatalog,
    environment: String
  ) -> SheetModel {
    let reader = StepReader(script, run, catalog: catalog, environment: environment, world: context.world)
    let details = StepLines(script.steps, catalog, StepValues(reader, context))
    var lines = [StyledText("nothing is done: what each step would do now", .muted)]
    for step in script.steps.indices {
      let place = script.place(of: step)
      if place.number == 1, place.procedure.id != script.runbook.id {
        lines += [StyledText(" "), StyledText("where it leads on: \(place.procedure.title)", .muted)]
      }
      lines.append(
        StyledText("\(SafeText("\(place.number)"))  ", .muted)
          .then(StepLines.title(of: script.steps[step]), .strong)
      )
      lines += details.details(of: step).map { StyledText("   ") + $0 }
      switch plans[step] {
      case .success(let plan)?: lines += preview(plan)
      // What the steps before it bring about isn't there yet.
      case .failure(let refusal)?: lines.append(StyledText("   now: \(refusal.sentence)", .state(.warn)))
      case nil: continue
      }
    }
    return SheetModel(title: "DRY RUN \(script.runbook.title)", lines: lines)
  }

  private static func preview(_ plan: Plan) -> [StyledText] {
    let head = StyledText("   \(plan.title)", .accent).then("  \(SafeText(plan.danger.word))", .muted)
    return [head]
      + plan.rows.map { row in
        let gap = String(repeating: " ", count: max(1, 8 - row.label.count))
        return StyledText("     \(SafeText(row.label))\(SafeText(gap))", .muted).then(row.text)
      }
  }
}
