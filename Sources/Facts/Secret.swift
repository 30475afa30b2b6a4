/// A password or token: it has no description and no Codable, and its bytes are wiped with it.
///
/// A reference type so that there is exactly one buffer, overwritten when the last owner lets go.
public final class Secret: Sendable {
  private let bytes: [UInt8]

  /// Takes over the text of a secret.
  public init(_ text: String) {
    bytes = Array(text.utf8)
  }

  /// Lends the text to the one place that must send it; it is not to be kept or logged.
  public func reveal<Result>(_ body: (String) throws -> Result) rethrows -> Result {
    try body(String(decoding: bytes, as: UTF8.self))
  }

  /// Whether two secrets hold the same bytes.
  public func matches(_ other: Secret) -> Bool {
    bytes == other.bytes
  }

  deinit {
    // The array is uniquely ours: overwrite what it holds before the memory goes back.
    bytes.withUnsafeBytes { buffer in
      guard let start = buffer.baseAddress else { return }
      UnsafeMutableRawPointer(mutating: start).initializeMemory(
        as: UInt8.self,
        repeating: 0,
        count: buffer.count
      )
    }
  }
}
