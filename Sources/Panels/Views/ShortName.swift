internal import Facts

/// Names of runs and scenarios for narrow columns.
enum ShortName {
  /// `…Smart Home` of `Category Run: Smart Home`: a cut at the end would leave the same of every name.
  static func of(_ name: SafeText) -> SafeText {
    // Byte by byte: every row of every frame asks, and a search of characters is most of what it would cost.
    let bytes = name.string.utf8
    var rest = bytes[...]
    while let colon = rest.firstIndex(of: UInt8(ascii: ":")) {
      rest = bytes[bytes.index(after: colon)...]
      guard rest.first == UInt8(ascii: " ") else { continue }
      let tail = rest.dropFirst()
      return tail.isEmpty ? name : SafeText("…" + String(Substring(tail)))
    }
    return name
  }
}
