import Foundation

/// A line of shell, for what only root's tools can set up.
enum Shell {
  /// Runs it; whether it ended well.
  static func run(_ line: String) throws -> Bool {
    let child = Process()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", line]
    child.standardError = FileHandle.nullDevice
    try child.run()
    child.waitUntilExit()
    return child.terminationStatus == 0
  }
}
