internal import Facts

/// Why there can be no screen; the commands without one, such as `status`, still work.
struct TerminalError: Error, Sendable, Hashable, CustomStringConvertible {
  enum Code: Sendable, Hashable {
    /// Input or output is not a terminal.
    case notATerminal
    /// The terminal's type is not set or not in the database.
    case unknownType
    /// The type is known but cannot move its cursor.
    case tooSimple
    /// The system refused something.
    case system
  }

  let code: Code
  /// The terminal's type, or what failed.
  let detail: String

  /// One line for the operator, with what works instead.
  var description: String {
    switch code {
    case .notATerminal: "this is not a terminal; `switchboard status` works without one"
    case .unknownType:
      detail.isEmpty
        ? "TERM is not set; `switchboard status` works without a screen"
        : "the terminal type \(TerminalType.shown(detail)) is unknown here; `switchboard status` works without a screen"
    case .tooSimple:
      "a terminal of type \(TerminalType.shown(detail)) has no movable cursor; `switchboard status` works without a screen"
    case .system: "the terminal can't be used: \(detail)"
    }
  }
}
