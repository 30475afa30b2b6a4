internal import FoundationEssentials

/// The base64 in which the Kubernetes API tells the values of a Secret (RFC 4648, section 4).
enum Base64 {
  static func encoded(_ bytes: [UInt8]) -> String { Data(bytes).base64EncodedString() }

  /// The bytes; nil if the text is no base64.
  static func decoded(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
