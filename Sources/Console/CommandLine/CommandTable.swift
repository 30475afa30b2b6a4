import DataSources
import Facts
import Operations

/// One command of the program without a screen, as `--help` and the parser know it.
struct CommandEntry: Sendable {
  /// What the command is called: its words; those of actions are in ``ActionCatalog`` alone.
  struct Name: RawRepresentable, Sendable, Hashable {
    let rawValue: String

    static let screen = Name(rawValue: "")
    static let ownAction = Name(rawValue: "do")
    static let status = Name(rawValue: "status")
    static let check = Name(rawValue: "check")
    static let wait = Name(rawValue: "wait")
    static let runsFailed = Name(rawValue: "runs failed")
    static let runShow = Name(rawValue: "run show")
    static let logs = Name(rawValue: LastLines.descriptor.command)
    static let validationsLow = Name(rawValue: "validations low")
    static let causes = Name(rawValue: "causes")
    static let configCheck = Name(rawValue: "config check")
    static let configPrint = Name(rawValue: "config print")
    static let configInit = Name(rawValue: "config init")
    static let configSchema = Name(rawValue: "config schema")
    static let rotate = Name(rawValue: "rotate")
    static let trust = Name(rawValue: "trust")
    static let keys = Name(rawValue: "keys")
    static let auditVerify = Name(rawValue: "audit verify")
    static let runbookLint = Name(rawValue: "runbook lint")
    static let runbookList = Name(rawValue: "runbook list")
    static let runbookRun = Name(rawValue: "runbook run")
    static let runbookResume = Name(rawValue: "runbook resume")
    static let runbookGiveUp = Name(rawValue: "runbook giveup")

    /// All that there are, in the order of the table.
    static var allCases: [Name] { CommandEntry.all.map(\.name) }
  }

  /// The command.
  let name: Name
  /// The group in `--help`.
  let group: String
  /// Its arguments as they are written in usage lines.
  let arguments: String
  /// How many arguments it takes.
  let count: ClosedRange<Int>
  /// What it does.
  let summary: String
  /// The options it takes beside those that every command takes.
  let options: [OptionEntry.Name]
  /// Lines to try.
  let examples: [String]
  /// What its own help tells beside options and examples, line by line.
  var notes: [String] = []

  /// The options that every command takes.
  static let commonOptions: [OptionEntry.Name] = [.env, .config, .readOnly, .help, .version]

  /// The table.
  static let all: [CommandEntry] =
    looking + ActionCatalog.standard.all.filter { !RotateCommand.takes($0) }.map(acting).map(withLogs)
    + [rotate, ownAction] + running + settingUp

  private static let rotate = CommandEntry(
    name: .rotate,
    group: "Act",
    arguments: "NAME… [PROGRAM ARGUMENT…]",
    count: 0...99,
    summary: "put new credentials in the place of the old ones, recreate who gets them, and prove it",
    options: [
      .fromFile, .fromCommand, .dryRun, .json, .resume, .rollback, .revoked, .yes, .confirm, .write,
    ],
    examples: [
      "switchboard rotate soundhound --dry-run", "switchboard rotate SOUNDHOUND_API_KEY",
      "switchboard rotate SOUNDHOUND_API_KEY --from-command -- pass show soundhound",
      "switchboard rotate soundhound --dry-run --json", "switchboard rotate --rollback",
    ],
    notes: [
      "NAME is a credential of the configuration, or one of its variables. New values are asked for on the",
      "terminal and never shown; of a credential an empty answer leaves a variable as it is. They are put into no",
      "argument, environment, log or record.",
      "A rotation is over when the new values are in every service, a real call has passed and no service says that",
      "it was not let in. Until then --rollback puts the old ones back, and --resume goes on after any end.",
      "The parts of its proof are values, call and logs.",
    ]
  )

  private static let ownAction = CommandEntry(
    name: .ownAction,
    group: "Act",
    arguments: "ACTION [TARGET] [INPUT…]",
    count: 1...9_999,
    summary: "do an action of your own, as `actions` of the configuration tells it",
    options: [.dryRun, .yes, .confirm, .write, .json],
    examples: ["switchboard do warm-cache --dry-run", "switchboard do warm-cache --yes --json"],
    notes: asJSON
  )

