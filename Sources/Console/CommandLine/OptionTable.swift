/// One option of the command line: its name, argument and line of help.
struct OptionEntry: Sendable {
  /// Every option that any command takes.
  enum Name: String, Sendable, CaseIterable {
    case env, config, readOnly = "read-only", write, ascii, theme, help, version
    case json, csv, watch, holding, within, dryRun = "dry-run", yes, confirm, origins
    case limit, force, live, all, skip, again, done
    case fromFile = "from-file"
    case fromCommand = "from-command"
    case resume, rollback, revoked
    case since, cause
    case grep, errors, follow, file
  }

  /// The option.
  let name: Name
  /// The single letter, or nil.
  let letter: Character?
  /// What its argument is called; nil if it takes none.
  let argument: String?
  /// What it does.
  let help: String

  private init(_ name: Name, _ letter: Character?, _ argument: String?, _ help: String) {
    self.name = name
    self.letter = letter
    self.argument = argument
    self.help = help
  }

  /// The table: parsing, `--help` and the commands' checks all read it.
  static let all: [OptionEntry] = [
    OptionEntry(.env, "e", "NAME", "the environment, where the configuration has several"),
    OptionEntry(.config, "c", "FILE", "this configuration in place of SWITCHBOARD_CONFIG"),
    OptionEntry(.readOnly, nil, nil, "refuse every act; can't be lifted from inside"),
    OptionEntry(.write, nil, "REASON", "lift the read-only start of a production environment, 10 min"),
    OptionEntry(.ascii, nil, nil, "draw with ASCII only"),
    OptionEntry(.theme, nil, "NAME", "default (by the background), light or mono"),
    OptionEntry(.help, "h", nil, "this help, or the command's"),
    OptionEntry(.version, "V", nil, "the version"),
    OptionEntry(.json, nil, nil, "print JSON"),
    OptionEntry(.csv, nil, nil, "print CSV, as RFC 4180 has it, the columns first"),
    OptionEntry(
      .watch,
      "w",
      "5s",
      "print again whenever something changed, looking every so often (from 100ms on)"
    ),
    OptionEntry(.holding, nil, "3", "so many good samples in a row, 1 s apart"),
    OptionEntry(.within, nil, "90s", "give up after this time"),
    OptionEntry(.dryRun, nil, nil, "show the preview and do nothing"),
    OptionEntry(.yes, "y", nil, "confirm what is mild or disruptive"),
    OptionEntry(.confirm, nil, "NAME", "confirm what is destructive, by the name that its preview asks for"),
    OptionEntry(.origins, nil, nil, "say where each value comes from"),
    OptionEntry(.limit, "n", "20", "at most so many rows"),
    OptionEntry(.since, nil, "2h", "those that changed, or were written, within this time"),
    OptionEntry(.grep, nil, "REGEX", "those that hold this regular expression of PCRE2, whatever its case"),
    OptionEntry(.errors, nil, nil, "errors alone, with their tracebacks"),
    OptionEntry(.follow, "f", nil, "go on with what is written"),
    OptionEntry(.file, nil, "FILE", "the log in this file, in place of the services' own"),
    OptionEntry(.cause, nil, "CAUSE", "those with this cause: its name, its class or words of it"),
    OptionEntry(.force, nil, nil, "overwrite what is there"),
    OptionEntry(.all, nil, nil, "all services, or every run that waits, in place of names"),
    OptionEntry(.skip, nil, "REASON", "leave out the step at which the run stands"),
    OptionEntry(.again, nil, nil, "take the step again although nobody knows what it did"),
    OptionEntry(.done, nil, "WORDS", "say that the step that is next was done by hand"),
    OptionEntry(.fromFile, nil, "FILE", "read the new values from this file; several as NAME=VALUE lines"),
    OptionEntry(.fromCommand, nil, nil, "read the new values from what the program behind the names prints"),
    OptionEntry(.resume, nil, nil, "go on with the rotation that is open, from where things stand"),
    OptionEntry(.rollback, nil, nil, "put the old values back, while no new ones are proven"),
    OptionEntry(.revoked, nil, nil, "note that the old key was revoked at its provider"),
    OptionEntry(.live, nil, nil, "ask the stack, too, which names it knows"),
  ]

  /// The entry of an option.
  static func entry(_ name: Name) -> OptionEntry? {
    all.first { $0.name == name }
  }
}
