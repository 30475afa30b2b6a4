internal import Facts

/// The queues of a broker that are told: the main one, and of very many others the worst.
///
/// Each has seven facts, a history of them and a line on the screen; thousands of them would keep the loop
/// from its keys.
struct QueueSelection: Sendable {
  /// The most queues beside the main one.
  static let cap = 200

  /// The main queue first, then by name.
  var queues: [QueuesSnapshot.Queue]
  /// How many are the machinery's own.
  var hidden: Int
  /// How many others are not among `queues`.
  var omitted: Int

  /// Chooses among all queues of a broker: those with messages and no consumer first, then by depth.
  init(_ all: [QueuesSnapshot.Queue], vhost: String, mainQueue: String) {
    let shown = all.filter { !QueueReply.isHidden($0.name) }
    let main = shown.filter { $0.name == mainQueue && $0.vhost == vhost }
    var others = shown.filter { $0.name != mainQueue || $0.vhost != vhost }
    if others.count > Self.cap { others = Array(others.sorted(by: Self.isWorse).prefix(Self.cap)) }
    queues = main + others.sorted(by: Self.precedes)
    hidden = all.count - shown.count
    omitted = shown.count - queues.count
  }

  private static func precedes(_ left: QueuesSnapshot.Queue, _ right: QueuesSnapshot.Queue) -> Bool {
    (left.vhost, left.name) < (right.vhost, right.name)
  }

  private static func isWorse(_ left: QueuesSnapshot.Queue, _ right: QueuesSnapshot.Queue) -> Bool {
    if left.isOrphaned != right.isOrphaned { return left.isOrphaned }
    let (leftDepth, rightDepth) = (left.depth ?? -1, right.depth ?? -1)
    // Equal ones go by name, or they would come and go with every poll.
    return leftDepth != rightDepth ? leftDepth > rightDepth : precedes(left, right)
  }
}
