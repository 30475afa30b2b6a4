/// What a terminal has told of itself when it was asked.
struct TerminalAnswers: Sendable, Hashable {
  /// Whether it knows synchronized output; nil until it has answered.
  private(set) var hasSynchronizedOutput: Bool?
  /// Its background: red, green and blue; nil until it has answered.
  private(set) var background: Background?

  /// A background's colour.
  struct Background: Sendable, Hashable {
    var red: UInt8
    var green: UInt8
    var blue: UInt8
  }

  /// Takes a control sequence; false if it is no answer that is waited for.
  mutating func take(_ sequence: ControlSequence) -> Bool {
    // `CSI ? 2026 ; n $ y`
    guard sequence.final == UInt8(ascii: "y"), sequence.parameters.last == UInt8(ascii: "$") else {
      return false
    }
    let text = sequence.text
    if text.hasPrefix("?2026;") { hasSynchronizedOutput = text == "?2026;1$" || text == "?2026;2$" }
    return true
  }

  /// Takes an operating system command: `11;rgb:1e1e/1e1e/1e1e` is the background.
  mutating func take(command bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    guard text.hasPrefix("11;") else { return }
    let value = text.dropFirst(3)
    let parts: [Substring]
    if value.hasPrefix("rgb:") || value.hasPrefix("rgba:") {
      parts = value.drop { $0 != ":" }.dropFirst().split(separator: "/")
    } else if value.hasPrefix("#"), value.count == 7 {
      parts = [0, 2, 4].map { value.dropFirst(1 + $0).prefix(2) }
    } else {
      return
    }
    let channels = parts.prefix(3).compactMap(Self.channel)
    guard channels.count == 3 else { return }
    background = Background(red: channels[0], green: channels[1], blue: channels[2])
  }

  /// One to four hexadecimal digits, scaled to eight bits.
  private static func channel(_ digits: Substring) -> UInt8? {
    guard (1...4).contains(digits.count), let value = Int(digits, radix: 16), value >= 0 else { return nil }
    let most = (1 << (4 * digits.count)) - 1
    return UInt8((value * 255 + most / 2) / most)
  }
}
