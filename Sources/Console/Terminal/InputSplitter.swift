internal import Facts

/// Cuts the bytes of a terminal so that no key is torn: what may be the beginning of a longer sequence is
/// held back for a moment, so that nobody waits for it and a lone Escape is told from an arrow.
///
/// Bytes that are no UTF-8 are dropped; the answer to "have you synchronized output?" is taken out.
struct InputSplitter: Sendable, Hashable {
  /// How long the rest of a sequence may take; longer than a slow link's jitter, shorter than a person.
  static let patience = Duration.milliseconds(25)
  static let longestSequence = 48

  /// Whether the terminal says that it knows synchronized output; nil until it has answered.
  private(set) var hasSynchronizedOutput: Bool?
  /// When the held bytes are given up waiting for; nil if none are held.
  private(set) var deadline: MonotonicTime?

  private var held: [UInt8] = []

  /// Takes what was read and returns what can be decoded now.
  mutating func feed(_ bytes: some Collection<UInt8>, at now: MonotonicTime) -> [UInt8] {
    held.append(contentsOf: bytes)
    var ready: [UInt8] = []
    var index = 0
    while index < held.count {
      guard let length = sequenceLength(from: index) else { break }
      if length > 0 { ready.append(contentsOf: held[index..<(index + length)]) }
      index += max(1, abs(length))
    }
    held.removeFirst(index)
    deadline = held.isEmpty ? nil : now + Self.patience
    return ready
  }

  /// Returns the held bytes once their time is over: a lone Escape is then a key.
  mutating func expire(at now: MonotonicTime) -> [UInt8] {
    guard let deadline, deadline <= now else { return [] }
    defer {
      held.removeAll()
      self.deadline = nil
    }
    // Half a character is no key.
    return held.filter { $0 < 0x80 }
  }

  /// The bytes of the key at `index`; negative to drop that many, nil if more bytes may follow.
  private mutating func sequenceLength(from index: Int) -> Int? {
    let byte = held[index]
    if byte == 0x1B { return escapeLength(from: index) }
    if byte < 0x80 { return 1 }
    let needed =
      switch byte {
      case 0xC2...0xDF: 2
      case 0xE0...0xEF: 3
      case 0xF0...0xF4: 4
      default: 0
      }
    if needed == 0 { return -1 }
    for offset in 1..<needed {
      guard index + offset < held.count else { return nil }
      if !(0x80...0xBF).contains(held[index + offset]) { return -offset }
    }
    return String(validating: held[index..<(index + needed)], as: UTF8.self) == nil ? -needed : needed
  }

  private mutating func escapeLength(from index: Int) -> Int? {
    guard index + 1 < held.count else { return nil }
    switch held[index + 1] {
    case UInt8(ascii: "["):
      var end = index + 2
      while end < held.count, (0x20...0x3F).contains(held[end]) { end += 1 }
      if end - index > Self.longestSequence { return -(end - index) }
      guard end < held.count else { return nil }
      // Only these end one; before anything else it broke off, and what follows is a key of its own.
      guard (0x40...0x7E).contains(held[end]) else { return -(end - index) }
      let length = end - index + 1
      return takesAnswer(held[index..<(index + length)]) ? -length : length
    case UInt8(ascii: "O"):
      guard index + 2 < held.count else { return nil }
      return (0x20...0x7E).contains(held[index + 2]) ? 3 : 1
    default:
      return 1
    }
  }

  /// Whether this is `CSI ? 2026 ; n $ y`, the answer to the question whether mode 2026 is known.
  private mutating func takesAnswer(_ sequence: ArraySlice<UInt8>) -> Bool {
    let text = String(decoding: sequence.dropFirst(2), as: UTF8.self)
    guard text.hasSuffix("$y") else { return false }
    if text.hasPrefix("?2026;") {
      hasSynchronizedOutput = text == "?2026;1$y" || text == "?2026;2$y"
    }
    return true
  }
}
