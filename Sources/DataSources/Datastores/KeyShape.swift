/// What a key's name is made like, with what varies or may be a token as `*`: `celery-task-meta-*`, `session:*`.
///
/// Whoever knows the name of a session's key has the session: no such name is shown whole.
enum KeyShape {
  /// A piece of so many letters or digits that no word is.
  private static let longest = 24
  /// A piece of letters and digits from so many on may be an id.
  private static let leastMixed = 8
  /// So much of a name's shape is told.
  private static let most = 80

  private static let secretWords = [
    "session", "sessions", "sess", "token", "tokens", "jwt", "auth", "csrf", "refresh", "apikey", "otp",
    "nonce", "secret",
    "password",
  ]

  /// The shape of a name.
  static func of(_ key: String) -> String {
    var shape = ""
    var piece = ""
    // What stands behind such a word may be one however it is made.
    var holdsSecret = false
    func close() {
      guard !piece.isEmpty else { return }
      let isPart = shape.hasSuffix("*-") && piece.count >= 4 && piece.allSatisfy(\.isHexDigit)
      let isOfSecret = holdsSecret && (piece.count >= 6 || piece.contains(where: \.isNumber))
      let told = isPart || isOfSecret || isVarying(piece) ? "*" : piece
      holdsSecret = holdsSecret || secretWords.contains { piece.lowercased().hasSuffix($0) }
      // Several in a row are one: a UUID is five.
      if told == "*", shape.hasSuffix("*") {
      } else if told == "*", let last = shape.last, isJoint(last), shape.dropLast().hasSuffix("*") {
        shape.removeLast()
      } else {
        shape += told
      }
      piece = ""
    }
    for character in key.prefix(512) {
      if character.isLetter || character.isNumber {
        piece.append(character)
      } else {
        close()
        shape.append(character)
      }
    }
    close()
    return shape.count > most ? String(shape.prefix(most)) + "…" : shape
  }

  private static func isJoint(_ character: Character) -> Bool { "-_.=+/~".contains(character) }

  /// Whether a piece is a number, an id or a token rather than a word.
  private static func isVarying(_ piece: String) -> Bool {
    if piece.allSatisfy(\.isNumber) { return true }
    if piece.count >= longest { return true }
    let digits = piece.count(where: \.isNumber)
    if piece.count >= 4, digits > 0, piece.allSatisfy(\.isHexDigit) { return true }
    guard piece.count >= leastMixed else { return false }
    if piece.allSatisfy(\.isHexDigit) { return true }
    // Letters of both cases in turn, and digits among them, are no word's.
    let changes = zip(piece, piece.dropFirst()).count { $0.isUppercase != $1.isUppercase }
    return digits > 0 && !piece.dropFirst(2).prefix { !$0.isNumber }.isEmpty && digits < piece.count
      && (digits >= 2 || changes > 2) || changes > 3
  }
}
