/// A piece of a message: a word, a value or a mark.
struct MessageToken {
  /// What a piece is.
  enum Kind: UInt8 {
    /// A word that may belong to the statement or to what it was filled in with.
    case word
    /// What a statement was filled in with, by the way it is spelt or by where it stands.
    case value
    /// A punctuation mark.
    case mark
  }

  /// How a word is spelt.
  struct Spelling: OptionSet {
    let rawValue: UInt16

    static let digit = Spelling(rawValue: 1)
    static let lower = Spelling(rawValue: 2)
    static let upper = Spelling(rawValue: 4)
    /// A capital behind a small letter, as in `WeatherCommand`.
    static let hump = Spelling(rawValue: 8)
    static let underscore = Spelling(rawValue: 16)
    static let dot = Spelling(rawValue: 32)
    static let at = Spelling(rawValue: 64)
    static let slash = Spelling(rawValue: 128)
    static let path = Spelling(rawValue: 256)
    static let capital = Spelling(rawValue: 512)
    static let other = Spelling(rawValue: 1024)
    static let colon = Spelling(rawValue: 2048)
    static let dash = Spelling(rawValue: 4096)
    /// It is the form of a verb or the like: ``WordForms/states(_:)``.
    static let states = Spelling(rawValue: 8192)
    /// Several pieces that were made one.
    static let whole = Spelling(rawValue: 16384)
  }

  /// Where it stands in the message, in bytes.
  var start: Int32
  var end: Int32
  /// The hash of its bytes.
  var hash: UInt64
  var kind: Kind
  /// Whether a space stands before it.
  var isApart: Bool
  var spelling: Spelling

  /// The hash of every value.
  static let valueHash: UInt64 = 0x5641_4C55_4556_414C
}
