/// How compose lays one reading of a service over another.
enum ComposeMerge {
  /// The tree with `over` laid over it.
  ///
  /// Mappings are merged by key and lists joined, apart from commands and what carries `!override`;
  /// `!reset` takes a key away. `keepsTags` for what is itself laid over something afterwards.
  static func merged(_ base: YAMLNode?, _ over: YAMLNode, keepsTags: Bool = false) -> YAMLNode? {
    merge(base, over, key: "", keepsTags)
  }

  private static func merge(
    _ base: YAMLNode?,
    _ over: YAMLNode,
    key: String,
    _ keepsTags: Bool
  ) -> YAMLNode? {
    switch over.tag {
    case "!reset": return keepsTags ? over : nil
    case "!override" where keepsTags: return over
    case "!override": return merge(nil, untagged(over), key: key, false)
    default: break
    }
    // In an environment a name without a value takes the value away, too.
    if over.isNull, let base, key != "environment.*" { return base }
    if let entries = over.entries {
      return mapping(base, over, entries, key: key, keepsTags)
    }
    if let elements = over.elements, let before = base?.elements, !replaced.contains(key) {
      var node = over
      node.content = .sequence(before + elements)
      return node
    }
    return over
  }

  /// What stands for itself as a whole.
  private static let replaced: Set = ["command", "entrypoint", "test"]

  private static func mapping(
    _ base: YAMLNode?,
    _ over: YAMLNode,
    _ entries: [YAMLEntry],
    key: String,
    _ keepsTags: Bool
  ) -> YAMLNode {
    var result = base?.entries ?? []
    for entry in entries {
      let inner = key == "environment" ? "environment.*" : entry.key
      let index = result.firstIndex { $0.key == entry.key }
      let value = merge(index.map { result[$0].value }, entry.value, key: inner, keepsTags)
      switch (index, value) {
      case (let index?, let value?):
        result[index] = YAMLEntry(key: entry.key, keyLocation: entry.keyLocation, value: value)
      case (let index?, nil): result.remove(at: index)
      case (nil, let value?):
        result.append(YAMLEntry(key: entry.key, keyLocation: entry.keyLocation, value: value))
      case (nil, nil): continue
      }
    }
    return YAMLNode(.mapping(result), tag: over.tag, at: base?.location ?? over.location)
  }

  private static func untagged(_ node: YAMLNode) -> YAMLNode {
    var node = node
    node.tag = nil
    return node
  }
}
