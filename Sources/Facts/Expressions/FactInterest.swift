/// The facts that some conditions read: they need to be evaluated again only when there is news of one.
public struct FactInterest: Sendable, Hashable {
  private let names: Set<FactName>
  private let patterns: [FactPattern]

  /// What these conditions read.
  public init(_ conditions: [Condition]) {
    names = conditions.reduce(into: []) { $0.formUnion($1.names) }
    patterns = conditions.flatMap(\.patterns)
  }

  /// Whether any of `news` is read.
  public func isTouched(by news: Set<FactName>) -> Bool {
    names.contains(where: news.contains)
      || !patterns.isEmpty && news.contains { name in patterns.contains { $0.matches(name) } }
  }
}
