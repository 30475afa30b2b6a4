/// The stream that the engine answers `GET /containers/{id}/logs` with.
enum DockerLogs {
  private static let headLength = 8

  /// The text of a reply.
  ///
  /// A container without a terminal has each piece behind a head of 8 bytes: the stream (0 to 3), three zeros,
  /// the length. One with a terminal has none: a text that is not made of such pieces to its end is taken as it is.
  static func text(_ body: [UInt8]) -> [UInt8] {
    var text: [UInt8] = []
    var rest = body[...]
    while !rest.isEmpty {
      let head = Array(rest.prefix(headLength))
      guard head.count == headLength, head[0] <= 3, head[1...3].allSatisfy({ $0 == 0 }) else { return body }
      let length = head[4...].reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(headLength)
      guard length <= rest.count else { return body }
      text += rest.prefix(length)
      rest = rest.dropFirst(length)
    }
    return text
  }
}
