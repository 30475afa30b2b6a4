/// Why a text is not the YAML that the console reads, and where.
public struct YAMLError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Where.
  public var location: Location
  /// What is wrong and what was expected; never a value from the file.
  public var message: String

  /// Describes an error at a place.
  public init(_ message: String, at location: Location) {
    self.message = message
    self.location = location
  }

  /// The error as compilers write it: `file:line:column: message`.
  public var description: String {
    "\(location): \(message)"
  }
}
