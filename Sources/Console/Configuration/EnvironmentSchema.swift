import DataSources

/// The keys of an environment.
enum EnvironmentSchema {
  /// The keys that may stand at the top level when there is one environment.
  static let movableKeys = ["runtime", "sources", "services"]

  /// All keys of an environment.
  static let keys = environment(.standard).fields.map(\.key)

  /// An environment with the sources of a catalogue.
  static func environment(_ catalog: SourceCatalog) -> SchemaTable<EnvironmentSettings> {
    SchemaTable(
      blank: EnvironmentSettings(name: "", label: ""),
      fields: [
        Field(
          "label",
          \.label,
          .text,
          isOpen: true,
          "What the header shows; the name in capitals unless told."
        ),
        Field("color", \.color, .color, isOpen: true, "The header's colour."),
        Field(
          "production",
          optional: \.production,
          blank: false,
          .flag,
          "Whether it starts read-only; assumed for what is not on this machine."
        ),
        Field("read_only", \.readOnly, .flag, "Whether nothing may be changed, for good."),
        Field("runtime", \.runtime, runtime, "What runs the services."),
        Field(
          "sources",
          \.sources,
          .named(SourceSchema.definition(catalog), "a mapping of ids to sources", name: \.id) { id, entry in
            SourceDefinition(id: id, settings: SourceSchema.Untold(), location: entry.keyLocation)
          },
          "The sources, by id."
        ),
        Field(
          "services",
          \.services,
          .named(.table(service), "a mapping of names to services", name: \.name) { name, _ in
            ServiceSettings(name: name)
          },
          "What is known of the services beyond their runtime, by name."
        ),
      ]
    )
  }

  private static let runtime = ValueType<RuntimeSettings>.union(
    "kind",
    [
      ("compose", SchemaTable(blank: .compose(project: "", engine: nil, files: []), fields: compose)),
      ("command", SchemaTable(blank: .command(supervisor: "", hide: []), fields: command)),
      (
        "kubernetes",
        SchemaTable(blank: .kubernetes(KubernetesSettings(context: "", namespace: "")), fields: kubernetes)
      ),
      ("none", SchemaTable(blank: .none, fields: [])),
    ],
    word: \.kind
  )

  private static let compose: [Field<RuntimeSettings>] = [
    Field("project", \.compose.project, .text, isRequired: true, "The compose project."),
    Field(
      "engine",
      optional: \.compose.engine,
      blank: "",
      .address(["unix", "tcp", "http", "https", "ssh"]),
      "The Docker Engine's address; that of docker's own context unless told."
    ),
    Field("files", \.compose.files, .texts, "The compose files in merge order; found unless told."),
  ]

  private static let command: [Field<RuntimeSettings>] = [
    Field(
      "supervisor",
      \.command.supervisor,
      .address(["unix", "http"]),
      isRequired: true,
      "The address of the supervisor, unix:///path."
    ),
    Field("hide", \.command.hide, .texts, "Programs that are not shown."),
  ]

  private static let kubernetes: [Field<RuntimeSettings>] = [
    Field(
      "context",
      \.kubernetes.context,
      name,
      isRequired: true,
      "The context of the kubeconfig; the current one is never taken."
    ),
    Field("namespace", \.kubernetes.namespace, namespace, isRequired: true, "The namespace."),
    Field(
      "selector",
      optional: \.kubernetes.selector,
      blank: "",
      name,
      "The labels that workloads and their pods must have, as kubectl takes them; all unless told."
    ),
    Field(
      "kubeconfig",
      optional: \.kubernetes.kubeconfig,
      blank: "",
      path,
      "The kubeconfig's absolute path; kubectl's own unless told."
    ),
  ]

  /// A text that kubectl takes for no option of its own.
  private static let name = text("a text that begins with no dash") { !$0.hasPrefix("-") }

  /// A name by the rules of DNS (RFC 1123), as namespaces have it.
  private static let namespace = text("a namespace's name: small letters, digits and dashes") { name in
    let isPlain = name.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D
    }
    return isPlain && name.utf8.count <= 63 && name.first != "-" && name.last != "-"
  }

  private static let path = text("an absolute path") { $0.hasPrefix("/") }

  private static func text(
    _ expected: String,
    _ isRight: @escaping @Sendable (String) -> Bool
  ) -> ValueType<String> {
    ValueType(
      expected: expected,
      read: { node, value, context in
        let plain = ValueType<String>.text
        var found = ""
        plain.read(node, &found, &context)
        guard !found.isEmpty else { return }
        guard isRight(found) else {
          context.report("\(Found.word(node)), expected \(expected)", at: node.location)
          return
        }
        value = found
      },
      write: ValueType<String>.text.write
    )
  }

  private static let service = SchemaTable(
    blank: ServiceSettings(name: ""),
    fields: [
      Field("class", \.dangerClass, .whole(1...2), "The danger class of a restart: 1 mild, 2 disruptive."),
      Field(
        "liveness",
        optional: \.liveness,
        blank: LivenessSettings(),
        .table(liveness),
        "How it is asked whether it lives."
      ),
      Field(
        "probe",
        optional: \.probe,
        blank: "",
        .text,
        "The source whose probe proves it; the one of its name unless told."
      ),
      Field(
        "needs",
        optional: \.needs,
        blank: [],
        .texts,
        "The services it can't work without; compose's depends_on unless told."
      ),
      Field(
        "then",
        optional: \.then,
        blank: [],
        .texts,
        "The services waited for after its restart; those that need it unless told."
      ),
      Field(
        "one_shot",
        optional: \.isOneShot,
        blank: false,
        .flag,
        "Whether it is meant to end; where another one waits for that (service_completed_successfully) unless told."
      ),
    ]
  )

  private static let liveness = SchemaTable(
    blank: LivenessSettings(),
    fields: [
      Field("source", optional: \.source, blank: "", .text, "The http source to ask."),
      Field("path", optional: \.path, blank: "", .text, "The path below the source's base."),
      Field(
        "url",
        optional: \.url,
        blank: "",
        .address(["http", "https"]),
        "The whole address, instead of source and path."
      ),
      Field("when", \.self, condition, "The condition that makes it alive."),
    ]
  )

  /// Keeps the place of the condition, for the checks that come later.
  private static let condition = ValueType<LivenessSettings>(
    expected: ValueType<String>.condition.expected,
    read: { node, liveness, context in
      ValueType<String>.condition.read(node, &liveness.when, &context)
      liveness.location = node.location
    },
    write: { Written.string($0.when) }
  )
}

extension RuntimeSettings {
  fileprivate struct Compose {
    var project = ""
    var engine: String?
    var files: [String] = []
  }

  fileprivate struct Command {
    var supervisor = ""
    var hide: [String] = []
  }

  fileprivate var compose: Compose {
    get {
      guard case .compose(let project, let engine, let files) = self else { return Compose() }
      return Compose(project: project, engine: engine, files: files)
    }
    set { self = .compose(project: newValue.project, engine: newValue.engine, files: newValue.files) }
  }

  fileprivate var kubernetes: KubernetesSettings {
    get {
      guard case .kubernetes(let settings) = self else {
        return KubernetesSettings(context: "", namespace: "")
      }
      return settings
    }
    set { self = .kubernetes(newValue) }
  }

  fileprivate var command: Command {
    get {
      guard case .command(let supervisor, let hide) = self else { return Command() }
      return Command(supervisor: supervisor, hide: hide)
    }
    set { self = .command(supervisor: newValue.supervisor, hide: newValue.hide) }
  }
}
