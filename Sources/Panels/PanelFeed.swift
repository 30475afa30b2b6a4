internal import Facts

/// One of the sources of a kind that feeds a panel, and what it told.
struct PanelFeed<Value: Snapshot> {
  /// How it fares.
  let source: PanelSource
  /// What stands before the names of its facts; nil: nothing.
  let qualifier: String?
  /// What it told last; nil before it did.
  let value: Value?

  /// The sources that tell such a snapshot, the first of its kind first; one that isn't configured where there
  /// is none.
  ///
  /// `fact` is the one that each of them tells, named as the first's.
  static func all(_ fact: FactName, _ context: PanelContext) -> [PanelFeed] {
    let now = context.now.monotonic
    let (world, facts) = (context.world, context.world.facts)
    let told = world.snapshots(Value.self)
    func feed(_ id: String?, _ qualifier: String?) -> PanelFeed {
      let stamped = told.first { $0.source == id }
      let known = facts.fact(fact.qualified(by: qualifier), at: now)
      let source = PanelSource(id, sampledAt: stamped?.sampledAt, fact: known, context)
      return PanelFeed(source: source, qualifier: qualifier, value: stamped?.value)
    }
    let further = facts.sourceIDs.filter { id in
      guard let qualifier = world.status(of: id)?.qualifier else { return false }
      return facts.fact(fact.qualified(by: qualifier), at: now) != nil
    }
    let plain = told.first { world.status(of: $0.source)?.qualifier == nil }?.source
    let first = plain ?? facts.fact(fact, at: now)?.origin.source
    let others = further.map { feed($0, $0) }
    return first == nil && !others.isEmpty ? others : [feed(first, nil)] + others
  }
}

extension PanelSource {
  /// The worst of the sources that feed a panel, by which the panel is judged.
  static func worst<Value: Snapshot>(of feeds: [PanelFeed<Value>]) -> PanelSource? {
    feeds.dropFirst().reduce(feeds.first?.source) { worst, feed in
      feed.source.state.severity > worst?.state.severity ?? 0 ? feed.source : worst
    }
  }

  /// How bad a panel is: as the worst of its sources where none is live, else no better than what they tell.
  static func state<Value: Snapshot>(of feeds: [PanelFeed<Value>], telling told: FactState) -> FactState {
    let worst = worst(of: feeds)?.state ?? .nodata
    let own: FactState = worst == .nodata ? .ok : worst
    return feeds.contains { $0.source.isLive } ? FactState.worse(own, told) : own
  }

  /// The worst of the sources of a snapshot, and what all of them told as one.
  static func merged<Value: MergeableSnapshot>(
    _ type: Value.Type,
    fact: FactName,
    _ context: PanelContext
  ) -> (source: PanelSource, value: Value?) {
    let feeds = PanelFeed<Value>.all(fact, context)
    let source = worst(of: feeds) ?? PanelSource(nil, context)
    guard feeds.count > 1 else { return (source, feeds.first?.value) }
    let parts = feeds.compactMap { feed in feed.value.map { (feed.source.id ?? "", $0) } }
    return (source, parts.isEmpty ? nil : Value.merged(parts))
  }
}

extension World {
  /// What a fact is called that this source tells; nil: the first of its kind.
  func name(_ fact: FactName, of source: String?) -> FactName {
    fact.qualified(by: source.flatMap { status(of: $0)?.qualifier })
  }

  /// A fact of the first source of a kind, and those that further ones tell by that name.
  func all(_ name: FactName, _ now: MonotonicTime) -> [Fact] {
    let qualifiers = facts.sourceIDs.compactMap { facts.sources[$0]?.qualifier }
    return ([name] + qualifiers.map { name.qualified(by: $0) }).compactMap { facts.fact($0, at: now) }
  }

  /// What all of them that are known come to, and whether others are missing from it: then it is the least that
  /// there can be.
  func known(_ name: FactName, _ now: MonotonicTime) -> (sum: Double, isLeast: Bool) {
    let all = all(name, now)
    let known = all.compactMap(\.knownValue?.number)
    return (known.reduce(0, +), !known.isEmpty && known.count < all.count)
  }
}
