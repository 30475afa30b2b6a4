internal import DataSources

/// `docker compose`, `docker-compose` and what of `docker` runbooks use.
struct ComposeCommands {
  private var words: CommandWords
  private let isCompose: Bool

  private static let globalValues: Set<String> = [
    "-f", "--file", "-p", "--project-name", "--profile", "--env-file", "--project-directory", "--context",
    "-H",
  ]

  init(_ words: CommandWords) {
    var words = words
    let isV1 = words.first == "docker-compose"
    words.skipProgram(withValue: Self.globalValues)
    isCompose = isV1 || words.first == "compose"
    if !isV1, isCompose { words.skipProgram(withValue: Self.globalValues) }
    self.words = words
  }

  /// Reads the command; `filters` are the programs behind it in its pipe.
  func read(_ filters: ArraySlice<[String]>) -> Recognition? {
    var words = words
    guard let verb = words.next() else { return nil }
    if verb == "logs" {
      let services = words.operands(withValue: ["--tail", "-n", "--since", "--until"])
      return Self.logs(words, of: services, filters)
    }
    guard filters.isEmpty else { return nil }
    return isCompose ? compose(verb, words) : docker(verb, words)
  }

  private func compose(_ verb: String, _ words: CommandWords) -> Recognition? {
    switch verb {
    case "restart", "stop", "start":
      let services = words.operands(withValue: ["-t", "--timeout"])
      let action = ActionID("service.\(verb)")
      guard services.isEmpty else { return Recognition(.act(action, targets: services)) }
      return Recognition(
        .act(action, targets: ["*"]),
        harm:
          "all services at once, those that others need among them, and nothing looks whether they came back"
      )
    case "down":
      let destroys = words.has("-v", "--volumes", "--rmi", "--remove-orphans")
      return Recognition(
        .act("compose.down", targets: []),
        harm: destroys
          ? "throws the data away with it; the console never does that"
          : "takes everything down, not only what is ill"
      )
    case "up": return up(words)
    case "scale": return words.operands().first.flatMap(Self.scale)
    case "ps", "top": return Recognition(.view("services"))
    case "exec", "run":
      var words = words
      words.skipOptions(withValue: ["-u", "--user", "-w", "--workdir", "-e", "--env", "--index"])
      guard let service = words.next() else { return nil }
      return ToolCommands.read(words, on: service)
    default: return nil
    }
  }

  private func up(_ words: CommandWords) -> Recognition? {
    if let scaled = words.value(of: "--scale") { return Self.scale(scaled) }
    let services = words.operands(withValue: ["--scale", "-t", "--timeout", "--wait-timeout", "--pull"])
    guard services.isEmpty else { return Recognition(.act("service.recreate", targets: services)) }
    return Recognition(.act("compose.up", targets: []))
  }

  private static func scale(_ text: String) -> Recognition? {
    let parts = text.split(separator: "=")
    guard parts.count == 2, Int(parts[1]) != nil else { return nil }
    return Recognition(
      .act("service.scale", targets: [String(parts[0])], arguments: ["count": String(parts[1])]),
      harm: "is refused where the service has a `container_name` or a host port of its own"
    )
  }

  private func docker(_ verb: String, _ words: CommandWords) -> Recognition? {
    switch verb {
    case "ps": return Recognition(.view("services"))
    case "stats", "top": return Recognition(.view("services"))
    case "inspect": return Self.status(of: words.operands(withValue: ["-f", "--format", "--type"]))
    case "restart", "stop", "start":
      let names = words.operands(withValue: ["-t", "--time", "--timeout"])
      return names.isEmpty ? nil : Recognition(.act(ActionID("service.\(verb)"), targets: names))
    case "exec":
      var words = words
      words.skipOptions(withValue: ["-u", "--user", "-w", "--workdir", "-e", "--env"])
      guard let container = words.next() else { return nil }
      return ToolCommands.read(words, on: container)
    default: return nil
    }
  }

  /// Whether these services are well; all of them if none is named.
  static func status(of services: [String]) -> Recognition? {
    guard services.count <= 1 else { return nil }
    guard let service = services.first else { return Recognition(.view("services")) }
    return Recognition(.check("service.\(quoted(service)).state is ok"))
  }

  /// The last lines of a service, or of all where none is named, less what `grep` leaves out.
  static func logs(
    _ words: CommandWords,
    of services: [String],
    _ filters: ArraySlice<[String]>
  ) -> Recognition? {
    var kept: [RecognisedCommand.LogFilter] = []
    for stage in filters {
      switch stage[0] {
      case "grep", "egrep", "rg":
        guard let filter = grep(stage) else { return nil }
        kept.append(filter)
      case "less", "more", "cat", "tail", "head": continue
      default: return nil
      }
    }
    guard services.count <= 1 else { return nil }
    // What is said of a time goes before a number; one that nobody can read is no step.
    let since = words.value(of: "--since", "--since-time")
    guard since.map({ LogStart($0) != nil }) ?? true else { return nil }
    let tail = words.value(of: "--tail", "-n").flatMap { Int($0) }
    let lines = since ?? tail.map { String(min(max($0, 1), 1_000)) }
    let isUUIDSearch = kept.contains {
      $0.pattern.hasPrefix("test_run_id=") || $0.pattern.hasPrefix("run_id=")
    }
    return Recognition(
      .logs(service: services.first, lines: lines, filters: kept),
      harm: isUUIDSearch ? "no line bears that word: the id is looked for by itself" : nil
    )
  }

  private static func grep(_ stage: [String]) -> RecognisedCommand.LogFilter? {
    let words = CommandWords(Array(stage.dropFirst()))
    let flags = stage.dropFirst().filter { $0.hasPrefix("-") && !$0.hasPrefix("--") }.joined()
    guard let pattern = words.value(of: "-e") ?? words.operands(withValue: ["-A", "-B", "-C", "-m"]).first
    else { return nil }
    // A `\|` of grep's own syntax is the `|` of everybody else's.
    let isBasic = stage[0] == "grep" && !flags.contains("E") && !flags.contains("P") && !flags.contains("F")
    return RecognisedCommand.LogFilter(
      pattern: isBasic ? pattern.split(separator: "\\|").joined(separator: "|") : pattern,
      ignoresCase: flags.contains("i"),
      isInverted: flags.contains("v")
    )
  }

  /// A segment of a fact's name, in quotes where it needs them.
  static func quoted(_ name: String) -> String {
    let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    return isPlain && !name.isEmpty ? name : "\"\(name)\""
  }
}
