public import Facts

/// One kind of source: what people tell of it, and what is made of that.
///
/// To add a kind: a file with a type that conforms, and one line in ``SourceCatalog``. Reading, printing and
/// documentation of the configuration, its secrets, checks, discovery and connections follow from it.
public protocol SourceSettings: Sendable, Equatable {
  /// The word that stands after `type:`.
  static var type: String { get }
  /// The keys beside those that every source has. References to secrets are found by them.
  static var schema: SchemaTable<Self> { get }
  /// The key of ``address``.
  static var addressKey: String { get }
  /// The time between two polls unless configured.
  static var defaultInterval: Duration { get }
  /// The time a poll may take unless configured.
  static var defaultDeadline: Duration { get }
  /// The facts that it gives, for the checks of rules before anything is asked.
  static var facts: [FactFamily] { get }
  /// Those of them that `status` tells among its measures.
  var measures: [FactName] { get }

  /// The address as configured; nil where a library finds the server by itself.
  var address: String? { get }
  /// The address below which a liveness check may ask a path; nil: it is no API.
  var webAddress: String? { get }
  /// The headers with which such a path is asked.
  var headers: [HTTPHeaderSettings] { get }
  /// The service that is judged by what this source tells of its work; nil: none.
  var worker: String? { get }
  /// Whether a test that is run changes what it tells.
  static var isChangedByTests: Bool { get }
  /// The same without what needs a secret, for as long as that isn't there; nil: without it nothing is asked.
  var withoutSecrets: Self? { get }

  /// What is wrong that no key tells by itself, with the key where it is to be put right.
  func problems() -> [(key: String, message: String)]
  /// Whether a password goes to this address without encryption.
  func isClear(_ address: SourceAddress) -> Bool
  /// Takes from a compose project's services what it doesn't tell itself.
  mutating func complete(by services: [ComposeService])
  /// Makes what is polled, without connecting.
  /// - Throws: `misconfigured`.
  @LoopActor func make(_ context: SourceContext) throws(SourceFailure) -> MadeSource
}

extension SourceSettings {
  /// `url` unless told.
  public static var addressKey: String { "url" }
  /// 10 s unless told.
  public static var defaultInterval: Duration { .seconds(10) }
  /// 5 s unless told.
  public static var defaultDeadline: Duration { .seconds(5) }
  /// None unless told.
  public static var facts: [FactFamily] { [] }
  /// None unless told.
  public var measures: [FactName] { [] }
  /// No API unless told.
  public var webAddress: String? { nil }
  /// None unless told.
  public var headers: [HTTPHeaderSettings] { [] }
  /// None unless told.
  public var worker: String? { nil }
  /// Not unless told.
  public static var isChangedByTests: Bool { false }
  /// Nothing is asked without its secrets unless told.
  public var withoutSecrets: Self? { nil }

  /// Nothing unless told.
  public func problems() -> [(key: String, message: String)] { [] }

  /// `http` is clear unless told.
  public func isClear(_ address: SourceAddress) -> Bool { address.scheme == "http" }

  /// Takes nothing unless told.
  public mutating func complete(by services: [ComposeService]) {}

  /// The word that stands after `type:`.
  public var type: String { Self.type }
  /// The key of ``address``.
  public var addressKey: String { Self.addressKey }
  /// Whether a test that is run changes what it tells.
  public var isChangedByTests: Bool { Self.isChangedByTests }
  /// The time between two polls unless configured.
  public var defaultInterval: Duration { Self.defaultInterval }
  /// The time a poll may take unless configured.
  public var defaultDeadline: Duration { Self.defaultDeadline }

  /// The references to secrets and accounts, with the keys that lead to them; who logs in is no secret.
  public var references: [(reference: SecretReference, keys: [String], isAccount: Bool)] {
    var found: [(reference: SecretReference, keys: [String], isAccount: Bool)] = []
    var copy = self
    Self.schema.secrets(&copy) { found.append(($0, $1, $2)) }
    return found
  }

  /// The same with a reference in place of the password that was found; nil when none was.
  public func replacingDiscovered(by reference: SecretReference) -> Self? {
    var (copy, isReplaced) = (self, false)
    Self.schema.secrets(&copy) { found, _, _ in
      guard case .discovered = found else { return }
      found = reference
      isReplaced = true
    }
    return isReplaced ? copy : nil
  }

  func isEqual(to other: any SourceSettings) -> Bool {
    (other as? Self) == self
  }
}

/// A fact, or a family of them with `*` for what people name, as it is known before anything is asked.
public struct FactFamily: Sendable {
  /// The segments of the name.
  public let segments: [String]
  /// Its unit and a value of its type; nil: not told before it is there.
  public let sample: (value: FactValue, unit: FactUnit)?
  /// What people call it, the word of header and tiles first: `pass rate`; empty: as its name says.
  public let words: [String]

  /// The name as it is written.
  public var name: String { segments.joined(separator: ".") }

  /// A number: `queue.*.ready`.
  public static func number(
    _ name: FactName,
    _ unit: FactUnit = .one,
    called words: String...
  ) -> FactFamily {
    FactFamily(segments: name.segments, sample: (.number(1), unit), words: words)
  }

  /// The same of a further source of the kind.
  public func qualified(by source: String) -> FactFamily {
    FactFamily(segments: [source] + segments, sample: sample, words: words)
  }

  /// Anything else, or of no certain unit.
  public static func other(_ name: FactName, called words: String...) -> FactFamily {
    FactFamily(segments: name.segments, sample: nil, words: words)
  }
}
