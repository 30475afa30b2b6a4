import Facts
import Operations
import Panels

/// The keys of a preview: what confirms must come alone, after the dialog was painted.
enum DialogKeys {
  /// The time between what is seen and the key that runs it: the preview and `y`, or `y` and Enter.
  private static let armingDelay: Duration = .milliseconds(250)

  /// Opens a preview, Cancel first; `changed` tells what made a confirmed plan be asked about anew.
  static func open(_ state: inout AppState, _ plan: Plan, changed: SafeText? = nil) {
    var dialog = DialogModel(plan: plan, label: SafeText(state.environment.label))
    if let changed {
      dialog.notice = "changed meanwhile: \(changed); confirm again"
    }
    dialog.refusal = state.writeMode.refusal(at: state.now.monotonic)
    state.overlays.append(.dialog(dialog))
    state.dialogPaintedAt = nil
    state.dialogArmedAt = nil
    state.isConfirmingAnew = changed != nil
  }

  /// Keeps up with a read-only that is lifted or comes back under the dialog.
  static func refresh(_ state: inout AppState) {
    guard case .dialog(var dialog) = state.overlays.last else { return }
    dialog.refusal = state.writeMode.refusal(at: state.now.monotonic)
    replace(&state, dialog)
  }

  /// Notes what a painted dialog has shown: when it was first seen, and whether its end was.
  static func painted(_ state: inout AppState) {
    guard case .dialog(var dialog) = state.overlays.last else { return }
    state.dialogPaintedAt = state.dialogPaintedAt ?? state.now.monotonic
    let layout = ScreenRenderer.dialogLayout(dialog, width: state.width, height: state.height)
    dialog.offset = layout.offset
    if !layout.hasMore { dialog.isScrolledThrough = true }
    replace(&state, dialog)
  }

  static func reduce(
    _ state: inout AppState,
    _ dialog: DialogModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    var dialog = dialog
    if dialog.typed != nil { return reduceTyped(&state, &dialog, key, isAlone: isAlone) }
    switch key {
    case .escape, .control("c"), .character("n"), .character("q"):
      state.overlays.removeLast()
      return []
    case .tab, .right: move(&dialog, by: 1)
    case .backTab, .left: move(&dialog, by: -1)
    case .down, .character("j"): dialog.offset += 1
    case .up, .character("k"): dialog.offset = max(0, dialog.offset - 1)
    case .pageDown: dialog.offset += 8
    case .pageUp: dialog.offset = max(0, dialog.offset - 8)
    case .character("D"):
      dialog.dryRun = dialog.dryRun == nil ? dryRun(dialog.plan) : nil
    case .character("c"): return copy(&state, &dialog)
    case .character("o"):
      guard let advice = dialog.plan.advice else {
        Keys.tellUnbound(&state, key)
        return []
      }
      guard isAlone else {
        state.ignore(key)
        return []
      }
      state.overlays.removeLast()
      return [.plan(advice.instead)]
    case .character("y"):
      return confirm(&state, &dialog, key, isAlone: isAlone)
    case .enter:
      return press(&state, &dialog, key, isAlone: isAlone)
    default:
      Keys.tellUnbound(&state, key)
      return []
    }
    replace(&state, dialog)
    return []
  }

  /// Copies the command that does the same in a shell.
  private static func copy(_ state: inout AppState, _ dialog: inout DialogModel) -> [Effect] {
    let line = state.commandLine(of: dialog.plan)
    dialog.notice = "to be copied: \(SafeText(line))"
    replace(&state, dialog)
    return [.copy(line)]
  }

  /// The keys where a name confirms: the text field takes every letter, and nothing else acts.
  private static func reduceTyped(
    _ state: inout AppState,
    _ dialog: inout DialogModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    switch key {
    case .escape, .control("c"):
      state.overlays.removeLast()
      return []
    case .tab, .backTab: moveTyped(&dialog, by: key == .tab ? 1 : -1)
    case .down: dialog.offset += 1
    case .up: dialog.offset = max(0, dialog.offset - 1)
    case .pageDown: dialog.offset += 8
    case .pageUp: dialog.offset = max(0, dialog.offset - 8)
    case .enter where dialog.highlighted != nil:
      return press(&state, &dialog, key, isAlone: isAlone)
    case .enter:
      dialog.notice = dialog.isNamed ? "Tab to Run, then Enter" : "Run needs the exact name"
    case .left where dialog.highlighted != nil: moveTyped(&dialog, by: -1)
    case .right where dialog.highlighted != nil: moveTyped(&dialog, by: 1)
    default:
      guard dialog.highlighted == nil, var typed = dialog.typed else {
        Keys.tellUnbound(&state, key)
        return []
      }
      if case .character = key, !isAlone {
        // Whoever pastes a name has not read it.
        dialog.notice = "type it by hand: what comes pasted is not taken"
        break
      }
      PromptKeys.edit(&typed, key)
      dialog.typed = typed
      dialog.notice = nil
    }
    replace(&state, dialog)
    return []
  }

