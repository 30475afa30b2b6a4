import Foundation

/// A line of shell: for what only its tools can set up, and for what a shell makes of a line.
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

  /// The words that it takes a line for; nil if it takes it for none.
  static func words(of line: String) throws -> [String]? {
    let child = Process()
    let output = Pipe()
    child.executableURL = URL(fileURLWithPath: "/bin/sh")
    child.arguments = ["-c", #"for word in \#(line); do printf '%s\n' "$word"; done"#]
    child.standardOutput = output
    child.standardError = FileHandle.nullDevice
    try child.run()
    let bytes = output.fileHandleForReading.readDataToEndOfFile()
    child.waitUntilExit()
    guard child.terminationStatus == 0 else { return nil }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }
}
