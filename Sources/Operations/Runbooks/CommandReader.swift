/// Recognises the usual commands of operators' runbooks.
///
/// The table is in docs/RUNBOOKS.md. What it doesn't know is shown to be copied, and never run.
struct CommandReader: Sendable {
  /// The recognition of one command as it is written; nil if it isn't known.
  func read(_ text: String) -> Recognition? {
    if let waited = Self.untilLoop(text) {
      guard let inner = read(waited), case .check(let condition) = inner.command else { return nil }
      return Recognition(.gate(condition))
    }
    guard let line = ShellLine(text) else { return nil }
    var words = CommandWords(line.stages[0])
    let filters = line.stages.dropFirst()
    // What only changes how a reply looks doesn't change what is asked.
    let isFiltered = filters.contains { !["jq", "less", "more", "cat", "head", "tail"].contains($0[0]) }
    if let name = words.assignment, line.stages.count == 1 { return Recognition(.assign(name)) }
    words.skip { ["sudo", "time"].contains($0) }
    if words.first == "watch" { words.skipProgram(withValue: ["-n", "--interval"]) }
    guard let program = words.first else { return nil }
    switch program {
    case "docker-compose", "docker": return ComposeCommands(words).read(filters)
    case "kubectl": return KubectlCommands(words).read(line.stages)
    case "curl", "wget": return isFiltered ? nil : CurlCommand(words).read()
    case "nano", "vi", "vim", "emacs", "code": return words.last.map { Recognition(.manual("edit \($0)")) }
    case "sleep": return words.second.flatMap(Self.pause)
    case "systemctl", "supervisorctl": return isFiltered ? nil : Self.supervised(words)
    default: return isFiltered ? nil : ToolCommands.read(words, on: nil)
    }
  }

  private static func pause(_ text: String) -> Recognition? {
    let units: [Character: Double] = ["s": 1, "m": 60, "h": 3_600]
    let unit = text.last.flatMap { units[$0] }
    guard let number = Double(unit == nil ? text : String(text.dropLast())), number >= 0 else { return nil }
    return Recognition(
      .pause(.seconds(number * (unit ?? 1))),
      harm: "a fixed wait proves nothing, and is too short or too long"
    )
  }

  private static func supervised(_ words: CommandWords) -> Recognition? {
    guard let verb = words.second else { return nil }
    let targets = words.rest.dropFirst(2).filter { !$0.hasPrefix("-") }.map { name in
      name.hasSuffix(".service") ? String(name.dropLast(".service".count)) : name
    }
    switch verb {
    case "restart", "stop", "start":
      return targets.isEmpty ? nil : Recognition(.act(ActionID("service.\(verb)"), targets: Array(targets)))
    case "status": return ComposeCommands.status(of: Array(targets))
    default: return nil
    }
  }

  /// The command of `until COMMAND; do sleep 1; done`; nil of anything else.
  private static func untilLoop(_ text: String) -> String? {
    guard text.hasPrefix("until "), text.hasSuffix("done"), let end = text.firstRange(of: "; do ")?.lowerBound
    else { return nil }
    return String(text[text.index(text.startIndex, offsetBy: 6)..<end])
  }
}
