public import DataSources
public import Facts

/// Shows the tasks that the workers of a queue have taken and not begun.
@LoopActor public struct ReservedTasks: WorkerInquiry {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.reserved",
    title: "reserved tasks",
    doing: "asking the workers",
    key: "h",
    targets: [.queue],
    danger: .always(.mild),
    help: "show the tasks that the workers of this queue hold and have not begun",
    command: "workers reserved"
  )

  /// The command.
  public nonisolated static let method = "reserved"

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
