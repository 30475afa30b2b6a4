internal import Facts

extension Secret {
  /// So many bytes of a secret's beginning are struck out even where the rest is missing.
  ///
  /// A server that quotes what it was sent may cut it short (Redis does after 128 bytes).
  private static let tellingPrefix = 8

  /// Somebody else's words with this secret replaced by `‹password›`, as it is and as JSON quotes it.
  func struckOut(of text: String) -> String {
    let (quoted, plain) = reveal { (Array(JSONBody.quoted($0).utf8.dropFirst().dropLast()), Array($0.utf8)) }
    guard !plain.isEmpty else { return text }
    var bytes = Self.strike(quoted, outOf: Array(text.utf8))
    // Twice would find it again in a password of "password".
    if plain != quoted { bytes = Self.strike(plain, outOf: bytes) }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func strike(_ form: [UInt8], outOf bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var position = 0
    while position < bytes.count {
      var length = 0
      while length < form.count, position + length < bytes.count, bytes[position + length] == form[length] {
        length += 1
      }
      if length >= min(form.count, tellingPrefix) {
        result += "‹password›".utf8
        position += length
      } else {
        result.append(bytes[position])
        position += 1
      }
    }
    return result
  }
}
