import DataSources

/// The pure parts of `switchboard config check`, `print`, `init` and `schema`.
enum ConfigCommand {
  /// What a command prints and how it ends.
  struct Outcome: Sendable, Hashable {
    /// For standard output.
    var output: String
    /// For standard error.
    var errors: String
    /// The process exit code.
    var exitCode: ExitCode
  }

  /// `config check`: every problem, one a line, and 65 when the configuration can't be used.
  static func check(_ result: Result<Configuration, Configuration.Failure>) -> Outcome {
    switch result {
    case .failure(let failure):
      return Outcome(output: "", errors: failure.description + "\n", exitCode: .config)
    case .success(let configuration):
      let warnings =
        configuration.warnings.map { $0.description + "\n" }.joined()
        + configuration.notes.map { "switchboard: \($0)\n" }.joined()
      let count = configuration.settings.environments.count
      let told =
        configuration.discovery != nil || count == 0
        ? "no environment is configured; without one the compose file around you or the runbook's ports are "
          + "used (see `config print`)"
        : "\(count) \(count == 1 ? "environment" : "environments")"
      return Outcome(
        output: "ok: \(told)\n",
        errors: warnings,
        exitCode: .ok
      )
    }
  }

  /// `config print`: everything in force, defaults included, as YAML that reads back equal.
  ///
  /// With `origins` each value says where it comes from. Secrets appear as their references.
  static func print(
    _ configuration: Configuration,
    origins: Bool = false,
    schema: SchemaTable<Settings> = SettingsSchema.standard
  ) -> String {
    let node = schema.write(configuration.settings)
    guard origins else { return YAMLWriter().text(node) }
    let places = configuration.origins
    return YAMLWriter { path in places[path].map(origin) ?? "default" }.text(node)
  }

  /// Writes the text of `config init` to a file of mode 0600, with the directories above it.
  ///
  /// One that exists is left alone, unless it is to be replaced.
  static func write(_ text: String, to path: String, replacing: Bool = false) -> Outcome {
    LocalFile.makeDirectories(above: path)
    do {
      if replacing {
        try LocalFile.replace(path, text: text)
      } else {
        try LocalFile.create(path, text: text)
      }
      return Outcome(output: "wrote \(path)\n", errors: "", exitCode: .ok)
    } catch {
      let exists = !replacing && LocalFile.exists(path)
      let why =
        exists
        ? "is there already and is not overwritten without --force" : "can't be written: \(error.message)"
      return Outcome(
        output: "",
        errors: "switchboard: \(path) \(why)\n",
        exitCode: exists ? .refused : .unavailable
      )
    }
  }

  /// `config schema`: every key, its type, its default and what it is for, as a Markdown table.
  static func schema(_ schema: SchemaTable<Settings> = SettingsSchema.standard) -> String {
    var lines = ["| key | expected | default | what it is for |", "|---|---|---|---|"]
    append(schema.entries, prefix: "", to: &lines)
    return lines.joined(separator: "\n") + "\n"
  }

  private static func append(_ entries: [SchemaEntry], prefix: String, to lines: inout [String]) {
    for entry in entries {
      let key = prefix + entry.key
      let byDefault =
        entry.isRequired ? "required" : entry.defaultText.isEmpty ? "" : "`\(entry.defaultText)`"
      lines.append("| `\(key)` | \(entry.expected) | \(byDefault) | \(entry.doc) |")
      append(entry.shape, prefix: key, to: &lines)
    }
  }

  private static func append(_ shape: SchemaShape, prefix: String, to lines: inout [String]) {
    switch shape {
    case .value: return
    case .mapping(let entries): append(entries, prefix: prefix + ".", to: &lines)
    case .named(let inner): append(inner, prefix: prefix + ".NAME", to: &lines)
    case .variants(let key, let variants):
      for variant in variants {
        append(variant.entries, prefix: "\(prefix){\(key): \(variant.name)}.", to: &lines)
      }
    }
  }

  private static func origin(_ location: Location) -> String {
    location.file.hasPrefix("--") ? location.file : location.description
  }
}
