/// What `--help` prints: grouped commands, options and examples, from the tables.
enum HelpText {
  /// The help of the whole program.
  static func program() -> String {
    var lines = [
      "switchboard: the operations console of the Voice AI testing stack",
      "",
      "  switchboard [OPTIONS]                open the console (needs a terminal)",
      "  switchboard COMMAND [OPTIONS]        the same without a screen",
    ]
    var groups: [String] = []
    for entry in CommandEntry.all where !entry.group.isEmpty && !groups.contains(entry.group) {
      groups.append(entry.group)
    }
    for group in groups {
      lines += ["", "\(group):"]
      for entry in CommandEntry.all where entry.group == group {
        lines.append(row("\(entry.name.rawValue) \(entry.arguments)", entry.summary))
      }
    }
    lines += ["", "Options of every command:"]
    lines += CommandEntry.commonOptions.compactMap(OptionEntry.entry).map(optionRow)
    if let screen = CommandEntry.entry(.screen) {
      lines += ["", "Options of the console:"]
      lines += screen.options.compactMap(OptionEntry.entry).map(optionRow)
    }
    lines += [
      "", "Exit codes: 0 ok, 1 warning, 2 critical, 3 no data, 5 gate false at its deadline, 6 refused,",
      "  64 usage, 65 configuration, 69 unavailable, 70 internal, 74 output can't be written,",
      "  75 outcome unknown, 130 interrupted.",
      "", "Examples:",
    ]
    lines += CommandEntry.all.compactMap { $0.examples.last }.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }

  /// The help of the commands that begin with one word: `config`.
  static func group(_ word: String) -> String {
    let entries = CommandEntry.group(word)
    let rows = entries.map { row("\($0.name.rawValue) \($0.arguments)", $0.summary) }
    return
      (["switchboard \(word) …", ""] + rows + ["", "Examples:"]
      + entries.flatMap { $0.examples.map { "  \($0)" } })
      .joined(separator: "\n")
  }

  /// The help of one command.
  static func command(_ name: CommandEntry.Name) -> String {
    guard name != .screen, let entry = CommandEntry.entry(name) else { return program() }
    let usage = "switchboard \(entry.name.rawValue) \(entry.arguments)"
    var lines = [usage.last == " " ? String(usage.dropLast()) : usage, "  \(entry.summary)", ""]
    lines.append("Options:")
    lines += (entry.options + CommandEntry.commonOptions).compactMap(OptionEntry.entry).map(optionRow)
    if !entry.notes.isEmpty { lines += [""] + entry.notes }
    lines += ["", "Examples:"] + entry.examples.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }

  private static func optionRow(_ entry: OptionEntry) -> String {
    let letter = entry.letter.map { "-\($0), " } ?? "    "
    let argument = entry.argument.map { " \($0)" } ?? ""
    return row("\(letter)--\(entry.name.rawValue)\(argument)", entry.help)
  }

  private static func row(_ left: String, _ right: String) -> String {
    let padding = String(repeating: " ", count: max(2, 28 - left.count))
    return "  \(left)\(padding)\(right)"
  }
}
