import Facts
import Panels

/// The keys of the one-line prompt: text editing, Enter and Esc.
enum PromptKeys {
  /// Opens the filter of the active view; what is typed narrows the rows at once.
  static func openFilter(_ state: inout AppState) {
    let former = state.activeLocal.filter
    state.promptPurpose = .filter(state.activeView, former: former)
    state.prompt = PromptModel(lead: "/", text: former, note: "Enter keeps, Esc gives back")
  }

  static func reduce(_ state: inout AppState, _ key: KeyPress) -> [Effect] {
    guard var prompt = state.prompt else { return [] }
    switch key {
    case .enter:
      close(&state)
      return []
    case .escape, .control("c"):
      if case .filter(let view, let former)? = state.promptPurpose {
        state.locals[view, default: PanelLocal()].filter = former
      }
      close(&state)
      return []
    default: edit(&prompt, key)
    }
    state.prompt = prompt
    applyFilter(&state)
    return []
  }

  /// Gives the prompt's text to the filter that it edits.
  static func applyFilter(_ state: inout AppState) {
    guard let prompt = state.prompt, case .filter(let view, _)? = state.promptPurpose else { return }
    state.locals[view, default: PanelLocal()].filter = prompt.text
  }

  private static func close(_ state: inout AppState) {
    state.prompt = nil
    state.promptPurpose = nil
  }

  /// The editing keys that every shell has.
  static func edit(_ prompt: inout PromptModel, _ key: KeyPress) {
    var text = Array(prompt.text)
    var cursor = min(prompt.cursor, text.count)
    switch key {
    case .character(let character):
      guard text.count < 1_024 else { break }
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
