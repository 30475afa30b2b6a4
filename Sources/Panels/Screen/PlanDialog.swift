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
      tag: "\(model.label) · \(model.plan.danger.label)",
      role: Self.role(of: model.plan.danger),
      body: KeyValueBlock(entries, offset: model.offset),
      buttons: DialogModel.Button.allCases.map { button in
        Dialog.Button(SafeText(button.rawValue), isEnabled: button != .run || isRunEnabled)
      },
      highlighted: DialogModel.Button.allCases.firstIndex(of: model.highlighted) ?? 0,
      hints: hints
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
    case _ where !isRunEnabled: hints.append(HintLine.Hint("↓", "read on, then y"))
    case _ where model.highlighted == .run: hints.append(HintLine.Hint("Enter", "runs it"))
    case .look, .mild: hints.append(HintLine.Hint("y", "runs it"))
    case .disruptive: hints.append(HintLine.Hint("y", "then Enter runs it"))
    case .destructive: break
    }
    hints.append(HintLine.Hint("Esc", "closes"))
    hints.append(HintLine.Hint("D", "dry run"))
    hints.append(HintLine.Hint("c", "copy"))
    return hints
  }
}
