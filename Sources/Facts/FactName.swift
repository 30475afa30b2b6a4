/// The name of a fact: segments joined by dots, such as `queue.celery.ready`.
///
/// A segment of letters, digits, `_` and `-` is written bare; any other stands in double quotes
/// (`queue."vhost/name".ready`), with `\"` and `\\` for a quote and a backslash in it.
public struct FactName: Sendable, Hashable, Comparable, CustomStringConvertible,
  ExpressibleByStringLiteral
{
  /// What copies of a name share: names are looked up far more often than made.
  private final class Storage: Sendable {
    let segments: [String]
    let hash: Int
    let isQualified: Bool

    init(_ segments: [String], isQualified: Bool = false) {
      self.segments = segments
      self.isQualified = isQualified
      hash = segments.hashValue
    }
  }

  private let storage: Storage

  private init(_ storage: Storage) {
    self.storage = storage
  }

  /// The name as it is where several sources tell what goes by it: the source's id stands before it,
  /// `orders.queue.celery.ready`; nil, the first source of a kind, leaves it as it is.
  public func qualified(by source: String?) -> FactName {
    source.map { FactName(Storage([$0] + segments, isQualified: true)) } ?? self
  }

  /// The source that stands before it, if it was ``qualified(by:)`` one; nil of others, and of what was read
  /// from a text.
  public var qualifier: String? { storage.isQualified ? segments.first : nil }

  /// The name without its ``qualifier``: what kind of fact it is.
  public var plain: FactName {
    storage.isQualified ? FactName(segments: Array(segments.dropFirst())) : self
  }

  /// What it is about, as actions and the timeline know it: the queue of `queue.celery.ready`, `orders:celery`
  /// of a further source's.
  public var subject: String {
    let plain = plain
    let own = plain.segments.count == 3 ? plain.segments[1] : plain.description
    return qualifier.map { "\($0):\(own)" } ?? own
  }

  /// The segments, unquoted; never empty.
  public var segments: [String] { storage.segments }

  /// Makes a name from its unquoted segments, such as `["queue", "vhost/name", "ready"]`.
  public init(_ segments: String...) {
    storage = Storage(segments)
  }

  /// Makes a name from a list of unquoted segments.
  public init(segments: [String]) {
    storage = Storage(segments)
  }

  /// Makes a name of bare segments from its text; meant for names written in the source.
  public init(stringLiteral text: String) {
    // By bytes: names in the source are ASCII, and this runs for every frame.
    storage = Storage(
      text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map {
        String(Substring($0))
      }
    )
  }

  /// Whether both have the same segments.
  public static func == (left: FactName, right: FactName) -> Bool {
    left.storage === right.storage
      || left.storage.hash == right.storage.hash && left.segments == right.segments
  }

  /// Hashes what was hashed when the name was made.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(storage.hash)
  }

  /// The name as it is written in an expression, quoted where it must be.
  public var description: String {
    segments.map(Self.written).joined(separator: ".")
  }

  /// Orders by the first segment that differs.
  public static func < (left: FactName, right: FactName) -> Bool {
    left.storage !== right.storage && left.segments.lexicographicallyPrecedes(right.segments)
  }

  private static func written(_ segment: String) -> String {
    let isBare =
      !segment.isEmpty && segment.utf8.first != UInt8(ascii: "-")
      && segment.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
    guard !isBare else { return segment }
    var quoted = "\""
    // By scalars: a quote with a combining mark after it is one Character, and still a quote.
    for scalar in segment.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }
}
