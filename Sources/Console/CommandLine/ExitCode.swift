import Facts

/// The exit codes of every command.
enum ExitCode: Int32 {
  case ok = 0
  case warning = 1
  case critical = 2
  case noData = 3
  /// A gate was false at its deadline.
  case gateFailed = 5
  /// The console would not do it: read-only, not confirmed, no record possible.
  case refused = 6
  case usage = 64
  case config = 65
  case unavailable = 69
  case internalError = 70
  case outcomeUnknown = 75
  case interrupted = 130

  /// The code for the worst state of all.
  init(worst state: FactState) {
    switch state {
    case .ok: self = .ok
    case .warn: self = .warning
    case .crit: self = .critical
    case .nodata, .stale, .error: self = .noData
    }
  }
}
