import Facts
import Operations
import Panels

/// The keys over an act that runs or has ended.
enum ProgressKeys {
  static func reduce(
    _ state: inout AppState,
    _ act: ProgressModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    if let verdict = act.verdict { return reduce(&state, act, verdict, key, isAlone: isAlone) }
    var act = act
    switch key {
    case .escape where act.asksToLeave:
      act.asksToLeave = false
    case .escape:
      // The act goes on; the header says so, and the last line its verdict.
      state.overlays.removeLast()
      let back = state.keymap.key(of: .ongoing).map { ": \($0.name) shows it again" } ?? ""
      state.say("\(act.plan.title) goes on in the background\(back)")
      return []
    case .character("q"), .control("c"), .character("Q"): act.asksToLeave = true
    case .character("y") where act.asksToLeave:
      guard isAlone else {
        state.ignore(key)
        return []
      }
      return [.quit(signal: nil)]
    default:
      Keys.tellUnbound(&state, key)
      return []
    }
    state.act = act
    Reducer.replaceProgress(&state, act)
    return []
  }

  /// What can be done about a verdict.
  private static func reduce(
    _ state: inout AppState,
    _ act: ProgressModel,
    _ verdict: Verdict,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    switch key {
    case .enter:
      guard isAlone || verdict.next == nil else {
        state.ignore(key)
        return []
      }
      state.overlays.removeLast()
      return verdict.next.map { [.plan($0)] } ?? []
    case .escape, .character("q"), .control("c"), .character("n"):
      state.overlays.removeLast()
    case .character("r") where act.canBeTriedAgain:
      guard isAlone else {
        state.ignore(key)
        return []
      }
      state.overlays.removeLast()
      return [.plan(verdict.again ?? act.plan.request)]
    case .character("T"):
      state.overlays.removeLast()
      Commands.openTimeline(&state, of: act.target.name)
    case .character("o"):
      guard let row = Rows.row(of: act.subject, state) else {
        state.say("\(SafeText(act.subject.name)) has no row", .warn)
        return []
      }
      state.overlays.removeLast()
      return Rows.open(&state, row)
    case .character("b") where act.isOpenEnded:
      state.overlays.removeLast()
      return RunbookFit.open(&state, after: act)
    case .character("l") where act.isOpenEnded:
      guard let service = Escalations.service(of: act, state) else {
        state.say("\(SafeText(act.subject.name)) has no service whose lines could be read", .warn)
        return []
      }
      state.say("reading its last lines")
      return [.plan(ActionRequest(LastLines.descriptor.id, on: ActionTarget(service)))]
    case .character("e") where act.isOpenEnded:
      state.overlays.append(.sheet(Escalations.sheet(of: act, verdict, state)))
    case .character("i"):
      guard let row = Rows.row(of: act.subject, state) else {
        state.say("\(SafeText(act.subject.name)) has no row", .warn)
        return []
      }
      Commands.showOrigin(&state, of: row.item, in: row.view)
    default: Keys.tellUnbound(&state, key)
    }
    return []
  }
}
