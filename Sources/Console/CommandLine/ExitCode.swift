import Facts
import Operations

/// The exit codes of every command: the only place that knows their numbers.
enum ExitCode: Int32, CaseIterable {
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
  /// What was to be told could not be written.
  case outputFailed = 74
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

  /// The code for an act's end.
  init(_ outcome: Verdict.Outcome) {
    switch outcome {
    case .done: self = .ok
    case .doneUnproven: self = .warning
    case .failed: self = .gateFailed
    case .unknown: self = .outcomeUnknown
    }
  }

  /// Whether it only tells what was printed, so that it is void if nothing could be.
  var tellsState: Bool {
    switch self {
    case .ok, .warning, .critical, .noData: true
    case .gateFailed, .refused, .usage, .config, .unavailable, .internalError, .outputFailed,
      .outcomeUnknown, .interrupted:
      false
    }
  }
}

/// A call that can't be understood: printed, then exit 64.
struct UsageFailure: Error, Sendable, Hashable, CustomStringConvertible {
  /// What is wrong with it and what to say instead.
  var message: String
  /// The message.
  var description: String { message }

  /// Makes a failure.
  init(_ message: String) {
    self.message = message
  }
}
