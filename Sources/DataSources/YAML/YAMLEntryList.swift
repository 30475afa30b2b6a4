internal import Facts

/// The entries of one mapping while they are read: no key twice, merge keys last and weakest.
struct YAMLEntryList {
  private var entries: [YAMLEntry] = []
  private var places: [String: Location] = [:]
  private var merges: [YAMLEntry] = []

  /// Adds an entry.
  /// - Throws: for a key that is there already, and for a `<<` that is no mapping.
  mutating func append(
    _ key: YAMLScalar,
    at location: Location,
    _ value: YAMLNode
  ) throws(YAMLError) {
    if let first = places[key.text] {
      throw YAMLError(
        "the key `\(Self.shown(key.text))` is there twice: first at \(first.line):\(first.column)",
        at: location
      )
    }
    places[key.text] = location
    guard key.text == "<<", key.style == .plain else {
      entries.append(YAMLEntry(key: key.text, keyLocation: location, value: value))
      return
    }
    switch value.content {
    case .mapping(let merged): merges += merged
    case .sequence(let elements):
      for element in elements {
        guard let merged = element.entries else { throw Self.badMerge(element.location) }
        merges += merged
      }
    case .scalar: throw Self.badMerge(value.location)
    }
  }

  /// The mapping's own entries, then those merged into it that it does not have itself.
  var merged: [YAMLEntry] {
    var result = entries
    var keys = Set(entries.map(\.key))
    for entry in merges where keys.insert(entry.key).inserted { result.append(entry) }
    return result
  }

  private static func badMerge(_ location: Location) -> YAMLError {
    YAMLError("`<<` takes a mapping or a list of mappings", at: location)
  }

  /// A key as it may stand in a message: short, and harmless to a terminal.
  private static func shown(_ key: String) -> String {
    SafeText(key, limit: 60).string
  }
}
