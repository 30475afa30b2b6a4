import DataSources
import Panels

/// The keys of a whole configuration: the one table that drives reading, printing and documentation.
enum SettingsSchema {
  /// A configuration with the sources that come with the console.
  static let standard = settings(.standard)

  /// A configuration with the sources of a catalogue.
  static func settings(_ catalog: SourceCatalog) -> SchemaTable<Settings> {
    SchemaTable(blank: Settings(), fields: fields(EnvironmentSchema.environment(catalog)))
  }

  private static func fields(_ environment: SchemaTable<EnvironmentSettings>) -> [Field<Settings>] {
    [
      Field("version", \.version, .whole(1...1), isOpen: true, "The version of this format."),
      Field(
        "default",
        optional: \.defaultEnvironment,
        blank: "",
        .text,
        "The environment used unless --env says another."
      ),
      Field("theme", \.theme, .text, isOpen: true, "The name of the theme."),
      Field(
        "layout",
        \.layout,
        .word(PanelCatalog.layouts),
        isOpen: true,
        "The overview's layout at the start: `focus` shows the focused tile large."
      ),
      Field(
        "refresh",
        optional: \.refreshInterval,
        blank: .zero,
        .interval,
        "The interval of every poll; each source's own unless told."
      ),
      Field("provider", \.self, .table(provider), isOpen: true, "Limits of the providers."),
      Field("queues", \.self, .table(queues), isOpen: true, "Limits of the queues."),
      Field("runs", \.self, .table(runs), isOpen: true, "Limits of the runs."),
      Field("validations", \.self, .table(validations), isOpen: true, "Limits of the validations."),
      Field("gate", \.gate, .table(gate), "The timing of proofs."),
      Field(
        "environments",
        \.environments,
        .named(
          .table(environment),
          "a mapping of names to environments",
          name: \.name
        ) { name, _ in EnvironmentSettings(name: name) },
        "The environments, by name."
      ),
      Field(
        "alerts",
        \.alerts,
        .named(
          .table(alert),
          "a mapping of names to alerts",
          name: \.name,
          builtIn: AlertSettings.builtIn
        ) { name, entry in AlertSettings(name: name, when: "", location: entry.keyLocation) },
        "The alert rules, by name; null removes one."
      ),
      Field("quick_test", \.quickTest, .table(quickTest), "How a quick test is run."),
      Field(
        "escalation",
        \.escalation,
        .named(
          .table(escalation),
          "a mapping of levels to contacts",
          name: \.level,
          builtIn: EscalationSettings.builtIn
        ) { level, _ in EscalationSettings(level: level) },
        "Whom to call, by level; null removes one."
      ),
      Field(
        "actions",
        \.actions,
        .named(.table(action), "a mapping of names to actions", name: \.name) { name, entry in
          OwnActionSettings(name: name, location: entry.keyLocation)
        },
        "Actions of your own, by name."
      ),
      Field(
        "runbooks",
        \.runbooks,
        paths,
        "Further runbooks: files ending in `.md` and directories of such, seen from this file."
      ),
      Field(
        "credentials",
        \.credentials,
        .named(
          .table(credential),
          "a mapping of names to credentials",
          name: \.name,
          builtIn: CredentialSettings.builtIn
        ) { name, entry in CredentialSettings(name: name, location: entry.keyLocation) },
        "What is rotated together, by name; null removes one."
      ),
    ]
  }

  /// Paths are seen from the file that tells them.
  private static let paths = ValueType<[String]>(
    expected: "a list of paths",
    read: { node, paths, context in
      var told: [String] = []
      ValueType<[String]>.texts.read(node, &told, &context)
      let file = node.location.file
      paths = told.map { path in
        // Whose home it is isn't known here.
        file.contains("/")
          ? UpwardSearch.told(path, in: UpwardSearch.directory(of: file), home: nil) : path
      }
    },
    write: { ValueType<[String]>.texts.write($0) }
  )

