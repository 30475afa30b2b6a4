/// The one table of everything that the console can do to the world.
///
/// Palette, hint line, help, the row menu, docs/KEYS.md, the command line and the read-only check are
/// all printed from it. To add an action: one entry here, with its performer.
public enum ActionRegistry {
  /// All actions, in the order in which help lists them.
  public static let all: [ActionDescriptor] = [
    ActionDescriptor(
      id: .serviceRestart,
      title: "restart",
      key: "r",
      scope: .services,
      target: .service,
      danger: .ofService,
      help: "restart this service and prove that it is back",
      command: "restart SERVICE"
    ),
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
    ),
  ]

  /// The action of that id; nil if there is none.
  public static func descriptor(of id: ActionID) -> ActionDescriptor? {
    all.first { $0.id == id }
  }
}
