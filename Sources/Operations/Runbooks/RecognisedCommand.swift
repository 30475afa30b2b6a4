internal import Facts

/// What a command of a plain runbook means, as a step that the console can take.
public enum RecognisedCommand: Sendable, Hashable {
  /// An action of the catalogue, on what is named, with arguments; without targets on whatever it is about.
  case act(ActionID, targets: [String], arguments: [String: String] = [:])
  /// Something that holds or doesn't, in the language of rules.
  case check(String)
  /// The same, waited for.
  case gate(String)
  /// Waiting a fixed time for what went before: its own proof waits as long as it takes.
  case pause(Duration)
  /// The last lines of a service, of which a filter leaves some.
  case logs(service: String?, lines: String?, filters: [LogFilter])
  /// A statement that only reads.
  case query(String)
  /// A question to Prometheus.
  case metric(String)
  /// An address that is read.
  case fetch(String)
  /// A view of the console that shows the same.
  case view(String)
  /// A variable of a file that is to be set: its name, never its value.
  case assign(String)
  /// Something that a person does.
  case manual(String)
  /// A tool on the target, with the screen left for it.
  case tool(String, target: String)

  /// A stage of a pipe that leaves out lines.
  public struct LogFilter: Sendable, Hashable {
    /// What is looked for: text, or a regular expression.
    public var pattern: String
    /// Whether case doesn't matter.
    public var ignoresCase: Bool
    /// Whether the lines that hold it are left out.
    public var isInverted: Bool

    /// All of them as one regular expression of PCRE2; nil without any.
    static func pattern(of filters: [LogFilter]) -> String? {
      guard !filters.isEmpty else { return nil }
      return "(?s)^"
        + filters.map { filter in
          "(?\(filter.isInverted ? "!" : "=").*(?\(filter.ignoresCase ? "i" : ""):\(filter.pattern)))"
        }.joined()
    }
  }
}

/// A recognised command, with what it does as it is written.
public struct Recognition: Sendable, Hashable {
  /// What it means.
  public var command: RecognisedCommand
  /// What it would harm, or get wrong, run as it is written; nil if nothing.
  public var harm: String?

  init(_ command: RecognisedCommand, harm: String? = nil) {
    self.command = command
    self.harm = harm
  }
}

extension RecognisedCommand {
  /// What the step does, in a line: `restart backend`, `logs of backend, lines with error`.
  public var words: String {
    switch self {
    case .act(let id, let targets, let arguments):
      let given = arguments.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      return ([id.name] + targets + given).joined(separator: " ")
    case .check(let condition): return "check \(condition)"
    case .gate(let condition): return "wait until \(condition)"
    case .pause(let duration):
      return "wait for the proof of the step before, not for \(Format.duration(duration))"
    case .logs(let service, let told, let filters):
      let lines = told.map { Int($0) != nil ? "last \($0) lines" : "lines since \($0)" } ?? "lines"
      let kept = filters.map { filter in
        "\(filter.isInverted ? "without" : "with") \(filter.pattern)\(filter.ignoresCase ? " (any case)" : "")"
      }
      return (["logs of \(service ?? "all services"): \(lines)"] + kept).joined(separator: " ")
    case .query(let statement): return "query \(statement)"
    case .metric(let expression): return "metric \(expression)"
    case .fetch(let address): return "read \(address)"
    case .view(let name): return "view \(name)"
    case .assign(let name): return "set \(name)"
    case .manual(let what): return "by hand: \(what)"
    case .tool(let name, let target): return "\(name) on \(target)"
    }
  }
}
