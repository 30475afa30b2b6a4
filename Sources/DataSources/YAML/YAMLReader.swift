/// Reads one YAML document strictly: no key twice, no bombs, no other encodings, no second document.
public struct YAMLReader {
  /// The most bytes of a text.
  public static let sizeLimit = 1 << 20
  /// The most values of a document, aliases expanded.
  public static let nodeLimit = 20_000
  /// The most lists and mappings inside each other.
  public static let depthLimit = 64

  /// A value that carries an anchor, and what using it again costs.
  private struct Anchored {
    var node: YAMLNode
    var size: Int
    var height: Int
  }

  private let events: YAMLEvents
  private let file: String
  private var anchors: [String: Anchored] = [:]
  private var open: Set<String> = []
  private var count = 0

  private init(_ events: YAMLEvents, file: String) {
    self.events = events
    self.file = file
  }

  /// Reads the document in `bytes`; an empty text is a null.
  /// - Parameters:
  ///   - bytes: UTF-8; a byte order mark is skipped.
  ///   - file: the name that locations carry.
  /// - Returns: the document's one value.
  /// - Throws: the first thing that is wrong, and where; it never traps, whatever the bytes.
  public static func read(_ bytes: [UInt8], file: String) throws(YAMLError) -> YAMLNode {
    let documents = try documents(bytes, file: file, limit: 1)
    return documents.first ?? YAMLNode(.scalar(YAMLScalar("")), at: Location(file: file, line: 1, column: 1))
  }

  /// Reads every document in `bytes`, at most `limit`; none in an empty text.
  ///
  /// An anchor holds in the document that it stands in.
  public static func documents(
    _ bytes: [UInt8],
    file: String,
    limit: Int = 64
  ) throws(YAMLError) -> [YAMLNode] {
    let start = Location(file: file, line: 1, column: 1)
    guard bytes.count <= sizeLimit else {
      throw YAMLError("the file is larger than 1 MiB", at: start)
    }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    if let offset = TextPlace.firstInvalidByte(in: text) {
      throw YAMLError(
        "these bytes are not UTF-8",
        at: TextPlace.location(ofByte: offset, in: text, file: file)
      )
    }
    var reader = YAMLReader(YAMLEvents(text, file: file), file: file)
    return try reader.documents(limit)
  }

  /// Reads the document in `text`, see ``read(_:file:)-([UInt8],_)``.
  public static func read(_ text: String, file: String) throws(YAMLError) -> YAMLNode {
    try read(Array(text.utf8), file: file)
  }

  private mutating func documents(_ limit: Int) throws(YAMLError) -> [YAMLNode] {
    var roots: [YAMLNode] = []
    while true {
      let event = try events.next()
      switch event.kind {
      case .streamEnd: return roots
      case .documentStart where roots.count == limit:
        throw YAMLError(
          limit == 1
            ? "a second document begins here: only one is read" : "more than \(limit) documents",
          at: event.location
        )
      case .documentStart:
        anchors = [:]
        roots.append(try node(try events.next(), depth: 0).node)
      case .documentEnd, .other, .alias, .scalar, .sequenceStart, .mappingStart, .sequenceEnd,
        .mappingEnd:
        continue
      }
    }
  }

  private mutating func node(_ event: YAMLEvent, depth: Int) throws(YAMLError) -> Anchored {
    guard depth <= Self.depthLimit else {
      throw YAMLError("nested deeper than \(Self.depthLimit) levels", at: event.location)
    }
    switch event.kind {
    case .alias(let name): return try alias(name, at: event.location, depth: depth)
    case .scalar(let scalar, let tag, let anchor):
      try add(1, at: event.location)
      let node = YAMLNode(.scalar(scalar), tag: Self.meaningful(tag), at: event.location)
      return remember(Anchored(node: node, size: 1, height: 0), as: anchor)
    case .sequenceStart(let tag, let anchor):
      return try collection(event, tag, anchor) { reader throws(YAMLError) in
        try reader.sequence(depth: depth)
      }
    case .mappingStart(let tag, let anchor):
      return try collection(event, tag, anchor) { reader throws(YAMLError) in
        try reader.mapping(depth: depth)
      }
    case .streamEnd, .documentStart, .documentEnd, .sequenceEnd, .mappingEnd, .other:
      throw YAMLError("expected a value", at: event.location)
    }
  }

  private mutating func collection(
    _ event: YAMLEvent,
    _ tag: String?,
    _ anchor: String?,
    _ content: (inout YAMLReader) throws(YAMLError) -> (YAMLNode.Content, Int)
  ) throws(YAMLError) -> Anchored {
    try add(1, at: event.location)
    if let anchor { open.insert(anchor) }
    let before = count
    let (content, height) = try content(&self)
    if let anchor { open.remove(anchor) }
    let node = YAMLNode(content, tag: Self.meaningful(tag), at: event.location)
    return remember(Anchored(node: node, size: count - before + 1, height: height + 1), as: anchor)
  }

  private mutating func sequence(depth: Int) throws(YAMLError) -> (YAMLNode.Content, Int) {
    var elements: [YAMLNode] = []
    var height = 0
    while true {
      let event = try events.next()
      if case .sequenceEnd = event.kind { return (.sequence(elements), height) }
      let element = try node(event, depth: depth + 1)
      height = max(height, element.height)
      elements.append(element.node)
    }
  }

  private mutating func mapping(depth: Int) throws(YAMLError) -> (YAMLNode.Content, Int) {
    var entries = YAMLEntryList()
    var height = 0
    while true {
      let event = try events.next()
      if case .mappingEnd = event.kind { return (.mapping(entries.merged), height) }
      guard case .scalar(let key, _, _) = event.kind else {
        throw YAMLError("a key must be a plain or quoted text", at: event.location)
      }
      _ = try node(event, depth: depth + 1)
      let value = try node(try events.next(), depth: depth + 1)
      height = max(height, value.height)
      try entries.append(key, at: event.location, value.node)
    }
  }

  private mutating func alias(
    _ name: String,
    at location: Location,
    depth: Int
  ) throws(YAMLError) -> Anchored {
    guard let anchored = anchors[name] else {
      let why = open.contains(name) ? "stands inside its own value" : "has no anchor before it"
      throw YAMLError("the alias `*\(name)` \(why)", at: location)
    }
    guard depth + anchored.height <= Self.depthLimit else {
      throw YAMLError("nested deeper than \(Self.depthLimit) levels by this alias", at: location)
    }
    try add(anchored.size, at: location)
    return anchored
  }

  private mutating func remember(_ anchored: Anchored, as anchor: String?) -> Anchored {
    if let anchor { anchors[anchor] = anchored }
    return anchored
  }

  private mutating func add(_ nodes: Int, at location: Location) throws(YAMLError) {
    count += nodes
    guard count <= Self.nodeLimit else {
      throw YAMLError("more than \(Self.nodeLimit) values, aliases counted as often as used", at: location)
    }
  }

  /// `!!str` and its like say nothing about a collection; a plain scalar becomes a string by it.
  private static func meaningful(_ tag: String?) -> String? {
    switch tag {
    case "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq": nil
    case let tag: tag
    }
  }
}
