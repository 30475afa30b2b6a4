/// UUIDs as runs, executions and tasks are named: `1a3c271c-bfe2-4e83-933b-290d5d5d0f74`.
public enum UUIDText {
  /// Whether the text is one and nothing else.
  public static func isWhole(_ text: String) -> Bool {
    text.utf8.count == 36 && holds(Array(text.utf8)[...])
  }

  /// Each UUID in the texts once, in lower case and the order in which they stand; `most` of them.
  public static func all(in texts: [String], most: Int = 20) -> [String] {
    var found: [String] = []
    for text in texts {
      let bytes = Array(text.utf8)
      var at = 0
      while at + 36 <= bytes.count, found.count < most {
        guard holds(bytes[at..<at + 36]) else {
          at += 1
          continue
        }
        let id = String(decoding: bytes[at..<at + 36], as: UTF8.self).lowercased()
        if !found.contains(id) { found.append(id) }
        at += 36
      }
    }
    return found
  }

  private static func holds(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.enumerated().allSatisfy { place, byte in
      [8, 13, 18, 23].contains(place) ? byte == UInt8(ascii: "-") : isHexDigit(byte)
    }
  }

  private static func isHexDigit(_ byte: UInt8) -> Bool {
    (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
  }
}
