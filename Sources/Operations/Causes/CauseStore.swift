#if canImport(Glibc)
internal import Glibc
#endif

/// How often something was seen, and when.
struct CauseTally {
  var lines = 0
  /// Seconds since 1970; nil if no line told its time.
  var first: Double?
  var last: Double?

  mutating func add(_ time: Double?, _ count: Int = 1) {
    lines += count
    guard let time else { return }
    first = first.map { min($0, time) } ?? time
    last = last.map { max($0, time) } ?? time
  }

  mutating func add(_ other: CauseTally) {
    lines += other.lines
    first = [first, other.first].compactMap { $0 }.min()
    last = [last, other.last].compactMap { $0 }.max()
  }
}

/// Counts messages by their shape, the sequence of their pieces with the values masked, and keeps some exact texts of each.
///
/// Its room goes by the number of shapes, not of lines, and nothing in it goes by the order of the lines:
/// - beyond ``shapeLimit`` shapes only words of grammar, forms of verbs and words of failure tell shapes apart, and beyond that
///   again only the number of pieces;
/// - of a shape's texts those stay whose hash is lowest, `variantLimit` or `variantRoom` bytes of them at most. What stays was
///   counted from its first line on; the rest is only counted.
struct CauseStore {
  /// So many shapes at most.
  static let shapeLimit = 16_384
  static let variantLimit = 128
  static let variantRoom = 16_384

  struct Variant {
    var hash: UInt64
    var shape: Int32
    var isCut: Bool
    var tally = CauseTally()
    var text: [UInt8]
  }

  struct Shape {
    var hash: UInt64
    /// The text with the lowest hash, which stands for the shape.
    var text: [UInt8]
    var textHash: UInt64
    var isCut: Bool
    var tally = CauseTally()
    var labels: [(label: Int, lines: Int)] = []
    /// No text of a higher hash is kept.
    var highest = UInt64.max
    var kept: [Int32] = []
    var keptBytes = 0
    /// What its texts have in common piece by piece, where they differ in words, too; nil where the shape tells.
    var common: [UInt64]?
    /// Into what it was folded.
    var folded: Int32?
  }

  private(set) var shapes: [Shape] = []
  private(set) var variants: [Variant] = []
  /// How much tells shapes apart: 0 every word, 1 words that state, 2 the number of pieces.
  private(set) var level = 0
  private let limit: Int
  private var live = 0
  private var free: [Int32] = []
  private var byText = HashIndex()
  private var byShape = HashIndex()
  private(set) var masks = MessageMasks()
  private var tokens = ContiguousArray<MessageToken>()

  init(shapeLimit: Int = shapeLimit) {
    limit = shapeLimit
  }

  /// Counts a message; the number of its shape.
  mutating func add(
    _ message: UnsafeRawBufferPointer,
    isCut: Bool,
    at time: Double?,
    count times: Int = 1,
    labels: [CauseLabel]
  ) -> Int32 {
    let hash = StableHash.of(message)
    let shape: Int32
    if let known = find(hash, message) {
      variants[Int(known)].tally.add(time, times)
      if isCut { variants[Int(known)].isCut = true }
      shape = variants[Int(known)].shape
    } else {
      tokens.removeAll(keepingCapacity: true)
      masks.pieces(of: message, into: &tokens)
      shape = self.shape(of: message, hash, isCut)
      keep(message, hash, shape, isCut, time, times)
    }
    shapes[Int(shape)].tally.add(time, times)
    for label in labels { count(label.number, times, of: Int(shape)) }
    if live > limit { fold() }
    return resolve(shape)
  }

  /// What a shape was folded into, or itself.
  func resolve(_ shape: Int32) -> Int32 {
    var shape = shape
    while let next = shapes[Int(shape)].folded { shape = next }
    return shape
  }

  /// The pieces of a shape's text; what differs among its texts is a value.
  mutating func pieces(of shape: Int) -> ContiguousArray<MessageToken> {
    var pieces = ContiguousArray<MessageToken>()
    shapes[shape].text.withUnsafeBytes { masks.pieces(of: $0, into: &pieces) }
    if let common = shapes[shape].common {
      for index in pieces.indices where common[index] == MessageToken.valueHash {
        pieces[index].kind = .value
        pieces[index].hash = MessageToken.valueHash
      }
    }
    return pieces
  }

  private func states(_ token: MessageToken) -> Bool {
    level < 2
      && (token.spelling.contains(.states) || masks.forms.isGrammar(token.hash)
        || masks.forms.saysFailure(token.hash))
  }

  private func shapeHash() -> UInt64 {
    var state: UInt64 = UInt64(level)
    guard level < 2 else { return StableHash.finish(StableHash.join(state, UInt64(tokens.count))) }
    for token in tokens {
      let isMasked = level == 1 && token.kind == .word && !states(token)
      state = StableHash.join(state, isMasked ? MessageToken.valueHash : token.hash)
    }
    return StableHash.finish(state)
  }

