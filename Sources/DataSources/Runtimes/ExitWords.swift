/// What the code says with which something ended.
enum ExitWords {
  /// The signals of Linux that end a process which does not handle them, on every usual processor.
  private static let signals = [
    1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
    9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM",
    24: "SIGXCPU", 25: "SIGXFSZ", 31: "SIGSYS",
  ]

  /// `exited 7`, or `killed by SIGKILL` of 137: an engine and a shell tell a signal as 128 and its number.
  ///
  /// Supervisor tells -1 of every signal, without which one it was; nil is the code of what never ran.
  static func words(_ code: Int?) -> String {
    guard let code else { return "failed to start" }
    if code == -1 { return "killed by a signal" }
    guard code > 128, let signal = signals[code - 128] else { return "exited \(code)" }
    return "killed by \(signal)"
  }
}

extension ServiceReading.State {
  /// What it does, in a word or two: `running`, `exited 7`, `killed by SIGKILL`.
  public var word: String {
    switch self {
    case .running: "running"
    case .starting: "starting"
    case .restarting: "restarting"
    case .paused: "paused"
    case .stopping: "stopping"
    case .stopped: "stopped"
    case .exited(let code): ExitWords.words(code)
    case .degraded(let word), .failing(let word), .other(let word), .unreadable(let word): word
    }
  }
}
