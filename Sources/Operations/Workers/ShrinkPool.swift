public import DataSources
internal import Facts

/// Takes processes from each worker of a queue, and proves it by counting them.
@LoopActor public struct ShrinkPool: PoolChange {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "workers.shrink",
    title: "shrink pool",
    doing: "shrinking the pool",
    key: "[",
    targets: [.queue],
    danger: .always(.disruptive),
    help: "take processes from each worker of this queue, and count them before and after",
    command: "workers shrink",
    arguments: [.init("count", help: "how many fewer each, 1 unless told", offered: "1")]
  )

  /// The command.
  public nonisolated static let method = "pool_shrink"
  /// Which way a pool changes.
  public nonisolated static let sign = -1

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }
}
