import Facts
import Operations
import Testing

@testable import Console

/// The table of commands: what it shows can be typed.
struct CommandTableTests {
  @Test func everyCommandHasOneEntry() {
    #expect(Set(CommandEntry.all.map(\.name)) == Set(CommandEntry.Name.allCases))
    #expect(CommandEntry.all.count == CommandEntry.Name.allCases.count)
    #expect(Set(OptionEntry.all.map(\.name)) == Set(OptionEntry.Name.allCases))
    #expect(OptionEntry.all.count == OptionEntry.Name.allCases.count)
    let letters = OptionEntry.all.compactMap(\.letter)
    #expect(letters.count == Set(letters).count)
  }

  @Test func everyCommandAppearsInHelp() {
    let help = HelpText.program()
    for entry in CommandEntry.all {
      #expect(help.contains(entry.summary), "\(entry.name.rawValue)")
      #expect(!entry.examples.isEmpty, "\(entry.name.rawValue)")
      let own = HelpText.command(entry.name)
      for option in entry.options { #expect(own.contains("--\(option.rawValue)"), "\(entry.name.rawValue)") }
    }
  }

  @Test(arguments: CommandEntry.all) func examplesOfTheTableParse(entry: CommandEntry) throws {
    for example in entry.examples {
      let arguments = try Arguments(parsing: words(of: example))
      #expect(arguments.command == entry.name, "\(example)")
    }
  }

  @Test func examplesOfTheReadmeParse() throws {
    let readme = try #require(RepositoryFile.text("README.md"))
    let examples = readme.split(separator: "\n").flatMap(commands(in:))
    #expect(examples.count >= 10)
    for example in examples {
      #expect(throws: Never.self, "\(example)") { try Arguments(parsing: words(of: example)) }
    }
  }

  @Test(arguments: [
    ("statu", "unknown command statu; did you mean 'status'?"),
    ("bogus", "unknown command bogus; see switchboard --help"),
    ("status --watch", "option --watch needs an argument, such as --watch 5s"),
    ("status -w", "option --watch needs an argument, such as --watch 5s"),
    ("--nonsense", "unknown option --nonsense; see switchboard --help"),
    ("status --jsn", "unknown option --jsn; did you mean '--json'?"),
    ("check backend --jsn", "unknown option --jsn; did you mean '--json'?"),
    ("runs failed --limt 3", "unknown option --limt; did you mean '--limit'?"),
    ("check backend -J", "unknown option -J; see switchboard --help"),
    ("status --read-onyl", "unknown option --read-onyl; did you mean '--read-only'?"),
    ("runs faild", "unknown command runs faild; did you mean 'runs failed'?"),
    ("config chek", "unknown command config chek; did you mean 'config check'?"),
    ("config", "config needs one of: config check, config print, config init, config schema"),
    ("config bogus", "config needs one of: config check, config print, config init, config schema"),
    ("stauts --json", "unknown command stauts; did you mean 'status'?"),
    ("status \u{1B}[2J", "status doesn't take ␛[2J"),
    ("runs ack", "runs ack needs RUN…|--all: switchboard runs ack RUN…|--all"),
    ("runs ack one --all", "runs ack takes either names or --all"),
    ("queue purge --all", "queue purge takes no --all"),
  ]) func slipsSayWhatWasMeant(line: String, message: String) {
    #expect(throws: UsageFailure(message)) {
      try Arguments(parsing: line.split(separator: " ").map(String.init))
    }
  }

  @Test func helpIsACommandToo() throws {
    let whole = try Arguments(parsing: ["help"])
    #expect(whole.has(.help) && whole.command == .screen)
    let own = try Arguments(parsing: ["help", "runs", "failed"])
    #expect(own.has(.help) && own.command == .runsFailed)
  }

  @Test(arguments: ["config", "test", "runs", "validations", "audit"])
  func everyGroupHasHelp(word: String) throws {
    for line in [[word, "--help"], ["help", word], ["--help", word]] {
      let arguments = try Arguments(parsing: line)
      #expect(arguments.helpGroup == word)
    }
    let help = HelpText.group(word)
    let entries = CommandEntry.all.filter { $0.name.rawValue.hasPrefix("\(word) ") }
    #expect(!entries.isEmpty)
    for entry in entries { #expect(help.contains(entry.summary)) }
  }

  @Test(arguments: CommandEntry.Name.allCases) func everyCommandHasHelp(name: CommandEntry.Name) throws {
    let words = name.rawValue.split(separator: " ").map(String.init)
    let arguments = try Arguments(parsing: words + ["--help"])
    #expect(arguments.command == name && arguments.has(.help))
  }

  @Test func checkTellsAWordOnce() {
    func line(_ value: FactValue, _ word: String) -> String {
      let origin = Origin(source: "rabbitmq", query: "")
      return CheckCommand.line(
        Fact(name: "queue.depth", value: value, state: .crit, word: word, sampledAt: nil, origin: origin),
        word
      )
    }
    #expect(line(.number(1_243), "deep") == "CRIT  queue.depth  1,243  deep")
    #expect(line(.number(1_243), "") == "CRIT  queue.depth  1,243")
    #expect(line(.text("refused"), "refused, stopped") == "CRIT  queue.depth  refused, stopped")
  }

  @Test func timesOfOptionsAreTimes() throws {
    let good = try Arguments(parsing: ["status", "--watch", "5s"])
    #expect(try good.duration(.watch) == .seconds(5))
    #expect(try good.duration(.within) == nil)
    let bad = try Arguments(parsing: ["status", "--watch", "often"])
    #expect(throws: ConsoleFailure.self) { try bad.duration(.watch) }
  }

  @Test func exitCodesAreThoseOfTheDesign() {
    let table: [(ExitCode, Int32)] = [
      (.ok, 0), (.warning, 1), (.critical, 2), (.noData, 3), (.gateFailed, 5), (.refused, 6), (.usage, 64),
      (.config, 65),
      (.unavailable, 69), (.internalError, 70), (.outputFailed, 74), (.outcomeUnknown, 75),
      (.interrupted, 130),
    ]
    for (code, number) in table {
      #expect(code.rawValue == number)
      #expect(HelpText.program().contains("\(number) "))
    }
    #expect(Set(table.map(\.0)) == Set(ExitCode.allCases))
    #expect(FactState.allCases.map { ExitCode(worst: $0).rawValue } == [0, 1, 2, 3, 3, 3])
    #expect(Verdict.Outcome.allCases.map { ExitCode($0).rawValue } == [0, 1, 5, 75])
  }

  /// The command lines of a line of Markdown: those in backticks, and those of an indented block.
  private func commands(in line: Substring) -> [String] {
    guard line.hasPrefix("    ") else {
      let quoted = line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      return quoted.filter { $0.offset % 2 == 1 && $0.element.hasPrefix("switchboard ") }
        .map { String($0.element) }
    }
    return line.split(separator: "switchboard ").dropFirst().map { "switchboard \($0)" }
  }

  /// What a shell would hand to the program: quotes taken away, up to a pipe or redirection.
  private func words(of line: String) -> [String] {
    var words: [String] = []
    var word = ""
    var isQuoted = false
    for character in line {
      if character == "'" {
        isQuoted.toggle()
      } else if character == " ", !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    if !word.isEmpty { words.append(word) }
    return Array(words.dropFirst().prefix { $0 != "|" && $0 != ">" })
  }
}