  /// The command of an action, from what the catalogue tells of it.
  private static func acting(_ action: ActionDescriptor) -> CommandEntry {
    let kind = action.targets.first?.name ?? ""
    let target = action.isOfEnvironment ? "" : "\(kind.uppercased())\(action.takesSeveral ? "…" : "")"
    let looks = action.danger == .always(.look)
    let further = action.arguments.map { $0.isRequired ? $0.name.uppercased() : "[\($0.name.uppercased())]" }
    let most =
      action.takesSeveral || action.takesRest
      ? 9_999 : (action.isOfEnvironment ? 0 : 1) + action.arguments.count
    let needed = (action.isOfEnvironment ? [] : [kind]) + action.arguments.filter(\.isRequired).map(\.name)
    let example = (["switchboard", action.command] + needed.map { sample[$0] ?? $0 }).joined(separator: " ")
    return CommandEntry(
      name: Name(rawValue: action.command),
      group: looks ? "Look" : "Act",
      arguments: ([action.takesAll ? "\(target)|--all" : target] + further).filter { !$0.isEmpty }
        .joined(separator: " "),
      count: needed.count...most,
      summary: action.help.replacing("this ", with: "a "),
      options: (action.takesAll ? [.all] : []) + (looks ? [] : [.dryRun, .yes, .confirm, .write]) + [.json],
      examples: action.isOneStep
        ? [example, "switchboard \(action.command) --all"]
        : looks
          ? [example] : ["\(example) --dry-run", "\(example) \(consent(action, target: sample[kind]))"],
      notes: action.arguments.map { "\($0.name.uppercased()): \($0.help)" } + asJSON
    )
  }

  /// What `--json` prints of any act.
  private static let asJSON = [
    "With --json one object is printed when it is over: action, targets, class, verdict (done, unproven, failed,",
    "unknown, refused), sentence, proof with the state and evidence of each part, output, duration_s, audit.",
  ]

  /// How the command line says yes to an action: what destroys wants its name.
  private static func consent(_ action: ActionDescriptor, target: String?) -> String {
    action.danger == .always(.destructive) ? "--confirm dev/\(target ?? "")" : "--yes"
  }

  /// Something of each kind that most stacks have, for the examples.
  private static let sample = [
    "service": "backend", "queue": "celery", "run": "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70",
    "task": "7a0f6c1e-52c4-4c1b-9d0e-3b8f4f1f2a11",
  ]

  private static let secondLook = [
    "Where messages wait and one look doesn't tell whether they are worked on it takes up to 6 s more: a broker",
    "counts every 5 s.",
  ]

  private static let looking: [CommandEntry] = [
    CommandEntry(
      name: .screen,
      group: "",
      arguments: "",
      count: 0...0,
      summary: "open the console",
      options: [.write, .ascii, .theme],
      examples: ["switchboard --env prod --read-only"]
    ),
    CommandEntry(
      name: .status,
      group: "Look",
      arguments: "",
      count: 0...0,
      summary: "say how everything is; exit 0 ok, 1 warning, 2 critical, 3 no data",
      options: [.json, .watch, .within],
      examples: [
        "switchboard status", "switchboard status --json | jq .worst", "switchboard status --watch 5s",
      ],
      notes: [
        "In --json, \"counts\" counts the facts and sources whose \"counted\" is true: the header, the",
        "worst state and the exit code go by them. The others only inform (\"kind\": \"info\"), or are silent",
        "because of a service or source that is counted itself.",
      ] + secondLook
    ),
    CommandEntry(
      name: .check,
      group: "Look",
      arguments: "NAME",
      count: 1...1,
      summary: "say how one service or fact is, with the exit code of its state",
      options: [.json, .within],
      examples: [
        "switchboard check backend", "switchboard check queue.celery.depth",
        "switchboard check runs.success_rate_5m",
      ],
      notes: secondLook + [
        "NAME is a service, or a fact. What header and tiles say in words of their own is called:"
      ]
        + CalledFacts.all.map { fact in
          let padding = String(repeating: " ", count: max(2, 24 - fact.name.count))
          return "  \(fact.name)\(padding)\(fact.words.joined(separator: ", "))"
        } + ["All names: switchboard status --json | jq -r '.facts[].name'"]
    ),
    CommandEntry(
      name: .wait,
      group: "Look",
      arguments: "SERVICE|CONDITION",
      count: 1...1,
      summary: "wait until a service is healthy or a condition holds; exit 5 if it doesn't in time",
      options: [.holding, .within],
      examples: [
        "switchboard wait backend --holding 3 --within 90s",
        "switchboard wait 'queue.depth < 500' --within 10m",
      ]
    ),
    CommandEntry(
      name: .runsFailed,
      group: "Look",
      arguments: "",
      count: 0...0,
      summary: "list the runs that need attention",
      options: [.json, .limit, .since, .cause],
      examples: ["switchboard runs failed --limit 5", "switchboard runs failed --since 2h --cause timeout"]
    ),
    CommandEntry(
      name: .runShow,
      group: "Look",
      arguments: "ID",
      count: 1...1,
      summary: "tell everything that was recorded of a run or an execution: said, heard, answered, judged",
      options: [.json],
      examples: ["switchboard run show 0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70"]
    ),
    CommandEntry(
      name: .validationsLow,
      group: "Look",
      arguments: "",
      count: 0...0,
      summary: "list the validations of low confidence",
      options: [.json, .csv, .limit],
      examples: ["switchboard validations low --json", "switchboard validations low --csv --limit 200"]
    ),
    CommandEntry(
      name: .causes,
      group: "Look",
      arguments: "[FILE…]",
      count: 0...9_999,
      summary: "group failed runs, or the lines of logs, by what they say, with what varies shown as ‹…›",
      options: [.json, .limit],
      examples: [
        "switchboard causes", "switchboard causes backend.log worker.log", "switchboard causes - --json",
      ],
      notes: [
        "Without FILE the databases are asked what failed within the last day; with --json an array of causes: cause,",
        "template, class, count, runs, first_at, last_at, counts by hour, variants.",
        "FILE is a log, or - for the standard input. Times, levels and names at the head of lines are taken off where",
        "their format is known; a traceback is one record, under its last line. Times without a zone are read as UTC.",
        "With --json one object a record: file, line, lines, cause, class, template. The name of a cause is the same",
        "tomorrow while its template is.",
      ]
    ),
  ]

