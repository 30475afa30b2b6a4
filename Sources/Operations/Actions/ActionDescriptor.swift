public import Facts

/// What the tables tell of an action: palette, hint line, help, the row menu, docs and command line.
public struct ActionDescriptor: Sendable, Hashable {
  /// How its danger class is found.
  public enum DangerRule: Sendable, Hashable {
    /// Always the same.
    case always(DangerClass)
    /// The service's own `class` in the configuration, 2 unless told.
    case ofService
  }

  /// When it is of use to a service: it is not offered else, and can be asked for all the same.
  public enum Use: Sendable, Hashable {
    case always
    case whileUp
    case whileDown
  }

  /// An argument that the command line or a prompt may give.
  public struct Argument: Sendable, Hashable {
    /// The name: `script`.
    public var name: String
    /// What it is, in a few words.
    public var help: String
    /// Whether the action can't be planned without it.
    public var isRequired: Bool
    /// What it is unless told, where a prompt asks for it all the same and offers this; nil: it isn't asked for.
    public var offered: String?

    /// Describes an argument.
    public init(_ name: String, help: String, isRequired: Bool = false, offered: String? = nil) {
      self.name = name
      self.help = help
      self.isRequired = isRequired
      self.offered = offered
    }
  }

  /// The stable name.
  public var id: ActionID
  /// The verb of a hint: `restart`, `quick test`.
  public var title: String
  /// The same while it goes on: `restarting`.
  public var doing: String
  /// The key that opens its preview, as it is written in help: `r`.
  public var key: String
  /// What it acts on: rows of these kinds, or the environment as a whole.
  public var targets: [TargetKind]
  /// Whether it takes several marked rows at once: one after the other, to the first that fails; see ``isOneStep``.
  public var takesSeveral: Bool
  /// When it is of use to a service.
  public var use: Use
  /// How its danger class is found.
  public var danger: DangerRule
  /// One line of help.
  public var help: String
  /// The words of the command line before its target: `restart`, `queue count`.
  public var command: String
  /// The arguments, in order.
  public var arguments: [Argument]
  /// Whether others may act on its target meanwhile, and do the same: nobody is kept from a restart by a shell.
  public var sharesTarget = false
  /// Whether it only writes down what is said: its verdict is the note.
  public var isNoted = false
  /// Whether all further words of a command line are its last argument.
  public var takesRest = false
  /// Whether it finds its target itself: one that no view lists may be named by its UUID.
  public var takesUnlisted = false
  /// The kind of rows that give its arguments, of one that is about the environment: its key holds among them.
  public var row: TargetKind?

  /// Describes an action; `doing` is its title unless told.
  public init(
    id: ActionID,
    title: String,
    doing: String? = nil,
    key: String,
    targets: [TargetKind],
    takesSeveral: Bool = false,
    use: Use = .always,
    danger: DangerRule,
    help: String,
    command: String,
    arguments: [Argument] = [],
    row: TargetKind? = nil
  ) {
    self.id = id
    self.title = title
    self.doing = doing ?? title
    self.key = key
    self.targets = targets
    self.takesSeveral = takesSeveral
    self.use = use
    self.danger = danger
    self.help = help
    self.command = command
    self.arguments = arguments
    self.row = row
  }

  /// Whether several targets are one step, done or not done together: what only looks or keeps the console's own
  /// records has nothing to lock or to prove in turn.
  public var isOneStep: Bool { takesSeveral && danger == .always(.look) }

  /// Whether all that there are can be meant at once, without being named.
  public var takesAll: Bool { isOneStep || takesSeveral && targets == [.service] }

  /// Whether it is of use to a service that is down, or isn't; to one of which that isn't known it may be.
  public func isOfUse(whileDown isDown: Bool?) -> Bool {
    switch use {
    case .always: true
    case .whileUp: isDown != true
    case .whileDown: isDown != false
    }
  }

  /// Whether a word may name what it acts on though no view lists that.
  public func mayMean(unlisted word: String) -> Bool { takesUnlisted && UUIDText.isWhole(word) }

  /// Whether it is about the environment as a whole, and so needs no row.
  public var isOfEnvironment: Bool { targets.contains(.environment) }
}