  /// From the field to the buttons and round; Run only once it is named, and first then.
  private static func moveTyped(_ dialog: inout DialogModel, by step: Int) {
    let buttons: [DialogModel.Button?] =
      dialog.isNamed ? [nil, .run, .cancel, .dryRun, .copy] : [nil, .cancel, .dryRun, .copy]
    let index = buttons.firstIndex(of: dialog.highlighted) ?? 0
    dialog.highlighted = buttons[(index + step + buttons.count) % buttons.count]
  }

  private static func confirm(
    _ state: inout AppState,
    _ dialog: inout DialogModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    let isMild = dialog.plan.danger <= .mild
    let moment = state.dialogPaintedAt.map { isMild ? $0 + armingDelay : $0 }
    guard isAdmitted(&state, dialog, key, isAlone: isAlone, since: moment) else { return [] }
    switch dialog.plan.danger {
    case .look, .mild: return run(&state, dialog.plan)
    case .disruptive:
      dialog.highlighted = .run
      dialog.notice = dialog.refusal == nil ? "Enter runs it" : nil
      state.dialogArmedAt = state.now.monotonic
      replace(&state, dialog)
      return []
    case .destructive: return []
    }
  }

  private static func press(
    _ state: inout AppState,
    _ dialog: inout DialogModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    switch dialog.highlighted {
    case nil: return []
    case .cancel:
      state.overlays.removeLast()
      return []
    case .dryRun:
      dialog.dryRun = dialog.dryRun == nil ? dryRun(dialog.plan) : nil
      replace(&state, dialog)
      return []
    case .copy: return copy(&state, &dialog)
    case .run:
      let armed = (state.dialogArmedAt ?? state.dialogPaintedAt).map { $0 + armingDelay }
      guard isAdmitted(&state, dialog, key, isAlone: isAlone, since: armed) else { return [] }
      guard dialog.isNamed else {
        state.ignore(key, because: "it is confirmed by its name typed")
        return []
      }
      return run(&state, dialog.plan)
    }
  }

  /// Whether a key may confirm: alone, not before `moment`, and with every row of the preview seen.
  private static func isAdmitted(
    _ state: inout AppState,
    _ dialog: DialogModel,
    _ key: KeyPress,
    isAlone: Bool,
    since moment: MonotonicTime?
  ) -> Bool {
    guard isAlone, let moment, moment <= state.now.monotonic else {
      state.ignore(key, because: "it came with other keys or too soon, press it again")
      return false
    }
    guard dialog.isScrolledThrough else {
      state.ignore(key, because: "read on first, with Down or PgDn")
      return false
    }
    return true
  }

  private static func run(_ state: inout AppState, _ plan: Plan) -> [Effect] {
    state.overlays.removeLast()
    return run(&state, plan, shown: true)
  }

  /// Begins a plan; what is `shown` has its progress over the screen.
  static func run(_ state: inout AppState, _ plan: Plan, shown: Bool) -> [Effect] {
    let before = state.monitor.services?.services.first { $0.name == plan.target.name }
    let progress = ProgressModel(
      plan: plan,
      label: SafeText(state.environment.label),
      before: before.map { SafeText(ServiceLine.short($0, at: state.now)) } ?? "",
      startedAt: state.now
    )
    state.act = progress
    if shown { state.overlays.append(.progress(progress)) }
    return [.execute(plan, hasAskedAgain: shown && state.isConfirmingAnew)]
  }

  private static func dryRun(_ plan: Plan) -> SafeText {
    SafeText(plan.dryRun.map(\.string).joined(separator: "\n"))
  }

  private static func move(_ dialog: inout DialogModel, by step: Int) {
    let buttons = DialogModel.Button.allCases
    let index = dialog.highlighted.flatMap { buttons.firstIndex(of: $0) } ?? 0
    dialog.highlighted = buttons[(index + step + buttons.count) % buttons.count]
  }

  private static func replace(_ state: inout AppState, _ dialog: DialogModel) {
    state.overlays[state.overlays.count - 1] = .dialog(dialog)
  }
}
