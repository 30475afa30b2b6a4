/// A fact's name in which `*` stands for any one whole segment, such as `queue.*.ready`.
public struct FactPattern: Sendable, Hashable, CustomStringConvertible {
  /// One segment of a pattern.
  public enum Segment: Sendable, Hashable {
    /// Exactly this unquoted text.
    case exactly(String)
    /// `*`: any one segment, whatever it holds.
    case anything
  }

  /// The segments; never empty.
  public let segments: [Segment]

  /// Makes a pattern from its segments.
  public init(segments: [Segment]) {
    self.segments = segments
  }

  /// Makes the pattern that matches one name only.
  public init(_ name: FactName) {
    segments = name.segments.map(Segment.exactly)
  }

  /// Whether the name has as many segments and each fits.
  public func matches(_ name: FactName) -> Bool {
    guard name.segments.count == segments.count else { return false }
    return zip(segments, name.segments).allSatisfy { segment, text in
      switch segment {
      case .exactly(let wanted): wanted == text
      case .anything: true
      }
    }
  }

  /// The pattern as it is written in an expression, quoted where it must be.
  public var description: String {
    segments.map { segment in
      switch segment {
      case .exactly(let text): FactName(segments: [text]).description
      case .anything: "*"
      }
    }
    .joined(separator: ".")
  }
}
