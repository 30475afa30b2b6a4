import Operations
import Panels

/// What a key, a palette entry or a prompt can ask of the console itself.
///
/// Acts are ``ActionID``s.
enum Command: Hashable, Sendable {
  case open(ViewID)
  case back, quit
  case help, palette, filter
  case nextMatch, previousMatch
  case up, down, pageUp, pageDown, halfUp, halfDown, first, last
  case enter, escape
  case nextTile, previousTile
  case fullScreen, layout
  case mark, markAll, unmarkAll
  case sortLeft, sortRight, sortInvert
  case origin, cause, actions, copy, timelineOfThis, logsOfThis
  /// What the runbook greps for, to choose from.
  case logPresets
  /// The time to go to in the logs; the lines that are shown, into a file.
  case logTime, saveLogs
  /// A statement for the database, read-only.
  case statement
  case freeze, slower, faster, refresh
  case suspend, redraw
  /// The act under way, or the last one's verdict.
  case ongoing
  /// The runbook that fits the selected row.
  case runbookOfThis
  /// In a run: the step once more, without it, or an end to all of it.
  case runAgain, runSkip, runGiveUp
  /// What each step of a runbook would do now.
  case runDry
  /// A key of the view's own: it changes only how the view is seen.
  case own(ViewID, Character)
  case act(ActionID)

  /// Whether it does something to the selected row alone.
  var needsRow: Bool {
    [.enter, .origin, .actions, .copy, .timelineOfThis, .logsOfThis, .mark, .runbookOfThis].contains(self)
  }

  /// The name by which the palette and a keymap of one's own know it.
  var id: String {
    switch self {
    case .open(let view): "view.\(view.rawValue)"
    case .act(let action): action.name
    case .own(let view, let key): "view.\(view.rawValue).\(key)"
    default: "console.\(self)"
    }
  }
}

/// Where a key holds.
///
/// The order of lookup is dialog, prompt, view, global; no view rebinds a global key.
enum KeyScope: Hashable, Sendable {
  case global
  case view(ViewID)
  /// A preview with its confirmation.
  case dialog
  /// An act under way.
  case progress
  /// An act that has ended.
  case verdict
  /// Help, `i` and other texts.
  case sheet
  /// The palette, and the actions of a row.
  case menu
  /// A filter that is being typed.
  case prompt
}

/// One line of the table of keys.
struct KeyBinding: Sendable {
  /// Where it holds.
  let scope: KeyScope
  /// The keys that do it, the first one shown in hints; empty for what is typed in the palette.
  let keys: [KeyPress]
  /// What it asks for; nil for the dialogs' own keys, which are listed here to be shown.
  let command: Command?
  /// Its word on the hint line; nil leaves it out there.
  let hint: String?
  /// Its line in `?` and docs/KEYS.md.
  let help: String
  /// What is typed in the palette, where it has no key: `:db`.
  var typed: String?

  /// How it is asked for, as help writes it.
  var shownKeys: [String] { keys.isEmpty ? [typed].compactMap { $0 } : keys.map(\.name) }
}
