import Facts
import Operations
import Panels

/// The keys of sheets (help, `i`) and menus (palette, `x`).
enum OverlayKeys {
  static func reduce(_ state: inout AppState, _ sheet: SheetModel, _ key: KeyPress) -> [Effect] {
    var sheet = sheet
    if let prompt = sheet.log?.prompt { return LogKeys.reduce(&state, sheet, prompt, key) }
    switch key {
    case .character("s") where sheet.log != nil && sheet.query == nil: LogKeys.open(&sheet)
    case .escape where sheet.query != nil, .control("c") where sheet.query != nil:
      sheet.query = nil
    case _ where sheet.query != nil && isTyped(key):
      narrow(&sheet, by: key)
    case .character("/"): sheet.query = ""
    case .escape, .character("q"), .control("c"), .enter:
      state.overlays.removeLast()
      return []
    case .character(let character) where character == sheet.key:
      state.overlays.removeLast()
      return []
    case .character("Q"): return Commands.run(&state, .quit)
    case .character("c") where sheet.copy != nil: return sheet.copy.map { [.copy($0)] } ?? []
    case .down, .character("j"): sheet.offset += 1
    case .up, .character("k"): sheet.offset = max(0, sheet.offset - 1)
    case .pageDown, .character(" "), .control("d"): sheet.offset += 10
    case .pageUp, .control("u"): sheet.offset = max(0, sheet.offset - 10)
    case .home, .character("g"): sheet.offset = 0
    case .end, .character("G"): sheet.offset = 1_000_000
    case .character:
      // Any other letter is the beginning of what is looked for.
      sheet.query = ""
      narrow(&sheet, by: key)
    default:
      Keys.tellUnbound(&state, key)
      return []
    }
    sheet.offset = ScreenRenderer.sheetOffset(sheet, width: state.width, height: state.height)
    state.overlays[state.overlays.count - 1] = .sheet(sheet)
    return []
  }

  /// Whether a key belongs to what is being typed.
  private static func isTyped(_ key: KeyPress) -> Bool {
    if case .character = key { return true }
    return [.backspace, .control("u"), .control("w")].contains(key)
  }

  private static func narrow(_ sheet: inout SheetModel, by key: KeyPress) {
    var prompt = PromptModel(lead: "/", text: sheet.query ?? "")
    PromptKeys.edit(&prompt, key)
    sheet.query = prompt.text
    sheet.offset = 0
  }

  static func reduce(
    _ state: inout AppState,
    _ menu: MenuModel,
    _ key: KeyPress,
    isAlone: Bool
  ) -> [Effect] {
    var menu = menu
    switch key {
    case .escape, .control("c"):
      state.overlays.removeLast()
      return []
    case .down, .control("n"): menu.highlighted = min(max(0, menu.entries.count - 1), menu.highlighted + 1)
    case .up, .control("p"): menu.highlighted = max(0, menu.highlighted - 1)
    case .enter: return Palette.choose(&state, menu, isAlone: isAlone)
    default:
      var prompt = PromptModel(lead: ":", text: menu.query)
      PromptKeys.edit(&prompt, key)
      guard prompt.text != menu.query else { return [] }
      menu.query = prompt.text
      Palette.narrow(&menu, state)
    }
    state.overlays[state.overlays.count - 1] = .menu(menu)
    return []
  }
}
