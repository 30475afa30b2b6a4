/// Who asks an HTTP server, by reference.
public enum HTTPCredentialSettings: Sendable, Equatable {
  /// HTTP Basic.
  case basic(user: String, password: SecretReference)
  /// A bearer token.
  case bearer(SecretReference)
}

/// One entry of `sources`: an id, what it is, and how often it is asked.
public struct SourceDefinition: Sendable, Equatable {
  /// Settings of any kind, equal to those of the same kind and values.
  private struct Box: Sendable, Equatable {
    var settings: any SourceSettings

    static func == (left: Box, right: Box) -> Bool {
      left.settings.isEqual(to: right.settings)
    }
  }

  /// The id, unique in its environment.
  public var id: String
  private var box: Box
  /// The time between two polls; nil: the kind's own, see ``SourceSettings/defaultInterval``.
  public var interval: Duration?
  /// The time a poll may take; nil: the kind's own, see ``SourceSettings/defaultDeadline``.
  public var deadline: Duration?
  /// Whether a password may go to another machine without encryption.
  public var allowsCleartext = false
  /// Where it is written; nil when it was found, not written.
  public var location: Location?

  /// What it is and where.
  public var settings: any SourceSettings {
    get { box.settings }
    set { box.settings = newValue }
  }

  /// Makes a definition.
  public init(
    id: String,
    settings: any SourceSettings,
    interval: Duration? = nil,
    deadline: Duration? = nil,
    location: Location? = nil
  ) {
    self.id = id
    box = Box(settings: settings)
    self.interval = interval
    self.deadline = deadline
    self.location = location
  }
}
