public import Facts

/// What is typed to narrow the runs: words that a row must hold, and terms such as `status:failed`, `since:2h`,
/// `suite:smoke` and `cause:timeout`, all of which must hold.
public struct RunFilter: Sendable, Hashable {
  /// One condition.
  public enum Term: Sendable, Hashable {
    /// The text stands in one of the row's.
    case text(String)
    case status(String)
    case suite(String)
    /// It changed within so long.
    case since(Duration)
    /// A cause's name or the beginning of it, its class, or words of its template.
    case cause(String)
    /// A time that is none: no row is left, and what was typed is told.
    case unreadable(String)
  }

  let terms: [Term]

  /// Takes conditions as they are.
  public init(_ terms: [Term]) { self.terms = terms }

  /// Reads what was typed; a word with a colon that names no term is a text like others.
  public init(_ filter: String) {
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

  /// What of it can't be read, and what would be; nil if all can.
  public var problem: SafeText? {
    for case .unreadable(let text) in terms {
      return "since:\(SafeText(text)) is no time, as since:30m and since:2h are"
    }
    return nil
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
        guard let time = try? Duration(parsing: text), time > .zero else { return .unreadable(text) }
        return .since(time)
      }
    default: return nil
    }
    // A term that is still being typed leaves all.
    return value.isEmpty ? .text("") : make(value)
  }

  /// The rows that all terms leave; `holds` tells whether a row's texts hold a text in small letters.
  public func rows(
    _ rows: [RunRow],
    _ causes: RunCauses?,
    at now: WallTime,
    holds: (RunRow, String) -> Bool
  ) -> [RunRow] {
    terms.reduce(rows) { rows, term in
      switch term {
      case .text(let text): return text.isEmpty ? rows : rows.filter { holds($0, text) }
      case .status(let word): return rows.filter { $0.status.string.lowercased().hasPrefix(word) }
      case .suite(let word): return rows.filter { $0.name?.string.lowercased().contains(word) ?? false }
      case .since(let time):
        let start = now - time
        return rows.filter { $0.updatedAt >= start }
      case .cause(let word):
        let ids = (causes?.named(word) ?? []).reduce(into: Set()) { $0.formUnion($1.runs) }
        return rows.filter { ids.contains($0.id) }
      case .unreadable: return []
      }
    }
  }
}
