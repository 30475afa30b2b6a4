public import DataSources
public import Facts

/// Asks the workers of a queue whether they are there.
@LoopActor public struct PingWorkers: WorkerInquiry {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.ping",
    title: "ping workers",
    doing: "asking the workers",
    key: "w",
    targets: [.queue],
    danger: .always(.mild),
    help: "ask the workers of this queue whether they are there",
    command: "workers ping"
  )

  /// The command.
  public nonisolated static let method = "ping"

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Its pong.
  public nonisolated static func lines(of answer: JSONValue, at now: WallTime) -> [String]? {
    answer["ok"]?.text.map { [$0] }
  }
}
