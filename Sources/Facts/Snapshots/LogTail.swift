/// The last lines that a service has written, the newest last.
public struct LogTail: Snapshot, Hashable {
  /// So many lines are asked for.
  public static let most = 20
  /// The most bytes of a line that are kept.
  private static let lineCap = 2_048

  /// The lines; empty: it has written none that is kept.
  public var lines: [SafeText]
  /// How far they tell all that was written since the time that was asked for; nil: that isn't known, or none was.
  public var reach: LogReach?

  /// Makes a tail of lines, without the passwords in them.
  public init(lines: [SafeText], reach: LogReach? = nil) {
    self.lines = lines.map(\.withoutCredentials)
    self.reach = reach
  }

  /// The last `most` lines of a text, without passwords and the colours that programs add.
  ///
  /// Empty lines at its end are none.
  public init(of bytes: some Collection<UInt8>, most: Int) {
    let lines = Self.plain(Array(bytes)).split(separator: 0x0A, omittingEmptySubsequences: false)
      .map { $0.last == 0x0D ? $0.dropLast() : $0 }
    let end = lines.lastIndex { !$0.isEmpty }.map { $0 + 1 } ?? 0
    self.lines = lines[..<end].suffix(most).map {
      SafeText(told: String(decoding: $0, as: UTF8.self), limit: Self.lineCap)
    }
  }

  /// A text without its sequences that only colour it (`ESC [ … m`).
  public static func plain(_ bytes: [UInt8]) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count)
    var index = 0
    while index < bytes.count {
      if bytes[index] == 0x1B, index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "[") {
        let tail = bytes[(index + 2)...].drop { (0x30...0x3B).contains($0) }
        if tail.first == UInt8(ascii: "m") {
          index = tail.startIndex + 1
          continue
        }
      }
      output.append(bytes[index])
      index += 1
    }
    return output
  }
}
