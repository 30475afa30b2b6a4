internal import Facts

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

  /// What an answer with `timestamps=1` to the question for `most` lines and one more tells beyond what was told before.
  ///
  /// The engine's `since` tells the lines of that very moment once more.
  static func stretch(of text: [UInt8], after mark: LogMark, most: Int, part: String) -> LogStretch {
    let told = text.split(separator: 0x0A, omittingEmptySubsequences: true).map { line in
      let head = line.prefix { $0 != 0x20 }
      let stamp = head.count <= 40 ? String(decoding: head, as: UTF8.self) : ""
      let key = LogMark.key(stamp)
      let rest = key == nil ? line : line.dropFirst(head.count + 1)
      let bytes = Array(rest.last == 0x0D ? rest.dropLast() : rest)
      return (
        key: key, line: LogStretch.Line(bytes, time: key == nil ? nil : WallTime(zonedTimestamp: stamp))
      )
    }
    var stretch = LogStretch(mark: mark)
    let fresh = stretch.mark.unread(told, of: "")
    stretch.lines = fresh.lines
    stretch.hasOlder = mark.moments[""] == nil && told.count > most
    // The engine left some out, or the log was begun anew: nobody knows how many.
    if fresh.isCut { stretch.gaps.append(LogGap(part, .cut)) }
    if !told.isEmpty, told.allSatisfy({ $0.key == nil }) { stretch.gaps.append(LogGap(part, .timeless)) }
    return stretch
  }

  /// The lines since a time of an answer with `timestamps=1` to the question for `most` lines and one more, and what is
  /// missing before them: the engine's `since` alone doesn't tell whether older lines are there, or were rotated away.
  ///
  /// A piece of a line that is longer than 16 KiB has a time of its own within the line, behind what is kept of it.
  static func lines(of text: [UInt8], since start: WallTime, most: Int, part: String) -> LogTail {
    let stamped = text.split(separator: 0x0A).map { line in
      let head = line.prefix { $0 != 0x20 }
      let time = head.count <= 40 ? WallTime(zonedTimestamp: String(decoding: head, as: UTF8.self)) : nil
      return (time: time, text: time == nil ? line : line.dropFirst(head.count + 1))
    }
    let first = stamped.firstIndex { $0.time.map { $0 >= start } ?? false } ?? stamped.endIndex
    let kept = stamped[first...]
    let oldest = stamped.lazy.compactMap(\.time).first
    var tail = LogTail(of: Array(kept.map(\.text).joined(separator: [0x0A])), most: most, part: part)
    tail.untimed = kept.count { $0.time == nil }
    if oldest.map({ $0 >= start }) ?? true {
      tail.gaps.append(LogGap(part, stamped.count > most ? .cut : .beginsLater(oldest)))
    }
    return tail
  }
}
