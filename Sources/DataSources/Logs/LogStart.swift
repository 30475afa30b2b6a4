public import Facts

/// Since when lines of a log are asked for.
public enum LogStart: Sendable, Hashable {
  /// For so long.
  case ago(Duration)
  /// Since then.
  case at(WallTime)

  /// Reads `5m`, `2h30m` and an instant that tells its zone, `2026-11-28T05:00:00Z`; nil if it is neither.
  public init?(_ text: String) {
    do throws(ExpressionError) {
      try self.init(parsing: text)
    } catch {
      return nil
    }
  }

  /// Reads what ``init(_:)`` does.
  /// - Throws: what is wrong, and where in the text.
  public init(parsing text: String) throws(ExpressionError) {
    if let time = WallTime(zonedTimestamp: text) {
      self = .at(time)
      return
    }
    if let fault = Self.fault(ofInstant: Array(text.utf8)) { throw fault }
    let duration = try Duration(parsing: text)
    guard duration > .zero else { throw ExpressionError("a time that is longer than nothing", at: 0) }
    self = .ago(duration)
  }

  /// The instant that is meant.
  public func time(at now: WallTime) -> WallTime {
    switch self {
    case .ago(let duration): now - duration
    case .at(let time): time
    }
  }

  /// What is wrong with a text that begins as a date does; nil if it doesn't.
  private static func fault(ofInstant text: [UInt8]) -> ExpressionError? {
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    guard text.count > 4, text[..<4].allSatisfy(isDigit), text[4] == UInt8(ascii: "-") else { return nil }
    for (index, wanted) in "0000-00-00T00:00:00".utf8.enumerated() {
      guard index < text.count else {
        return ExpressionError("an instant goes on as 2026-11-28T05:00:00Z does", at: text.count)
      }
      let isMeant = wanted == 0x30 ? isDigit(text[index]) : wanted == text[index]
      // A space and a small letter stand for `T` elsewhere, too.
      let isLikeT = wanted == UInt8(ascii: "T") && (text[index] == 0x20 || text[index] == UInt8(ascii: "t"))
      guard isMeant || isLikeT else {
        return ExpressionError("an instant is written 2026-11-28T05:00:00Z", at: index)
      }
    }
    let rest = text[19...].drop { isDigit($0) || $0 == UInt8(ascii: ".") }
    return rest.isEmpty
      ? ExpressionError("its zone: Z, or +01:00", at: text.count)
      : ExpressionError("no instant of any calendar, or no zone", at: rest.startIndex)
  }
}
