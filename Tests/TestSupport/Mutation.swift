/// Makes cases out of valid examples: parts cut, put in, repeated and exchanged, numbers made extreme.
public struct Mutation: Sendable {
  private let examples: [[UInt8]]
  private let pieces: [[UInt8]]

  private static let usualPieces = [
    "\0", "\n", "\r\n", " ", "\"", "'", "\\", "{", "}", "[", "]", "<", ">", ":", ",", "-", "é", "\u{1F600}",
    "\u{202E}", "null", "\u{1B}[",
  ].map { Array($0.utf8) }
  private static let brokenUTF8: [[UInt8]] = [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF0, 0x9F]]
  /// What whole numbers and decimals break on: the ends of Int64, of Int32, of Double, and what is none.
  private static let numbers = [
    "0", "-1", "-0.0", "2147483648", "9007199254740993", "9223372036854774784", "9223372036854775807",
    "-9223372036854775808", "18446744073709551616", "99999999999999999999999999", "1e308", "-1e308", "1e999",
    "5e-324", "0.1e-400", "NaN", "Infinity",
  ].map { Array($0.utf8) }

  /// Starts from `examples`; `pieces` are the words of the language, put in here and there.
  public init(of examples: [[UInt8]], pieces: [String] = []) {
    precondition(!examples.isEmpty)
    self.examples = examples
    self.pieces = Self.usualPieces + Self.brokenUTF8 + Self.numbers + pieces.map { Array($0.utf8) }
  }

  /// Starts from examples that are text.
  public init(of examples: String..., pieces: [String] = []) {
    self.init(of: examples.map { Array($0.utf8) }, pieces: pieces)
  }

  /// One case: an example changed in one to four places, now and then in many.
  public func bytes(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes = generator.pick(examples)
    let isWild = Int.random(in: 0..<16, using: &generator) == 0
    for _ in 0..<Int.random(in: 1...(isWild ? 24 : 4), using: &generator) { change(&bytes, &generator) }
    return bytes
  }

  private func change(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
    let place = Int.random(in: 0...bytes.count, using: &generator)
    let end = min(bytes.count, place + Int.random(in: 1...8, using: &generator))
    switch Int.random(in: 0..<10, using: &generator) {
    case 0:
      if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
    case 1, 2: bytes.insert(contentsOf: generator.pick(pieces), at: place)
    case 3: bytes.replaceSubrange(place..<end, with: generator.pick(pieces))
    case 4: bytes.removeSubrange(place..<end)
    case 5:
      let part = Array(bytes[place..<end])
      for _ in 0..<Int.random(in: 1...5, using: &generator) { bytes.insert(contentsOf: part, at: place) }
    case 6:
      let other = generator.pick(examples)
      bytes = Array(bytes[..<place] + other[Int.random(in: 0...other.count, using: &generator)...])
    case 7: bytes.removeSubrange(place...)
    default:
      guard let run = Self.number(in: bytes, from: place) else { return }
      bytes.replaceSubrange(run, with: generator.pick(Self.numbers))
    }
  }

  /// The first run of digits and points that begins at `place` or after it.
  private static func number(in bytes: [UInt8], from place: Int) -> Range<Int>? {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard let start = bytes[place...].firstIndex(where: isDigit) else { return nil }
    let end = bytes[start...].firstIndex { !isDigit($0) && $0 != UInt8(ascii: ".") } ?? bytes.count
    return start..<end
  }
}
