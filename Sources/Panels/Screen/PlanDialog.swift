internal import Facts
internal import Operations

/// The preview of a plan: what runs, where, what it hits, what proves it, and how it is confirmed.
struct PlanDialog {
  let model: DialogModel
  /// Whether the preview was seen to its end.
  let isRunEnabled: Bool

  var dialog: Dialog {
    Dialog(
      title: model.plan.title,
      tag: "\(model.label) · \(model.plan.danger.word)",
      role: Self.role(of: model.plan.danger),
      body: KeyValueBlock(entries, offset: model.offset),
      field: model.typed.map(Self.field),
      buttons: DialogModel.Button.allCases.map { button in
        Dialog.Button(
          SafeText(button.rawValue),
          isEnabled: button != .run || (isRunEnabled && model.isNamed && model.refusal == nil)
        )
      },
      highlighted: model.highlighted.flatMap { DialogModel.Button.allCases.firstIndex(of: $0) },
      hints: hints
    )
  }

  private static func field(_ prompt: PromptModel) -> PromptLine {
    let cursor = prompt.text.index(prompt.text.startIndex, offsetBy: min(prompt.cursor, prompt.text.count))
    return PromptLine(
      prefix: StyledText(prompt.lead, .strong),
      before: SafeText(String(prompt.text[..<cursor])),
      after: SafeText(String(prompt.text[cursor...]))
    )
  }

  /// The colour of a danger class: its frame and its tag.
  static func role(of danger: DangerClass) -> ThemeRole {
    switch danger {
    case .look, .mild: .accent
    case .disruptive: .warn
    case .destructive: .crit
    }
  }

  private var entries: [KeyValueBlock.Entry] {
    var entries: [KeyValueBlock.Entry] = []
    if let refusal = model.refusal {
      // Looking at what would run is free; that it will not run is told before it is confirmed.
      entries.append(KeyValueBlock.Entry("refused", StyledText(refusal.sentence, Style.state(.warn).bold)))
    }
    if let notice = model.notice {
      entries.append(KeyValueBlock.Entry("notice", StyledText(notice, Style.state(.warn).bold)))
    }
    if let advice = model.plan.advice {
      entries.append(KeyValueBlock.Entry("first", StyledText(advice.text, Style.state(.crit).bold)))
    }
    if let dryRun = model.dryRun {
      let lines = model.plan.dryRun.isEmpty ? [dryRun] : model.plan.dryRun
      var entry = KeyValueBlock.Entry("dry run")
      entry.values = lines.map { StyledText($0) }
      entries.append(entry)
    }
    for row in model.plan.rows {
      let isRun = row.label == "run"
      let line = StyledText(row.text, isRun ? .strong : .text)
      if let last = entries.indices.last, entries[last].key == SafeText(row.label) {
        entries[last].values.append(line)
      } else {
        entries.append(KeyValueBlock.Entry(SafeText(row.label), line))
      }
    }
    return entries
  }

  private var hints: [HintLine.Hint] {
    var hints: [HintLine.Hint] = []
    if model.plan.advice != nil { hints.append(HintLine.Hint("o", "that first")) }
    switch model.plan.danger {
    case _ where model.refusal != nil:
      // Confirming it leads to the prompt that lifts it, where there is one.
      let leads = model.refusal?.canBeLifted == true && isRunEnabled && model.typed == nil
      let isNext = model.highlighted == .run || model.plan.danger < .disruptive
      if leads { hints.append(HintLine.Hint("y", isNext ? "leads to :write" : "then Enter leads to :write")) }
    case _ where !isRunEnabled:
      hints.append(HintLine.Hint("↓", model.typed == nil ? "read on, then y" : "read on first"))
    case _ where model.highlighted == .run: hints.append(HintLine.Hint("Enter", "runs it"))
    case .look, .mild: hints.append(HintLine.Hint("y", "runs it"))
    case .disruptive: hints.append(HintLine.Hint("y", "then Enter runs it"))
    case .destructive where model.isNamed: hints.append(HintLine.Hint("Tab", "to Run, then Enter"))
    case .destructive: hints.append(HintLine.Hint("type", "the name to enable Run"))
    }
    hints.append(HintLine.Hint("Esc", "cancels"))
    // Where a name is typed every letter belongs to it: these are buttons there.
    guard model.typed == nil else { return hints }
    hints.append(HintLine.Hint("D", "dry run"))
    hints.append(HintLine.Hint("c", "copy"))
    return hints
  }
}
