public import Facts

/// One line of text in several styles.
public struct StyledText: Sendable, Hashable, ExpressibleByStringLiteral {
  /// A stretch of text in one style.
  public struct Span: Sendable, Hashable {
    /// What it says.
    public var text: SafeText
    /// How it looks.
    public var style: Style

    /// Makes a stretch of text in one style.
    public init(_ text: SafeText, _ style: Style = .text) {
      self.text = text
      self.style = style
    }
  }

  /// The stretches, from left to right.
  public var spans: [Span]

  /// Makes a line from its stretches.
  public init(spans: [Span] = []) {
    self.spans = spans
  }

  /// Makes a line in one style.
  public init(_ text: SafeText, _ style: Style = .text) {
    spans = text.isEmpty ? [] : [Span(text, style)]
  }

  /// Makes a plain line of the console's own words.
  public init(stringLiteral text: String) {
    self.init(SafeText(text))
  }

  /// The columns it takes on the screen.
  public var widthInColumns: Int {
    spans.reduce(0) { $0 + $1.text.widthInColumns }
  }

  /// Whether there is nothing to show.
  public var isEmpty: Bool { spans.allSatisfy(\.text.isEmpty) }

  /// The line without its styles.
  public var plain: SafeText {
    spans.count == 1 ? spans[0].text : SafeText(spans.map(\.text.string).joined(), limit: 65_536)
  }

  /// Adds a stretch at the end.
  public mutating func append(_ text: SafeText, _ style: Style = .text) {
    if !text.isEmpty { spans.append(Span(text, style)) }
  }

  /// The line with a stretch added at the end; for building a line in one expression.
  public func then(_ text: SafeText, _ style: Style = .text) -> StyledText {
    var line = self
    line.append(text, style)
    return line
  }

  /// Two lines one after the other.
  public static func + (left: StyledText, right: StyledText) -> StyledText {
    StyledText(spans: left.spans + right.spans)
  }

  /// The line in one style throughout.
  public func restyled(_ style: Style) -> StyledText {
    StyledText(spans: spans.map { Span($0.text, style) })
  }
}