  private static let running: [CommandEntry] = [
    CommandEntry(
      name: .runbookList,
      group: "Look",
      arguments: "",
      count: 0...0,
      summary: "list the runbooks that can be run, and the runs",
      options: [],
      examples: ["switchboard runbook list"]
    ),
    CommandEntry(
      name: .runbookRun,
      group: "Act",
      arguments: "RUNBOOK|FILE [PROCEDURE] [NAME=VALUE…]",
      count: 1...99,
      summary: "take a procedure step by step, each ✓ earned by a check, a gate or a proof",
      options: [.dryRun, .yes, .confirm, .write, .json, .done],
      examples: [
        "switchboard runbook run worker-down --dry-run",
        "switchboard runbook run RUNBOOK.md restart-all-services",
      ],
      notes: [
        "RUNBOOK is one of `runbook list`; PROCEDURE a heading of it. It stops at the first step that fails, that",
        "nobody can tell of, or that needs somebody, and is gone on with by `runbook resume`.",
        "Exit 0 if no step failed, 1 if one is done and unproven, 5 if one failed, 75 if one is unknown, 6 if it",
        "needs somebody, or would act in read-only.",
      ]
    ),
    CommandEntry(
      name: .runbookResume,
      group: "Act",
      arguments: "[RUN]",
      count: 0...1,
      summary: "go on with a run at the step at which it was left, stopped or killed",
      options: [.yes, .confirm, .write, .json, .skip, .again, .done],
      examples: ["switchboard runbook resume", "switchboard runbook resume --skip='done by anna'"],
      notes: [
        "RUN is the newest that isn't over unless one is named. A step in which the console was killed is not",
        "done again: its gate is read, and without one it is unknown.",
      ]
    ),
    CommandEntry(
      name: .runbookGiveUp,
      group: "Act",
      arguments: "RUN [REASON…]",
      count: 1...99,
      summary: "give up a run that was left open: nobody goes on with it, and its record says why",
      options: [],
      examples: ["switchboard runbook giveup 20261128T045104123-42 'healed by itself'"]
    ),
  ]

  private static let settingUp: [CommandEntry] = [
    CommandEntry(
      name: .configCheck,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "check the configuration; every mistake with file:line:column",
      options: [.live],
      examples: ["switchboard config check", "switchboard config check --live"]
    ),
    CommandEntry(
      name: .configPrint,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "print the configuration in effect",
      options: [.origins],
      examples: ["switchboard config print --origins"]
    ),
    CommandEntry(
      name: .configInit,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "write what discovery found as a configuration of your own",
      options: [.force],
      examples: ["switchboard config init"]
    ),
    CommandEntry(
      name: .configSchema,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "print every key of a configuration, what it expects and its default",
      options: [],
      examples: ["switchboard config schema"]
    ),
    CommandEntry(
      name: .trust,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "let all of this project's .switchboard.yaml take effect, until its content changes",
      options: [],
      examples: ["switchboard trust"]
    ),
    CommandEntry(
      name: .runbookLint,
      group: "Set up",
      arguments: "FILE",
      count: 1...1,
      summary: "say what the console makes of a runbook, command by command",
      options: [],
      examples: ["switchboard runbook lint RUNBOOK.md"],
      notes: [
        "Exit 0 if every command is recognised, 1 if some are only shown to be copied, 3 if there is no",
        "step, 65 if the file can't be read or a step is written wrongly.",
      ]
    ),
    CommandEntry(
      name: .keys,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "print the table of keys",
      options: [],
      examples: ["switchboard keys"]
    ),
    CommandEntry(
      name: .auditVerify,
      group: "Set up",
      arguments: "",
      count: 0...0,
      summary: "verify that no line of the audit was changed, removed or cut off",
      options: [],
      examples: ["switchboard audit verify"]
    ),
  ]

  /// The commands whose first word this is: `config` has five.
  static func group(_ word: String) -> [CommandEntry] {
    all.filter { $0.name.rawValue.hasPrefix("\(word) ") }
  }

  /// The entry of a command.
  static func entry(_ name: Name) -> CommandEntry? {
    all.first { $0.name == name }
  }
}
