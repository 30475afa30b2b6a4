/// The secrets of a session in every form in which they may come back: struck out of everybody's words while this
/// lives, so that none of its servers tells another's.
public final class KnownCredentials: Sendable {
  /// So many bytes of a form's beginning are struck out even where the rest is cut off.
  private static let tellingPrefix = 8
  /// What is shorter is in so many words that striking it out would hide them and tell it.
  private static let leastWord = 4
  private static let all = Locked(Registry())

  /// What is known of all sessions.
  private struct Registry {
    var owners: [ObjectIdentifier: [Form]] = [:]
    /// The forms of all by their first byte.
    var forms: [UInt8: [Form]] = [:]

    mutating func set(_ own: [Form]?, of owner: ObjectIdentifier) {
      owners[owner] = own
      forms = Dictionary(grouping: owners.values.joined()) { $0.bytes[0] }
    }
  }

  private struct Form {
    let bytes: [UInt8]
    /// Whether it is a word like others, and so meant only where it stands by itself.
    let isWord: Bool
  }

  /// Knows `forms` wherever they stand and `words` where they stand by themselves.
  public init(forms: [[UInt8]], words: [[UInt8]]) {
    let own =
      forms.filter { !$0.isEmpty }.map { Form(bytes: $0, isWord: false) }
      + words.filter { $0.count >= Self.leastWord }.map { Form(bytes: $0, isWord: true) }
    Self.all.withLock { $0.set(own, of: ObjectIdentifier(self)) }
  }

  deinit {
    Self.all.withLock { $0.set(nil, of: ObjectIdentifier(self)) }
  }

  /// The bytes without what is known; nil if there is none of it.
  public static func struckOut(of bytes: [UInt8]) -> [UInt8]? {
    let forms = all.withLock { $0.forms }
    guard !forms.isEmpty else { return nil }
    var result: [UInt8] = []
    var kept = 0
    var position = 0
    while position < bytes.count {
      let longest = forms[bytes[position]]?.lazy.map { length(of: $0, in: bytes, at: position) }.max() ?? 0
      guard longest > 0 else {
        position += 1
        continue
      }
      result += bytes[kept..<position]
      result += Array(CredentialWords.mark.utf8)
      position += longest
      kept = position
    }
    return kept > 0 ? result + bytes[kept...] : nil
  }

  /// How much of a form stands there; 0 if that isn't enough of it.
  private static func length(of form: Form, in bytes: [UInt8], at position: Int) -> Int {
    var length = 0
    while length < form.bytes.count, position + length < bytes.count,
      bytes[position + length] == form.bytes[length]
    {
      length += 1
    }
    guard form.isWord else { return length >= min(form.bytes.count, tellingPrefix) ? length : 0 }
    let isWhole =
      length == form.bytes.count && (position == 0 || !isWordPart(bytes[position - 1]))
      && (position + length == bytes.count || !isWordPart(bytes[position + length]))
    return isWhole ? length : 0
  }

  private static func isWordPart(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
