import DataSources

/// The facts that people know by other words than their names: those of header, tiles and docs.
enum CalledFacts {
  /// All that there are.
  static let all = SourceCatalog.standard.kinds.flatMap { $0.facts }.filter { !$0.words.isEmpty }

  /// Those whose name or words hold what was typed; none for a letter or two.
  static func answering(_ typed: String) -> [FactFamily] {
    let typed = typed.lowercased()
    guard typed.count > 2 else { return [] }
    return all.filter { family in ([family.name] + family.words).contains { $0.contains(typed) } }
  }
}
