/// The project files that their user trusts, by the hash of path and content, in the state directory.
///
/// Blocking calls on one small file of the user's own, before the loop has anything else to do.
public struct TrustedFiles: Sendable {
  private static let cap = 256 << 10

  private let directory: StateDirectory

  /// The list of the user whose process' variables these are.
  public init(variables: [String: String]) {
    directory = StateDirectory(environment: "trusted", variables: variables)
  }

  /// Whether this file was trusted with exactly this content; a list that can't be read trusts nothing.
  public func contains(_ path: String, _ bytes: [UInt8]) -> Bool {
    lines().contains(Self.line(path, bytes))
  }

  /// Trusts a file with this content; false if it was trusted before.
  /// - Throws: why it can't be noted.
  public func trust(_ path: String, _ bytes: [UInt8]) throws(FileFailure) -> Bool {
    try directory.make()
    let lock = try PrivateFile(directory.file("files.lock"))
    try lock.lock()
    let kept = lines()
    let line = Self.line(path, bytes)
    guard !kept.contains(line) else { return false }
    try PrivateFile.replace(
      directory.file("files"),
      with: Array((kept + [line]).map { $0 + "\n" }.joined().utf8)
    )
    return true
  }

  private func lines() -> [String] {
    let bytes = try? PrivateFile.contents(directory.file("files"), cap: Self.cap)
    return String(decoding: (bytes ?? nil) ?? [], as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// The length in front keeps path and content from running together.
  private static func line(_ path: String, _ bytes: [UInt8]) -> String {
    Digest.sha256(Array("\(path.utf8.count):\(path)".utf8) + bytes)
  }
}
