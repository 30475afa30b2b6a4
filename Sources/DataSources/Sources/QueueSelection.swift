internal import Facts

/// The queues of a broker that are told: the main one, and of very many others the worst.
///
/// Each has eight facts, a history of them and a line on the screen; thousands of them would keep the loop
/// from its keys.
struct QueueSelection: Sendable {
  /// The most queues beside the main one.
  static let cap = 200

  /// The main queue first, then by name.
  var queues: [QueuesSnapshot.Queue]
  /// How many are the machinery's own.
  var hidden: Int
  /// How many are left out because the configuration says so.
  var ignored: Int
  /// How many others are not among `queues`.
  var omitted: Int

  /// Chooses among all queues of a broker: the broken, then those with messages and no consumer, then by depth.
  ///
  /// The main queue is always told, whatever the patterns of `ignored` say.
  init(_ all: [QueuesSnapshot.Queue], vhost: String, mainQueue: String, ignored patterns: [String] = []) {
    let shown = all.filter { !QueueReply.isHidden($0.name) }
    let main = shown.filter { $0.name == mainQueue && $0.vhost == vhost }
    var others = shown.filter { $0.name != mainQueue || $0.vhost != vhost }
    let globs = patterns.map(NamePattern.init)
    if !globs.isEmpty { others.removeAll { queue in globs.contains { $0.matches(queue.name) } } }
    hidden = all.count - shown.count
    ignored = shown.count - main.count - others.count
    if others.count > Self.cap { others = Array(others.sorted(by: Self.isWorse).prefix(Self.cap)) }
    queues = main + others.sorted(by: Self.precedes)
    omitted = shown.count - ignored - queues.count
  }

  private static func precedes(_ left: QueuesSnapshot.Queue, _ right: QueuesSnapshot.Queue) -> Bool {
    (left.vhost, left.name) < (right.vhost, right.name)
  }

  private static func isWorse(_ left: QueuesSnapshot.Queue, _ right: QueuesSnapshot.Queue) -> Bool {
    if left.isBroken != right.isBroken { return left.isBroken }
    if left.isOrphaned != right.isOrphaned { return left.isOrphaned }
    let (leftDepth, rightDepth) = (left.depth ?? -1, right.depth ?? -1)
    // Equal ones go by name, or they would come and go with every poll.
    return leftDepth != rightDepth ? leftDepth > rightDepth : precedes(left, right)
  }
}

/// A pattern of names in which `*` stands for any text and `?` for one character.
struct NamePattern: Sendable, Hashable {
  private let pattern: [Character]

  init(_ text: String) {
    pattern = Array(text)
  }

  /// Whether the whole name is of this pattern; takes no longer than the product of both lengths.
  func matches(_ name: String) -> Bool {
    let name = Array(name)
    var (at, position) = (0, 0)
    var star: (at: Int, position: Int)?
    while position < name.count {
      if at < pattern.count, pattern[at] == "*" {
        star = (at, position)
        at += 1
      } else if at < pattern.count, pattern[at] == "?" || pattern[at] == name[position] {
        at += 1
        position += 1
      } else if let last = star {
        star = (last.at, last.position + 1)
        (at, position) = (last.at + 1, last.position + 1)
      } else {
        return false
      }
    }
    return pattern[at...].allSatisfy { $0 == "*" }
  }
}