  /// The shape of what was just cut into pieces.
  private mutating func shape(of message: UnsafeRawBufferPointer, _ hash: UInt64, _ isCut: Bool) -> Int32 {
    let key = shapeHash()
    if let known = byShape.first(key, where: { shapes[Int($0)].hash == key }) {
      if hash < shapes[Int(known)].textHash {
        shapes[Int(known)].text = Array(message)
        shapes[Int(known)].textHash = hash
        shapes[Int(known)].isCut = isCut
      }
      if level > 0 { joinPieces(tokens.map(\.hash), into: Int(known)) }
      return known
    }
    let made = Int32(shapes.count)
    shapes.append(Shape(hash: key, text: Array(message), textHash: hash, isCut: isCut))
    if level > 0 { shapes[Int(made)].common = tokens.map(\.hash) }
    byShape.insert(key, made)
    live += 1
    return made
  }

  /// Makes values of the pieces in which a text differs from those of its shape.
  private mutating func joinPieces(_ pieces: [UInt64], into shape: Int) {
    guard let count = shapes[shape].common?.count, count == pieces.count else { return }
    for index in 0..<count where shapes[shape].common?[index] != pieces[index] {
      shapes[shape].common?[index] = MessageToken.valueHash
    }
  }

  private mutating func count(_ label: Int, _ lines: Int, of shape: Int) {
    if let at = shapes[shape].labels.firstIndex(where: { $0.label == label }) {
      shapes[shape].labels[at].lines += lines
    } else {
      shapes[shape].labels.append((label, lines))
    }
  }

  // MARK: Exact texts

  private func find(_ hash: UInt64, _ message: UnsafeRawBufferPointer) -> Int32? {
    byText.first(hash) { index in
      variants[Int(index)].text.withUnsafeBytes { text in
        guard text.count == message.count else { return false }
        guard let one = text.baseAddress, let two = message.baseAddress else { return true }
        return memcmp(one, two, text.count) == 0
      }
    }
  }

  private mutating func keep(
    _ message: UnsafeRawBufferPointer,
    _ hash: UInt64,
    _ shape: Int32,
    _ isCut: Bool,
    _ time: Double?,
    _ times: Int
  ) {
    guard hash <= shapes[Int(shape)].highest else { return }
    var variant = Variant(hash: hash, shape: shape, isCut: isCut, text: Array(message))
    variant.tally.add(time, times)
    let index: Int32
    if let reused = free.popLast() {
      index = reused
      variants[Int(index)] = variant
    } else {
      index = Int32(variants.count)
      variants.append(variant)
    }
    byText.insert(hash, index)
    shapes[Int(shape)].kept.append(index)
    shapes[Int(shape)].keptBytes += message.count
    trim(Int(shape))
  }

  /// Halves what hashes are kept of a shape until they fit.
  private mutating func trim(_ shape: Int) {
    while shapes[shape].kept.count > Self.variantLimit || shapes[shape].keptBytes > Self.variantRoom,
      shapes[shape].highest > 0
    {
      shapes[shape].highest >>= 1
      let highest = shapes[shape].highest
      for index in shapes[shape].kept where variants[Int(index)].hash > highest {
        byText.remove(variants[Int(index)].hash, index)
        shapes[shape].keptBytes -= variants[Int(index)].text.count
        variants[Int(index)].text = []
        free.append(index)
      }
      shapes[shape].kept.removeAll { variants[Int($0)].hash > highest }
    }
  }

  // MARK: Too many shapes

  /// Tells shapes apart by less, and joins those that are the same then.
  private mutating func fold() {
    while live > limit, level < 2 {
      level += 1
      let old = shapes.indices.filter { shapes[$0].folded == nil }
      byShape = HashIndex()
      live = 0
      for index in old {
        let part = shapes[index]
        tokens.removeAll(keepingCapacity: true)
        part.text.withUnsafeBytes { masks.pieces(of: $0, into: &tokens) }
        let into = part.text.withUnsafeBytes { shape(of: $0, part.textHash, part.isCut) }
        join(part, into)
        shapes[index] = Shape(hash: 0, text: [], textHash: 0, isCut: false, folded: into)
      }
    }
  }

  private mutating func join(_ part: Shape, _ into: Int32) {
    let target = Int(into)
    if let common = part.common { joinPieces(common, into: target) }
    shapes[target].tally.add(part.tally)
    for (label, lines) in part.labels { count(label, lines, of: target) }
    for index in part.kept { variants[Int(index)].shape = into }
    shapes[target].kept += part.kept
    shapes[target].keptBytes += part.keptBytes
    // Of a part whose texts were thinned out only those are known from their first line on that its threshold let in.
    let highest = min(shapes[target].highest, part.highest)
    shapes[target].highest = highest
    for index in shapes[target].kept where variants[Int(index)].hash > highest {
      byText.remove(variants[Int(index)].hash, index)
      shapes[target].keptBytes -= variants[Int(index)].text.count
      variants[Int(index)].text = []
      free.append(index)
    }
    shapes[target].kept.removeAll { variants[Int($0)].hash > highest }
    trim(target)
  }
}
