/// Joins shapes into causes: tells which words of theirs fill a statement in, from all shapes together.
///
/// Two shapes that differ in one word come of one statement with a value there, or of two statements. Which, tells
/// the set of all words that stand there in the same surroundings: four or more are values; fewer are by their spelling, by
/// what stands before them and by whether they stand in statements elsewhere. Words of grammar and forms of verbs state
/// something and stay apart (`opened`, `closed`), unless they stand where a value is expected (`from running to failed`).
/// A word that was seen to be a value counts as one wherever that lets shapes agree, so that what has several values
/// (`User ‹…› on host ‹…›`) needn't be seen in all their combinations. Where long surroundings agree and
/// only a gap of few words doesn't, the gap is a value of several words.
///
/// The outcome depends on the set of shapes alone: each round looks at all of them before it joins any.
struct CauseGrouping {
  /// A group of shapes with the pieces they share.
  struct Node {
    var shapes: [Int]
    /// The hash of each piece, ``MessageToken/valueHash`` for a value.
    var pieces: [UInt64]
    /// What each piece looks like, of the first shape.
    var tokens: ContiguousArray<MessageToken>
    /// The number of lines.
    var lines: Int
  }

  private static let value = MessageToken.valueHash
  /// So many words in the same surroundings are values, however they are spelt.
  private static let many = 4

  /// So many pieces tell a statement without a word of its own: that of a line of an access log.
  private static let longRow = 8

  private let forms: WordForms
  private(set) var nodes: [Node]
  /// Words that were seen to fill in.
  private var values: Set<UInt64> = []
  /// Words that stand alone in their surroundings somewhere: that state.
  private var constants: Set<UInt64> = []

  /// Takes nodes of one shape each, in an order that doesn't depend on that of the lines.
  init(_ nodes: [Node], forms: WordForms) {
    self.nodes = nodes
    self.forms = forms
  }

  /// Joins until nothing joins any more.
  mutating func run() {
    join { $0.pieces }
    for _ in 0..<8 {
      let (before, known) = (nodes.count, values.count)
      joinSiblings()
      if nodes.count == before, values.count == known { break }
    }
    joinGaps()
  }

  // MARK: One word apart

  /// A node at one of its words.
  private struct Place {
    let node: Int
    let at: Int
  }

  /// Whether a word may be taken for a known value: not where it states.
  private func masked(_ node: Node) -> [UInt64] {
    guard !values.isEmpty else { return node.pieces }
    return node.pieces.indices.map { index in
      node.tokens[index].kind == .word && values.contains(node.pieces[index])
        ? Self.value : node.pieces[index]
    }
  }

  private mutating func joinSiblings() {
    let rows = nodes.map(masked)
    var classes: [UInt64: [Place]] = [:]
    for (number, row) in rows.enumerated() {
      let words = row.indices.filter { nodes[number].tokens[$0].kind == .word && row[$0] != Self.value }.count
      // Each surrounding is the sum of what stands at its places, less one of them: a row costs its length.
      let terms = row.indices.map { StableHash.finish(StableHash.join(UInt64($0) &* 0x9E37_79B9, row[$0])) }
      let sum = terms.reduce(UInt64(row.count) &* 0xD1B5_4A32_D192_ED03, &+)
      for index in row.indices where nodes[number].tokens[index].kind != .mark {
        let anchors = words - (row[index] == Self.value ? 0 : 1)
        guard anchors > 0 || row.count >= Self.longRow else { continue }
        let hole = StableHash.finish(StableHash.join(UInt64(index) &* 0x9E37_79B9, 0x484F_4C45))
        classes[sum &- terms[index] &+ hole, default: []].append(Place(node: number, at: index))
      }
    }
    learnConstants(classes)
    var links = Links(nodes.count)
    for (_, places) in classes where places.count > 1 { decide(places, rows, &links) }
    // Rows that are the same once known values are masked are of one statement.
    var byRow: [[UInt64]: Int] = [:]
    for (number, row) in rows.enumerated() where row.contains(where: { $0 > 255 && $0 != Self.value }) {
      if let other = byRow[row] { links.unite(number, other) } else { byRow[row] = number }
    }
    apply(&links)
  }

  private mutating func learnConstants(_ classes: [UInt64: [Place]]) {
    constants = []
    for (_, places) in classes where places.count == 1 {
      let node = nodes[places[0].node]
      if node.tokens[places[0].at].kind == .word { constants.insert(node.pieces[places[0].at]) }
    }
  }

  /// Decides of the words at one place in the same surroundings.
  private mutating func decide(_ places: [Place], _ rows: [[UInt64]], _ links: inout Links) {
    var free: Set<UInt64> = []
    var stating: Set<UInt64> = []
    var hasValue = false
    var weight = 0.0
    let isSlot = isSlot(places[0])
    for place in places {
      let node = nodes[place.node]
      let piece = node.pieces[place.at]
      if piece == Self.value {
        hasValue = true
      } else if forms.isGrammar(piece) || (node.tokens[place.at].spelling.contains(.states) && !isSlot) {
        stating.insert(piece)
      } else if free.insert(piece).inserted {
        weight += likeness(node, place.at, isSlot)
      }
    }
    let areMany = free.count >= Self.many
    let isAnchored = rows[places[0].node].indices.contains { index in
      index != places[0].at && rows[places[0].node][index] > 255 && rows[places[0].node][index] != Self.value
    }
    guard areMany || isAnchored else { return }
    let areValues =
      areMany || (hasValue && !free.isEmpty) || (free.count > 1 && weight / Double(free.count) >= 0.5)
    guard areValues else {
      if hasValue { unite(places, &links) { $0 == Self.value } }
      return
    }
    if areMany { values.formUnion(free) }
    // Among many names one that looks like a verb (`named`) is a name, too.
    let all = stating.count * 4 <= free.count ? free.union(stating) : free
    unite(places, &links) { $0 == Self.value || all.contains($0) }
  }

