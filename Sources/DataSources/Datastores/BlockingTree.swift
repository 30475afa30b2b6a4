/// Who waits for whom, the ones that nobody holds up first and those that wait for them below.
struct BlockingTree {
  /// One of the tree, and how deep it stands.
  struct Place: Hashable {
    var pid: Int
    var depth: Int
    /// How many wait for it, whoever is between them.
    var waiting: Int
  }

  /// By whom each is held up; those that wait for nobody have none.
  private let blockers: [Int: [Int]]
  private var waiters: [Int: [Int]] = [:]

  init(_ blockers: [Int: [Int]]) {
    self.blockers = blockers
    for (pid, holders) in blockers { for holder in holders { waiters[holder, default: []].append(pid) } }
    for pid in waiters.keys { waiters[pid]?.sort() }
  }

  /// Everybody once: below the first of those that hold it up.
  ///
  /// A circle begins at its least.
  var places: [Place] {
    var seen: Set<Int> = []
    var places: [Place] = []
    func add(_ pid: Int, _ depth: Int) {
      guard seen.insert(pid).inserted else { return }
      places.append(Place(pid: pid, depth: depth, waiting: count(behind: pid)))
      for waiter in waiters[pid] ?? [] { add(waiter, depth + 1) }
    }
    let all = Set(blockers.keys).union(waiters.keys)
    let roots = all.filter { blockers[$0]?.isEmpty ?? true }
    for pid in roots.sorted(by: { (-count(behind: $0), $0) < (-count(behind: $1), $1) }) { add(pid, 0) }
    for pid in all.sorted() { add(pid, 0) }
    return places
  }

  /// How many wait for it.
  private func count(behind pid: Int) -> Int {
    var seen: Set<Int> = [pid]
    var next = [pid]
    while let one = next.popLast() {
      for waiter in waiters[one] ?? [] where seen.insert(waiter).inserted { next.append(waiter) }
    }
    return seen.count - 1
  }
}
