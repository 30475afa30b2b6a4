internal import CCrypto

/// What tells whether two values are the same without keeping either: HMAC-SHA-256 under a key that this process drew
/// at its start and tells nobody.
///
/// It says nothing to another run, so there is no use in storing it, and nobody does.
struct Fingerprint: Sendable, Hashable {
  private static let key = (0..<32).map { _ in UInt8.random(in: 0...255) }

  private let digest: [UInt8]

  /// Takes a value's fingerprint.
  init(_ value: some StringProtocol) {
    let message = Array(value.utf8)
    var digest = [UInt8](repeating: 0, count: 32)
    var length: UInt32 = 0
    let result = HMAC(
      EVP_sha256(),
      Self.key,
      Int32(Self.key.count),
      message,
      message.count,
      &digest,
      &length
    )
    precondition(result != nil && length == 32, "libcrypto has no HMAC-SHA-256")
    self.digest = digest
  }
}