  private func unite(_ places: [Place], _ links: inout Links, where isIn: (UInt64) -> Bool) {
    var first: Int?
    for place in places where isIn(nodes[place.node].pieces[place.at]) {
      if let first { links.unite(first, place.node) } else { first = place.node }
    }
  }

  /// Whether a value is expected at a place: behind `from`, `user`, `state`.
  private func isSlot(_ place: Place) -> Bool {
    place.at > 0 && forms.opensSlot(nodes[place.node].pieces[place.at - 1])
  }

  /// How much a word looks like a value, from 0 to 1.
  ///
  /// What begins a statement rather names what it is about.
  private func likeness(_ node: Node, _ at: Int, _ isSlot: Bool) -> Double {
    let token = node.tokens[at]
    let begins = !node.tokens[..<at].contains { $0.kind == .word }
    var likeness = 0.4
    if !token.spelling.isDisjoint(with: [.hump, .underscore, .dash, .dot, .other]) {
      likeness = begins ? 0.5 : 0.8
    } else if token.spelling.contains(.capital) {
      likeness = begins ? 0.2 : 0.5
    } else if begins {
      likeness = 0.3
    }
    if isSlot { likeness += 0.2 }
    if constants.contains(node.pieces[at]) { likeness -= 0.3 }
    return likeness
  }

  // MARK: Gaps

  private mutating func joinGaps() {
    var classes: [UInt64: [Int]] = [:]
    for (number, node) in nodes.enumerated() {
      guard let first = node.pieces.first, let last = node.pieces.last, node.pieces.count > 3 else {
        continue
      }
      classes[StableHash.join(first, last), default: []].append(number)
    }
    var links = Links(nodes.count)
    for (_, members) in classes where members.count > 1 && members.count <= 256 {
      for (index, one) in members.enumerated() {
        for two in members[(index + 1)...] where agreeButForGap(nodes[one], nodes[two]) {
          links.unite(one, two)
        }
      }
    }
    apply(&links)
  }

  /// Whether two nodes agree but for one gap of words, which is short against what they agree in.
  private func agreeButForGap(_ one: Node, _ two: Node) -> Bool {
    guard one.pieces.count != two.pieces.count, let range = gap(one, two), !range.one.isEmpty,
      !range.two.isEmpty
    else {
      return false
    }
    let longest = max(range.one.count, range.two.count)
    let anchors = (Array(0..<range.one.lowerBound) + Array(range.one.upperBound..<one.pieces.count))
      .count { one.tokens[$0].kind == .word && one.pieces[$0] != Self.value }
    guard anchors >= 3, anchors >= 2 * longest - 1 else { return false }
    func isFree(_ node: Node, _ range: Range<Int>) -> Bool {
      range.allSatisfy { index in
        node.tokens[index].kind != .mark && !node.tokens[index].spelling.contains(.states)
      }
    }
    return isFree(one, range.one) && isFree(two, range.two)
  }

  private func gap(_ one: Node, _ two: Node) -> (one: Range<Int>, two: Range<Int>)? {
    let shorter = min(one.pieces.count, two.pieces.count)
    var front = 0
    while front < shorter, one.pieces[front] == two.pieces[front] { front += 1 }
    var back = 0
    while back < shorter - front,
      one.pieces[one.pieces.count - 1 - back] == two.pieces[two.pieces.count - 1 - back]
    {
      back += 1
    }
    guard back > 0, front > 0 else { return nil }
    return (front..<one.pieces.count - back, front..<two.pieces.count - back)
  }

  // MARK: Joining

  private mutating func join(by key: (Node) -> [UInt64]) {
    var known: [[UInt64]: Int] = [:]
    var links = Links(nodes.count)
    for (number, node) in nodes.enumerated() {
      if let other = known[key(node)] { links.unite(number, other) } else { known[key(node)] = number }
    }
    apply(&links)
  }

  /// Makes one node of those that are linked; what differs in them is a value.
  private mutating func apply(_ links: inout Links) {
    var made: [Node] = []
    var numbers: [Int: Int] = [:]
    for (number, node) in nodes.enumerated() {
      let root = links.root(number)
      guard let target = numbers[root] else {
        numbers[root] = made.count
        made.append(node)
        continue
      }
      made[target].shapes += node.shapes
      made[target].lines += node.lines
      merge(node, into: &made[target])
    }
    nodes = made
  }

  private func merge(_ node: Node, into target: inout Node) {
    if node.pieces.count == target.pieces.count {
      for index in node.pieces.indices where node.pieces[index] != target.pieces[index] {
        target.pieces[index] = Self.value
      }
    } else if let range = gap(target, node)?.one, let first = range.first {
      target.pieces[first] = Self.value
      target.tokens[first].kind = .value
      target.pieces.removeSubrange(first + 1..<range.upperBound)
      target.tokens.removeSubrange(first + 1..<range.upperBound)
    }
  }
}

/// What belongs together, as links are found one by one.
struct Links {
  private var parents: [Int]

  init(_ count: Int) { parents = Array(0..<count) }

  /// The least of all that belong to a member.
  mutating func root(_ member: Int) -> Int {
    var root = member
    while parents[root] != root { root = parents[root] }
    var member = member
    while parents[member] != root { (member, parents[member]) = (parents[member], root) }
    return root
  }

  mutating func unite(_ one: Int, _ two: Int) {
    let (one, two) = (root(one), root(two))
    parents[max(one, two)] = min(one, two)
  }
}
