/// How a cell looks: theme roles and attributes, never colours.
public struct Style: Sendable, Hashable {
  /// Bold and the like, kept where there are no colours.
  public struct Attributes: OptionSet, Sendable, Hashable {
    /// One bit for each attribute.
    public let rawValue: UInt8

    /// Makes a set from its bits.
    public init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    /// Brighter or heavier.
    public static let bold = Attributes(rawValue: 1)
    /// Weaker; only beside a muted role, since some terminals ignore it.
    public static let dim = Attributes(rawValue: 2)
    /// Foreground and background exchanged.
    public static let reverse = Attributes(rawValue: 4)
    /// Underlined.
    public static let underline = Attributes(rawValue: 8)
  }

  /// The role of the foreground.
  public var role: ThemeRole
  /// The role whose colour is the background; nil is the terminal's own.
  public var background: ThemeRole?
  /// Bold and the like.
  public var attributes: Attributes

  /// Makes a style; without arguments plain text.
  public init(role: ThemeRole = .text, background: ThemeRole? = nil, attributes: Attributes = []) {
    self.role = role
    self.background = background
    self.attributes = attributes
  }

  /// Plain text.
  public static let text = Style()
  /// Text that matters: bold.
  public static let strong = Style(attributes: .bold)
  /// Labels, units, sources.
  public static let muted = Style(role: .muted)
  /// What can be done: keys, links, the selected.
  public static let accent = Style(role: .accent)
  /// A role as foreground, nothing else.
  public static func role(_ role: ThemeRole) -> Style {
    Style(role: role)
  }

  /// The same style in bold.
  public var bold: Style { with(.bold) }

  /// The same style with more attributes.
  public func with(_ more: Attributes) -> Style {
    Style(role: role, background: background, attributes: attributes.union(more))
  }

  /// The same style on another background.
  public func on(_ background: ThemeRole?) -> Style {
    Style(role: role, background: background, attributes: attributes)
  }
}
