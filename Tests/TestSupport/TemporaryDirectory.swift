internal import Foundation

/// A directory that goes away with its last owner.
public final class TemporaryDirectory {
  /// Its path.
  public let root: String

  /// Makes one.
  public init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("sb-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    root = url.path
  }

  deinit {
    try? FileManager.default.removeItem(atPath: root)
  }

  /// A path inside it.
  public func path(_ name: String) -> String {
    root + "/" + name
  }

  /// Writes a file inside it, with the directories above it.
  @discardableResult
  public func write(_ name: String, _ text: String, mode: Int = 0o600) throws -> String {
    let parent = (path(name) as NSString).deletingLastPathComponent
    try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    try text.write(toFile: path(name), atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path(name))
    return path(name)
  }
}
