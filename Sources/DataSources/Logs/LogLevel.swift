/// How grave a line of a log is; unknown where it doesn't say.
public enum LogLevel: UInt8, Sendable, Hashable, Comparable {
  case unknown, debug, info, warning, error

  /// The gravity that a level's word means, in upper case as ``LogLine/Parts/level`` has it; `unknown` for any other word.
  public init(word: String?) {
    self =
      switch word {
      case "ERROR", "ERR", "CRITICAL", "CRIT", "FATAL", "PANIC", "EMERG", "ALERT": .error
      case "WARNING", "WARN": .warning
      case "INFO", "NOTICE", "LOG", "STATEMENT", "DETAIL", "HINT", "CONTEXT": .info
      case "DEBUG", "TRACE": .debug
      default: .unknown
      }
  }

  /// Whether one is less grave than another.
  public static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }
}
