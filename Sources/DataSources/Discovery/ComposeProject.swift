public import Facts

/// What the console needs to know of a compose project.
public struct ComposeProject: Sendable, Equatable {
  /// The project's name, as the containers' labels carry it.
  public var name: String
  /// The directory that relative paths start from.
  public var directory: String
  /// The files, in merge order.
  public var files: [String]
  /// The directory in which compose finds the same files by itself; nil: it is told them.
  public var startedFrom: String?
  /// Where the name is written; nil when it is made of the directory's or told by a variable.
  public var place: Location?
  /// The services, in the order they are written; those whose profile is off included.
  public var services: [ComposeService]
  /// What was not understood or is missing, for people; never a value.
  public var notes: [SafeText]

  /// Makes a project.
  public init(
    name: String,
    directory: String,
    files: [String],
    services: [ComposeService],
    notes: [SafeText] = []
  ) {
    self.name = name
    self.directory = directory
    self.files = files
    self.services = services
    self.notes = notes
  }

  /// Who waits for the good end of a service, which is how it is known to be meant to end; nil if nobody does.
  func waiter(for service: ComposeService) -> ComposeService? {
    service.hasHealthCheck || service.isRestarted
      ? nil : services.first { $0.isActive && $0.awaits.contains(service.name) }
  }

  /// A name as compose makes it of a directory's: lower case letters, digits, `_` and `-`, no `_-` in front.
  public static func normalizedName(_ text: String) -> String {
    let kept = text.lowercased().unicodeScalars.filter { scalar in
      ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || scalar == "_" || scalar == "-"
    }
    return String(String.UnicodeScalarView(kept.drop { $0 == "_" || $0 == "-" }))
  }
}

/// One service of a compose project.
public struct ComposeService: Sendable, Equatable {
  /// The name.
  public var name: String
  /// The image; nil when it is built.
  public var image: String?
  /// The fixed name of its container, with which it can't be scaled; nil: compose's own.
  public var containerName: String?
  /// The ports published on this machine.
  public var ports: [ComposePort] = []
  /// Whether the file gives it a health check; the image may have one of its own.
  public var hasHealthCheck = false
  /// The services it depends on.
  public var dependsOn: [String] = []
  /// Those of them without which compose refuses to start it.
  public var requires: [String] = []
  /// Those of them that must have ended well before it starts.
  public var awaits: [String] = []
  /// Whether the engine starts it anew whenever it has ended.
  public var isRestarted = false
  /// Its environment, `env_file` first; what is only passed on from the process included.
  public var environment: [String: String] = [:]
  /// Where the value of a variable of its environment is to be had again, if it stands in a file or in the
  /// process' own environment.
  public var references: [String: SecretReference] = [:]
  /// What stands behind the secrets that it is given, by the path in the container.
  public var secrets: [String: SecretReference] = [:]
  /// What stands in the secrets that `POSTGRES_PASSWORD_FILE` and its like point at, by the name without
  /// `_FILE`.
  public var fileValues: [String: String] = [:]
  /// Where things are written: the service itself by the empty name, `ports`, `depends_on`,
  /// `environment.NAME`.
  public var places: [String: Location] = [:]
  /// Its command as words; empty: the image's own.
  public var command: [String] = []
  /// The files its environment comes from.
  public var environmentFiles: [String] = []
  /// The profiles it belongs to.
  public var profiles: [String] = []
  /// Whether it belongs to no profile or to one that is on.
  public var isActive = true

  /// Makes a service without anything.
  public init(name: String) {
    self.name = name
  }

  /// The condition of a dependency that must have ended well.
  static let completed = "service_completed_successfully"

  /// The option of Redis' command that is followed by its password.
  static let passwordFlag = "--requirepass"

  /// The password that its command demands; nil: none.
  var requiredPassword: String? {
    let words = command.flatMap(ComposeText.unwrapped)
    guard let flag = words.firstIndex(of: Self.passwordFlag), flag + 1 < words.count else { return nil }
    return words[flag + 1]
  }

  /// Where a port of the container is published; nil when it is not.
  public func published(_ target: Int) -> ComposePort? {
    ports.first { $0.target == target }
  }
}

/// A port of a container and where it is published.
public struct ComposePort: Sendable, Hashable {
  /// The address of this machine that it is bound to; empty: all.
  public var hostAddress: String
  /// The port on this machine.
  public var published: Int
  /// The port in the container.
  public var target: Int

  /// Makes a published port.
  public init(hostAddress: String = "", published: Int, target: Int) {
    self.hostAddress = hostAddress
    self.published = published
    self.target = target
  }

  /// The host to connect to from here, with brackets where an address needs them.
  public var host: String {
    switch hostAddress {
    case "", "0.0.0.0", "::", "[::]": "localhost"
    case let address: address.contains(":") ? "[\(address)]" : address
    }
  }
}
