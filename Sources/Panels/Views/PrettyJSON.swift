internal import DataSources
internal import Facts

/// A line that is JSON, laid out to be read: each member in a line of its own, its text as it was written.
enum PrettyJSON {
  /// The lines of an object or list; nil if the text is none.
  static func lines(of text: String) -> [SafeText]? {
    let bytes = Array(text.utf8)
    guard let first = bytes.first(where: { $0 != 0x20 }),
      first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
      JSONValue(parsing: bytes) != nil
    else { return nil }
    // Numbers and texts are copied: whoever reads them compares them with what a program says.
    var lines: [[UInt8]] = [[]]
    var depth = 0
    var isInText = false
    var isEscaped = false
    func begin() { lines.append(Array(repeating: 0x20, count: 2 * depth)) }
    for (index, byte) in bytes.enumerated() {
      if isInText {
        lines[lines.count - 1].append(byte)
        isInText = isEscaped || byte != UInt8(ascii: "\"")
        isEscaped = !isEscaped && byte == UInt8(ascii: "\\")
        continue
      }
      switch Unicode.Scalar(byte) {
      case " ", "\t", "\n", "\r": continue
      case "{", "[":
        lines[lines.count - 1].append(byte)
        depth += 1
        let next = bytes[(index + 1)...].first { $0 > 0x20 }
        if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { begin() }
      case "}", "]":
        depth -= 1
        let last = lines[lines.count - 1].last
        if last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { begin() }
        lines[lines.count - 1].append(byte)
      case ",":
        lines[lines.count - 1].append(byte)
        begin()
      case ":": lines[lines.count - 1] += [byte, 0x20]
      default:
        isInText = byte == UInt8(ascii: "\"")
        lines[lines.count - 1].append(byte)
      }
    }
    return lines.map { SafeText(String(decoding: $0, as: UTF8.self), limit: 16_384) }
  }
}
