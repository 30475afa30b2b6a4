import DataSources

/// The keys of `sources`: those of each kind, and those that all have.
enum SourceSchema {
  /// A source: its `type` chooses the keys.
  static func definition(_ catalog: SourceCatalog) -> ValueType<SourceDefinition> {
    .union(
      "type",
      catalog.kinds.map { ($0.type, table($0)) },
      word: \.settings.type,
      begin: { $0.settings = $1.settings }
    )
  }

  private static func table<Kind: SourceSettings>(_ kind: Kind.Type) -> SchemaTable<SourceDefinition> {
    let own = Kind.schema.lifted(
      into: SourceDefinition(id: "", settings: Kind.schema.blank),
      get: { $0.settings as? Kind ?? Kind.schema.blank },
      set: { $0.settings = $1 }
    )
    return SchemaTable(blank: own.blank, fields: own.fields + common)
  }

  private static let common: [Field<SourceDefinition>] = [
    Field("interval", optional: \.interval, blank: .zero, .interval, "The time between two polls."),
    Field("deadline", optional: \.deadline, blank: .zero, .duration, "The time a poll may take."),
    Field(
      "allow_cleartext",
      \.allowsCleartext,
      .flag,
      "Whether a password may go to another machine without encryption; from your own configuration only."
    ),
  ]

  /// A source of no kind yet, before its `type` is read.
  struct Untold: SourceSettings {
    static let type = ""
    static let schema = SchemaTable(blank: Untold(), fields: [])
    var address: String? { nil }

    func make(_ context: SourceContext) -> MadeSource { MadeSource() }
  }
}
