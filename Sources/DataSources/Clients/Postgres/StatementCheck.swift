internal import Facts

/// Whether a statement only asks, as far as its first word tells.
///
/// A read-only transaction keeps the database from being changed, but not all that a statement can do: `COPY … TO
/// PROGRAM` runs a program, `CHECKPOINT` and `LOCK` weigh on others, `PREPARE TRANSACTION` outlives its connection. So what
/// isn't known to ask is not sent.
enum StatementCheck {
  /// What begins a statement that asks.
  static let words = ["SELECT", "WITH", "VALUES", "TABLE", "SHOW", "EXPLAIN"]

  /// Why it is not sent; nil if it is.
  static func reason(against statement: String) -> SafeText? {
    let bytes = Array(statement.utf8)
    if bytes.contains(0) { return "it holds a NUL, which no statement can" }
    let word = firstWord(bytes)
    guard !word.isEmpty else { return "there is no statement" }
    let list = words.joined(separator: ", ")
    guard words.contains(word) else {
      return "\(SafeText(word, limit: 40)) is not sent: only \(SafeText(list)) only ask"
    }
    return nil
  }

  /// The first word in capitals, behind blanks, comments and opening parentheses.
  private static func firstWord(_ bytes: [UInt8]) -> String {
    var position = 0
    func at(_ offset: Int) -> UInt8? { position + offset < bytes.count ? bytes[position + offset] : nil }
    while let byte = at(0) {
      switch byte {
      case 0x20, 0x09, 0x0A, 0x0D, 0x0C, UInt8(ascii: "("): position += 1
      case UInt8(ascii: "-") where at(1) == byte:
        while let next = at(0), next != 0x0A, next != 0x0D { position += 1 }
      case UInt8(ascii: "/") where at(1) == UInt8(ascii: "*"):
        // They nest.
        var depth = 0
        repeat {
          if at(0) == UInt8(ascii: "/"), at(1) == UInt8(ascii: "*") {
            (depth, position) = (depth + 1, position + 2)
          } else if at(0) == UInt8(ascii: "*"), at(1) == UInt8(ascii: "/") {
            (depth, position) = (depth - 1, position + 2)
          } else {
            position += 1
          }
        } while depth > 0 && position < bytes.count
      default:
        let rest = bytes[position...].prefix { (0x41...0x5A).contains($0 & 0xDF) || $0 == UInt8(ascii: "_") }
        return rest.isEmpty
          ? String(decoding: bytes[position...].prefix(8), as: UTF8.self)
          : String(decoding: rest, as: UTF8.self).uppercased()
      }
    }
    return ""
  }
}
