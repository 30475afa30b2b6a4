internal import CCrypto

/// SHA-256 and what is built on it, from libcrypto.
enum Digest {
  /// The bytes of a SHA-256.
  static let size = 32

  /// SHA-256 in lower-case hexadecimal.
  static func sha256(_ bytes: some Collection<UInt8>) -> String {
    var digest = [UInt8](repeating: 0, count: size)
    var length: UInt32 = 0
    let input = Array(bytes)
    let isDone = EVP_Digest(input, input.count, &digest, &length, EVP_sha256(), nil)
    precondition(isDone == 1 && length == UInt32(size), "libcrypto has no SHA-256")
    return hex(digest)
  }

  /// HMAC-SHA256 in lower-case hexadecimal.
  static func hmac(key: [UInt8], _ message: [UInt8]) -> String {
    var digest = [UInt8](repeating: 0, count: size)
    var length: UInt32 = 0
    let result = HMAC(EVP_sha256(), key, Int32(key.count), message, message.count, &digest, &length)
    precondition(result != nil && length == UInt32(size), "libcrypto has no HMAC-SHA256")
    return hex(digest)
  }

  /// Random bytes fit for keys; nil if the system has none to give.
  static func randomBytes(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    return RAND_bytes(&bytes, Int32(count)) == 1 ? bytes : nil
  }

  /// Two lower-case hexadecimal digits a byte.
  static func hex(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    text.reserveCapacity(bytes.count * 2)
    for byte in bytes {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
