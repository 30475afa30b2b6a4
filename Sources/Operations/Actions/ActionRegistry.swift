internal import DataSources

/// One action: what the tables tell of it, and who plans, runs and verifies it.
public struct ActionEntry: Sendable {
  /// What the tables tell.
  public var descriptor: ActionDescriptor
  /// Makes its performer for an environment.
  public var makePerformer: @LoopActor @Sendable (ActionServices) -> any ActionPerformer

  /// Makes an entry.
  public init(
    _ descriptor: ActionDescriptor,
    _ makePerformer: @escaping @LoopActor @Sendable (ActionServices) -> any ActionPerformer
  ) {
    self.descriptor = descriptor
    self.makePerformer = makePerformer
  }
}

/// The one table of everything that the console can do to the world.
///
/// Palette, hint line, help, the row menu, docs/KEYS.md, the command line and the read-only check are
/// all printed from it. To add an action: one entry here, with its performer.
public enum ActionRegistry {
  /// All entries, in the order in which help lists them.
  public static let entries: [ActionEntry] = [
    ActionEntry(
      ActionDescriptor(
        id: .serviceRestart,
        title: "restart",
        key: "r",
        scope: .services,
        target: .service,
        danger: .ofService,
        help: "restart this service and prove that it is back",
        command: "restart SERVICE"
      )
    ) { RestartPerformer($0) },
    ActionEntry(
      ActionDescriptor(
        id: .quickTest,
        title: "quick test",
        key: "t",
        scope: .everywhere,
        target: .environment,
        danger: .always(.mild),
        help: "run one test through the whole framework and follow it to its verdict",
        command: "test quick",
        arguments: [
          .init("script", help: "a UUID or a scenario's name instead of the configured one")
        ]
      )
    ) { QuickTestPerformer($0) },
  ]

  /// All actions, in the same order.
  public static let all = entries.map(\.descriptor)

  /// The action of that id; nil if there is none.
  public static func descriptor(of id: ActionID) -> ActionDescriptor? {
    all.first { $0.id == id }
  }
}
