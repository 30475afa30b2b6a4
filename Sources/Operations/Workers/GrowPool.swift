public import DataSources
internal import Facts

/// Gives each worker of a queue more processes, and proves it by counting them.
@LoopActor public struct GrowPool: PoolChange {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.grow",
    title: "grow pool",
    doing: "growing the pool",
    key: "]",
    targets: [.queue],
    danger: .always(.mild),
    help: "give each worker of this queue more processes, and count them before and after",
    command: "workers grow",
    arguments: [.init("count", help: "how many more each, 1 unless told", offered: "1")]
  )

  /// The command.
  public nonisolated static let method = "pool_grow"
  /// Which way a pool changes.
  public nonisolated static let sign = 1

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }
}
