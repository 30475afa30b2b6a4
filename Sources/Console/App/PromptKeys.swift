import Facts
import Operations
import Panels

/// The keys of the one-line prompt: text editing, Enter and Esc.
enum PromptKeys {
  /// Opens the filter of the active view, or of the page that is open in it; what is typed narrows the rows at
  /// once.
  static func openFilter(_ state: inout AppState) {
    let isPage = Commands.isDetailOpen(state)
    let former = isPage ? state.activeLocal.pageFilter : state.activeLocal.filter
    state.promptPurpose = .filter(state.activeView, isPage: isPage, former: former)
    let isOfLogs = state.activeView == .logs && !isPage
    state.prompt = PromptModel(
      lead: "/",
      text: former,
      note: isOfLogs ? logHelp : "Enter keeps, Esc gives back"
    )
  }

  private static let logHelp: SafeText = "words -without /regex/ service:NAME level:warning"

  static func reduce(_ state: inout AppState, _ key: KeyPress, isAlone: Bool) -> [Effect] {
    guard var prompt = state.prompt else { return [] }
    if let effects = StatementKeys.reduce(&state, key) { return effects }
    switch key {
    case .enter:
      // What leads to an act is asked for by a key of its own, never by the end of a paste.
      if !isAlone, isOfAct(state) {
        state.prompt?.note = "Enter once more"
        return []
      }
      return enter(&state, prompt)
    case .escape, .control("c"):
      if case .filter(_, _, let former)? = state.promptPurpose { narrow(&state, to: former) }
      let isCredential = if case .credentials? = state.promptPurpose { true } else { false }
      close(&state)
      return isCredential ? [.giveCredential(name: "", value: nil)] : []
    default: edit(&prompt, key)
    }
    state.prompt = prompt
    edited(&state)
    return []
  }

  private static func isOfAct(_ state: AppState) -> Bool {
    switch state.promptPurpose {
    case .argument?, .run?, .credentials?: true
    case .filter?, .logTime?, .statement?, nil: false
    }
  }

  /// Takes what was typed.
  private static func enter(_ state: inout AppState, _ prompt: PromptModel) -> [Effect] {
    switch state.promptPurpose {
    case .credentials(let asking)?:
      return CredentialKeys.entered(&state, asking, prompt.text)
    case .statement(let source, _, _)?:
      return StatementKeys.enter(&state, prompt.text, source: source)
    case .run(let purpose)?:
      return RunKeys.answer(&state, purpose, prompt.text)
    case .argument(var request, let name)?:
      guard !prompt.text.isEmpty else {
        state.prompt?.note = "something is needed, or Esc"
        return []
      }
      request.arguments[name] = prompt.text
      let descriptor = state.keymap.actions.descriptor(of: request.action)
      if let descriptor, let next = descriptor.missing(in: request, isStep: state.runStep != nil) {
        if state.runStep != nil { state.runStep?.request = request }
        ask(&state, request, next, of: descriptor)
        return []
      }
      if state.runStep != nil { state.runStep?.request = request }
      // The action itself says whether it fits: the prompt stays open until it has.
      state.prompt?.note = "…"
      return [.plan(request)]
    case .logTime?:
      LogJump.enter(&state, prompt.text)
      return []
    case .filter?, nil:
      // One that is none has changed nothing yet.
      if state.prompt?.fault == nil { close(&state) }
      return []
    }
  }

  /// Opens the prompt for an argument of an action.
  static func ask(
    _ state: inout AppState,
    _ request: ActionRequest,
    _ argument: ActionDescriptor.Argument,
    of action: ActionDescriptor
  ) {
    state.message = nil
    state.promptPurpose = .argument(request, argument.name)
    let name = action.isOfEnvironment ? "" : " \(request.target.name)"
    state.prompt = PromptModel(
      lead: SafeText("\(action.title)\(name), \(argument.name): "),
      text: argument.offered ?? "",
      note: SafeText(argument.help, limit: 60)
    )
  }

  /// Tells why a preview can't be had, where its argument is being typed; false if none is.
  static func refuse(_ state: inout AppState, _ refusal: Refusal) -> Bool {
    guard case .argument? = state.promptPurpose, state.prompt != nil else { return false }
    if case .notPossible(let why) = refusal {
      state.prompt?.note = why
    } else {
      state.prompt?.note = refusal.sentence
    }
    return true
  }

  /// Takes an edit into account: a filter narrows at once, an argument is another one.
  static func edited(_ state: inout AppState) {
    switch state.promptPurpose {
    case .filter?: if let prompt = state.prompt { narrow(&state, to: prompt.text) }
    case .argument?: state.awaitedPlan = nil
    case .logTime?: LogJump.edited(&state)
    case .statement?: state.prompt?.fault = nil
    case .run?, .credentials?, nil: break
    }
  }

  private static func narrow(_ state: inout AppState, to text: String) {
    guard case .filter(let view, let isPage, _)? = state.promptPurpose else { return }
    if view == .logs, !isPage {
      let fault = LogSearch.fault(in: text)
      state.prompt?.fault = fault?.character
      state.prompt?.note = fault?.words ?? logHelp
    }
    let field: WritableKeyPath<PanelLocal, String> = isPage ? \.pageFilter : \.filter
    state.locals[view, default: PanelLocal()][keyPath: field] = text
  }

  static func close(_ state: inout AppState) {
    state.prompt = nil
    state.promptPurpose = nil
  }

  /// The editing keys that every shell has.
  static func edit(_ prompt: inout PromptModel, _ key: KeyPress) {
    var text = Array(prompt.text)
    var cursor = min(prompt.cursor, text.count)
    switch key {
    case .character(let character):
      guard text.count < prompt.limit else { break }
      text.insert(character, at: cursor)
      cursor += 1
    case .backspace where cursor > 0:
      cursor -= 1
      text.remove(at: cursor)
    case .delete where cursor < text.count: text.remove(at: cursor)
    case .left: cursor = max(0, cursor - 1)
    case .right: cursor = min(text.count, cursor + 1)
    case .home, .control("a"): cursor = 0
    case .end, .control("e"): cursor = text.count
    case .control("u"):
      text.removeFirst(cursor)
      cursor = 0
    case .control("k"): text.removeLast(text.count - cursor)
    case .control("w"):
      var start = cursor
      while start > 0, text[start - 1] == " " { start -= 1 }
      while start > 0, text[start - 1] != " " { start -= 1 }
      text.removeSubrange(start..<cursor)
      cursor = start
    default: break
    }
    prompt.text = String(text)
    prompt.cursor = cursor
  }
}
