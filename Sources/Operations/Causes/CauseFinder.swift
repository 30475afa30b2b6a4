public import Facts

/// Groups failures and log lines by signature, in one pass.
///
/// A value of its own, without I/O: add messages in any order, ask for the report at any time. A microsecond a message on one
/// core or less; its room goes by the number of different shapes, 16,384 of them at most with up to 16 kB of exact texts
/// each. Beyond that the causes are coarse and the report says so (``CauseReport/isCoarse``).
public struct CauseFinder: Sendable {
  /// So many bytes of a message count; the rest is cut, which its variants show.
  public static let prefix = 1_024
  /// So many different labels are counted; further ones aren't.
  public static let labelLimit = 1_024
  /// So many exact texts a cause are told.
  public static let variantLimit = 256

  private var store: CauseStore
  private var labels: [(name: String, value: String)] = []
  private var labelNumbers: [String: [String: Int]] = [:]

  /// Starts with nothing.
  public init() { store = CauseStore() }

  /// Starts with nothing, and with room for so many shapes.
  init(shapeLimit: Int) { store = CauseStore(shapeLimit: shapeLimit) }

  /// A label to add messages with.
  ///
  /// - Returns: nil beyond ``labelLimit``.
  public mutating func label(_ name: String, _ value: String) -> CauseLabel? {
    if let known = labelNumbers[name]?[value] { return CauseLabel(number: known) }
    guard labels.count < Self.labelLimit else { return nil }
    labels.append((name, value))
    labelNumbers[name, default: [:]][value] = labels.count - 1
    return CauseLabel(number: labels.count - 1)
  }

  /// Adds a message: bytes that should be UTF-8 and may be anything; `count` is how many failures have it.
  @discardableResult
  public mutating func add(
    _ message: UnsafeRawBufferPointer,
    at time: WallTime? = nil,
    count: Int = 1,
    labels: [CauseLabel] = []
  ) -> CauseTicket {
    var start = 0
    var end = message.count
    while start < end, message[start] <= 0x20 { start += 1 }
    let isCut = end - start > Self.prefix
    if isCut {
      end = start + Self.prefix
      // Not amid a character.
      while end > start + Self.prefix - 4, message[end] & 0xC0 == 0x80 { end -= 1 }
    }
    while end > start, message[end - 1] <= 0x20 { end -= 1 }
    let text = UnsafeRawBufferPointer(rebasing: message[start..<end])
    let shape = store.add(text, isCut: isCut, at: time?.secondsSince1970, count: count, labels: labels)
    return CauseTicket(shape: shape)
  }

  /// Adds a message; `count` is how many failures have it.
  @discardableResult
  public mutating func add(
    _ message: String,
    at time: WallTime? = nil,
    count: Int = 1,
    labels: [CauseLabel] = []
  ) -> CauseTicket {
    var message = message
    return message.withUTF8 { add(UnsafeRawBufferPointer($0), at: time, count: count, labels: labels) }
  }

  /// The causes of all that was added.
  public func report() -> CauseReport {
    var store = store
    let live = store.shapes.indices.filter { store.shapes[$0].folded == nil }
      .sorted { store.shapes[$0].textHash < store.shapes[$1].textHash }
    let nodes = live.map { shape in
      let pieces = store.pieces(of: shape)
      return CauseGrouping.Node(
        shapes: [shape],
        pieces: pieces.map(\.hash),
        tokens: pieces,
        lines: store.shapes[shape].tally.lines
      )
    }
    var grouping = CauseGrouping(nodes, forms: store.masks.forms)
    grouping.run()
    return CauseReport.Builder(store: store, labels: labels).report(grouping.nodes)
  }
}