  private static let credential = SchemaTable(
    blank: CredentialSettings(name: ""),
    fields: [
      Field("variables", \.variables, .texts, isRequired: true, "The variables, as the env file names them."),
      Field("visible", \.visible, .texts, "Those that are no secrets: they are shown as they are typed."),
      Field(
        "gate",
        optional: \.gate,
        blank: "",
        .gate,
        "What must hold with the new values; a quick test must pass unless told."
      ),
      Field("test", \.isTested, .flag, "Whether a quick test must pass where there is no gate."),
      Field("errors", \.errors, .text, "The lines of a log that say that a key was not taken, by PCRE2."),
      Field("warn_after", \.warnAfter, .duration, "Older than this it is WARN."),
    ]
  )

  private static let action = SchemaTable(
    blank: OwnActionSettings(name: ""),
    fields: [
      Field(
        "run",
        \.run,
        .texts,
        isRequired: true,
        "The program and its arguments, never a shell's line; {target} and {INPUT} stand for what is meant."
      ),
      Field("title", optional: \.title, blank: "", .text, "What it is called; its name unless told."),
      Field("scope", \.scope, scope, "What it acts on."),
      Field(
        "class",
        \.dangerClass,
        .whole(1...3),
        "Its danger class: 1 mild, 2 disruptive, 3 destructive."
      ),
      Field("inputs", \.inputs, .texts, "The names of what has to be given each time."),
      Field(
        "gate",
        optional: \.gate,
        blank: "",
        .gate,
        "What must hold afterwards; without it nothing proves the action."
      ),
      Field("deadline", \.deadline, .duration, "The time that the program may take."),
    ]
  )

  private static let scopes = ValueType<String>.word(OwnActionSettings.Scope.allCases.map(\.rawValue))
  private static let scope = ValueType<OwnActionSettings.Scope>(
    expected: scopes.expected,
    read: { node, scope, context in
      var word = scope.rawValue
      scopes.read(node, &word, &context)
      scope = OwnActionSettings.Scope(rawValue: word) ?? scope
    },
    write: { Written.string($0.rawValue) }
  )

  private static let provider = SchemaTable(
    blank: Settings(),
    fields: [
      Field(
        "slow",
        \.thresholds.providerSlow,
        .duration,
        isOpen: true,
        "A provider slower than this is WARN."
      )
    ]
  )

  private static let queues = SchemaTable(
    blank: Settings(),
    fields: [
      Field(
        "stalled_after",
        \.thresholds.queuesStalledAfter,
        .duration,
        isOpen: true,
        "Messages that wait so long at consumers that acknowledge none are stalled; held ones warn at ten times it."
      )
    ]
  )

  private static let runs = SchemaTable(
    blank: Settings(),
    fields: [
      Field(
        "stuck_after",
        \.thresholds.runsStuckAfter,
        .duration,
        isOpen: true,
        "A run not updated for so long is stuck."
      ),
      Field(
        "pass_warn",
        \.thresholds.tests.passWarning,
        .share,
        isOpen: true,
        "A smaller share of executions that pass in 5 min is WARN."
      ),
      Field(
        "pass_crit",
        \.thresholds.tests.passCritical,
        .share,
        isOpen: true,
        "A smaller share of executions that pass in 5 min is CRIT."
      ),
      Field(
        "pass_of",
        \.thresholds.tests.passLeast,
        .whole(1...1_000_000),
        isOpen: true,
        "With fewer executions in 5 min their share says nothing."
      ),
    ]
  )

  private static let validations = SchemaTable(
    blank: Settings(),
    fields: [
      Field(
        "threshold",
        \.thresholds.validationThreshold,
        .share,
        isOpen: true,
        "A validation below this is of low confidence."
      ),
      Field(
        "low_share",
        \.thresholds.tests.lowShare,
        .share,
        isOpen: true,
        "A greater share of low validations is WARN."
      ),
    ]
  )

