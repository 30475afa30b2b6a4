/// Answers of web servers in their access logs: those write errors at the level of all the others.
enum LogAnswers {
  /// Whether a message tells that a request was answered with 500 or more: `… HTTP/1.1" 503`.
  static func isServerError(_ message: UnsafeRawBufferPointer) -> Bool {
    guard message.count >= 14 else { return false }
    for quote in 9..<(message.count - 4) where message[quote] == UInt8(ascii: "\"") {
      let answer = message[(quote + 1)..<(quote + 5)]
      let version = message[(quote - 8)..<quote]
      guard version.starts(with: "HTTP/".utf8) || version.dropFirst(2).starts(with: "HTTP/".utf8) else {
        continue
      }
      return answer.starts(with: " 5".utf8) && answer.dropFirst(2).allSatisfy { (0x30...0x39).contains($0) }
    }
    return false
  }
}
