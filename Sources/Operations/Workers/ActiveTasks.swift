public import DataSources
public import Facts

/// Shows what the workers of a queue are doing, task by task.
@LoopActor public struct ActiveTasks: WorkerInquiry {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.active",
    title: "active tasks",
    doing: "asking the workers",
    key: "#",
    targets: [.queue],
    danger: .always(.mild),
    help: "show what the workers of this queue are doing",
    command: "workers active"
  )

  /// The command.
  public nonisolated static let method = "active"

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// A line a task.
  public nonisolated static func lines(of answer: JSONValue, at now: WallTime) -> [String]? {
    TaskList.lines(of: answer, at: now)
  }
}