  private static let gate = SchemaTable(
    blank: GateSettings(),
    fields: [
      Field("interval", \.interval, .duration, "The time between two samples."),
      Field("api_interval", \.apiInterval, .duration, "The time between two samples of the API."),
      Field("within", \.within, .duration, "The time within which a proof must come."),
      Field("holding", \.holding, .whole(1...100), "How many true samples in a row prove it."),
      Field("spacing", \.spacing, .duration, "The least time between two samples that count."),
      Field("then", \.then, .duration, "The time each service of `then` is waited for."),
      Field(
        "settling",
        \.settling,
        .duration,
        "The time after which the same start time counts as done, unproven."
      ),
    ]
  )

  private static let alert = SchemaTable(
    blank: AlertSettings(name: "", when: ""),
    fields: [
      Field("when", \.self, rule, "The rule: a condition and `for` a duration."),
      Field("severity", \.severity, severity, "How bad it is."),
      Field("clear", optional: \.clear, blank: "", .condition, "The condition that resolves it."),
      Field("runbook", optional: \.runbook, blank: "", .text, "The runbook to open."),
      Field("escalate", optional: \.escalate, blank: "", .text, "The escalation level."),
    ]
  )

  /// Keeps the place of the rule, for the checks that come later.
  private static let rule = ValueType<AlertSettings>(
    expected: ValueType<String>.rule.expected,
    read: { node, alert, context in
      ValueType<String>.rule.read(node, &alert.when, &context)
      alert.location = node.location
    },
    write: { Written.string($0.when) }
  )

  private static let severities = ValueType<String>.word(AlertSeverity.allCases.map(\.rawValue))
  private static let severity = ValueType<AlertSeverity>(
    expected: severities.expected,
    read: { node, severity, context in
      var word = severity.rawValue
      severities.read(node, &word, &context)
      severity = AlertSeverity(rawValue: word) ?? severity
    },
    write: { Written.string($0.rawValue) }
  )

  private static let quickTest = SchemaTable(
    blank: QuickTestSettings(),
    fields: [
      Field("script", \.script, .text, "A UUID, a scenario's name, or `auto`."),
      Field("language", \.language, .text, "The language."),
      Field(
        "try",
        \.attempts,
        .list(
          AttemptSchema.attempt,
          "a list of requests such as `{post: PATH}`",
          blank: QuickTestSettings.Attempt(path: "")
        ),
        "The ways of starting it; the next only when the route is not there."
      ),
      Field("passed", \.passed, .condition, "The condition that makes it passed."),
      Field("within", \.within, .duration, "The time it may take."),
    ]
  )

  private static let escalation = SchemaTable(
    blank: EscalationSettings(level: ""),
    fields: [
      Field(
        "respond",
        optional: \.respond,
        blank: .zero,
        .duration,
        "The time within which somebody must respond."
      ),
      Field("contact", optional: \.contact, blank: "", .text, "Who."),
      Field("slack", optional: \.slack, blank: "", .text, "The channel."),
    ]
  )
}

/// One entry of `quick_test.try`: `{post: PATH, body: …, id: …}`.
enum AttemptSchema {
  private static let methods = ["post", "get", "put", "patch", "delete"]

  /// An attempt; its method is the key of its path.
  static let attempt = ValueType<QuickTestSettings.Attempt>(
    expected: "a request such as `{post: PATH}`",
    read: { node, attempt, context in
      let chosen = (node.entries ?? []).filter { methods.contains($0.key) }
      guard chosen.count == 1, let path = chosen.first else {
        context.report(
          "\(chosen.isEmpty ? "found no method" : "found several methods"), expected a request such as `{post: PATH}`",
          at: node.location
        )
        return
      }
      attempt.method = path.key.uppercased()
      ValueType<String>.text.read(path.value, &attempt.path, &context)
      rest.read(node, into: &attempt, &context, skipping: [path.key])
    },
    write: { attempt in
      Written.mapping(
        [(attempt.method.lowercased(), Written.string(attempt.path))]
          + (rest.write(attempt).entries ?? []).map { ($0.key, $0.value) }
      )
    }
  )

  private static let rest = SchemaTable(
    blank: QuickTestSettings.Attempt(path: ""),
    fields: [
      Field("body", optional: \.body, blank: .null, .json, "The JSON body."),
      Field("id", optional: \.id, blank: "", .text, "What in the reply tells the execution's id."),
    ]
  )
}
