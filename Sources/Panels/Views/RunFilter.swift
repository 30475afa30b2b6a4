internal import Facts
internal import Operations

/// What is typed to narrow the runs: words that a row must hold, and terms such as `status:failed`, `since:2h`,
/// `suite:smoke` and `cause:timeout`, all of which must hold.
struct RunFilter {
  /// One condition.
  enum Term: Hashable {
    /// The text stands in one of the row's.
    case text(String)
    case status(String)
    case suite(String)
    /// It changed within so long.
    case since(Duration)
    /// A cause's name or the beginning of it, its class, or words of its template.
    case cause(String)
    /// Nothing can be told by it: no row is left.
    case unreadable
  }

  let terms: [Term]

  /// Reads what was typed; a word with a colon that names no term is a text like others.
  init(_ filter: String) {
    var text: [Substring] = []
    var terms: [Term] = []
    for word in filter.split(separator: " ") {
      if let term = Self.term(word) { terms.append(term) } else { text.append(word) }
    }
    // What is typed without a term is looked for as it stands, its spaces too.
    if terms.isEmpty {
      self.terms = filter.isEmpty ? [] : [.text(filter.lowercased())]
    } else {
      self.terms = terms + (text.isEmpty ? [] : [.text(text.joined(separator: " ").lowercased())])
    }
  }

  private static func term(_ word: Substring) -> Term? {
    guard let colon = word.firstIndex(of: ":") else { return nil }
    let value = word[word.index(after: colon)...].lowercased()
    let make: (String) -> Term
    switch word[..<colon].lowercased() {
    case "status": make = Term.status
    case "suite", "name": make = Term.suite
    case "cause": make = Term.cause
    case "since":
      make = { text in
        guard let time = try? Duration(parsing: text), time > .zero else { return .unreadable }
        return .since(time)
      }
    default: return nil
    }
    // A term that is still being typed leaves all.
    return value.isEmpty ? .text("") : make(value)
  }

  /// The rows that all terms leave.
  func rows(
    _ rows: [RunRow],
    _ texts: (RunRow) -> [String],
    _ context: PanelContext
  ) -> [RunRow] {
    terms.reduce(rows) { rows, term in
      switch term {
      case .text(let text): return RowFilter.rows(rows, text, texts)
      case .status(let word): return rows.filter { $0.status.string.lowercased().hasPrefix(word) }
      case .suite(let word): return rows.filter { $0.name?.string.lowercased().contains(word) ?? false }
      case .since(let time):
        let start = context.now.wall - time
        return rows.filter { $0.updatedAt >= start }
      case .cause(let word):
        let ids = Self.runs(of: word, context)
        return rows.filter { ids.contains($0.id) }
      case .unreadable: return []
      }
    }
  }

  /// The runs in which a cause of that name, class or words occurred.
  private static func runs(of word: String, _ context: PanelContext) -> Set<String> {
    let causes = context.world.snapshot(RunCauses.self)?.value.causes ?? []
    return causes.filter { cause in
      cause.name.hasPrefix(word) || cause.kind.word.contains(word)
        || cause.template.string.lowercased().contains(word)
    }.reduce(into: []) { $0.formUnion($1.runs) }
  }
}
