/// The name of an action, stable across releases: keymaps, audit lines and the command line use it.
public struct ActionID: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
  /// The name: a noun, a dot and a verb, such as `service.restart`.
  public let name: String

  /// Names an action.
  public init(_ name: String) {
    self.name = name
  }

  /// Names an action in the source.
  public init(stringLiteral value: String) {
    name = value
  }

  /// The name.
  public var description: String { name }

  /// Orders by name.
  public static func < (left: ActionID, right: ActionID) -> Bool {
    left.name < right.name
  }
}
