public import Facts

/// Where a secret is to be had; the configuration never holds one itself.
public enum SecretReference: Sendable, Equatable {
  /// The environment variable of that name: `{env: RABBITMQ_PASS}`.
  case environment(String)
  /// The first line of a file that only its owner can read: `{file: ~/.secrets/rabbit}`.
  case file(String)
  /// A variable of an env file such as compose reads: `{file: /srv/app/.env, key: RABBITMQ_PASS}`.
  case keyInFile(String, key: String)
  /// The first line that a command prints, run without a shell: `{command: [pass, show, rabbit]}`.
  case command([String])
  /// Found in a compose file; given only to this machine's own addresses and never written anywhere.
  case discovered(Secret)

  /// The reference as it may be shown: `env RABBITMQ_PASS`, `file /path`, `command pass`, `found in compose`.
  public var description: String {
    switch self {
    case .environment(let name): "env \(name)"
    case .file(let path): "file \(path)"
    case .keyInFile(let path, let key): "\(key) in \(path)"
    case .command(let arguments): "command \(arguments.first ?? "")"
    case .discovered: "found in compose"
    }
  }

  /// Whether two references lead to the same secret by the same way.
  public static func == (left: SecretReference, right: SecretReference) -> Bool {
    switch (left, right) {
    case (.environment(let one), .environment(let other)): one == other
    case (.file(let one), .file(let other)): one == other
    case (.keyInFile(let path, let key), .keyInFile(let otherPath, let otherKey)):
      path == otherPath && key == otherKey
    case (.command(let one), .command(let other)): one == other
    case (.discovered(let one), .discovered(let other)): one.matches(other)
    case (.environment, _), (.file, _), (.keyInFile, _), (.command, _), (.discovered, _): false
    }
  }
}

/// A text that may be written down, or a reference to one that may not: an email, a user.
public enum TextOrReference: Sendable, Equatable {
  /// The text itself.
  case text(String)
  /// Where to get it.
  case reference(SecretReference)
}
