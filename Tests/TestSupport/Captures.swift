#if canImport(Glibc)
internal import Glibc
#endif

/// The real replies of the real stack, where `CAPTURES` in the environment tells where they are.
///
/// They are no part of the project, so that tests which read them carry `.enabled(if: Captures.areHere)`.
public enum Captures {
  /// The directory; nil where there is none.
  public static let directory = getenv("CAPTURES").map { String(cString: $0) }.flatMap {
    $0.isEmpty ? nil : $0
  }

  /// Whether there are any: what a suite's `.enabled(if:)` asks.
  public static var areHere: Bool { directory != nil }

  /// Why a suite is skipped.
  public static let reason = "CAPTURES names no directory of captured replies"

  /// The path of a capture, such as `docker/version.json`.
  public static func path(_ name: String) -> String { "\(directory ?? "")/\(name)" }

  /// The bytes of a capture.
  ///
  /// - Returns: nil if it can't be read.
  public static func bytes(_ name: String) -> [UInt8]? {
    guard let file = fopen(path(name), "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      guard count > 0 else { return bytes }
      bytes += buffer[..<count]
    }
  }

  /// A capture as text; empty if it can't be read.
  public static func text(_ name: String) -> String { String(decoding: bytes(name) ?? [], as: UTF8.self) }

  /// The JSON of a reply that curl wrote down: what its `-w` added behind it is taken off.
  public static func body(_ name: String) -> [UInt8] {
    let text = text(name)
    let close: Character = text.first == "{" ? "}" : "]"
    return text.lastIndex(of: close).map { Array(text[...$0].utf8) } ?? []
  }

  /// Captures that the tests of Operations check; those of DataSources see to it that none is forgotten.
  public static let readByOperations = [
    "api/multi-turn-execute-202.txt", "api/scenarios.json", "api/suite-run-exec-completed.json",
    "api/suite-run-exec-failed.json",
  ]

  /// The elements of a capture that is a list of objects, each as it stands there.
  public static func elements(of name: String) -> [[UInt8]] {
    var elements: [[UInt8]] = []
    var current: [UInt8] = []
    var depth = 0
    var isInText = false
    var isEscaped = false
    for byte in body(name) {
      if depth > 1 || byte == UInt8(ascii: "{") { current.append(byte) }
      if isInText {
        if byte == UInt8(ascii: "\""), !isEscaped { isInText = false }
        isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isInText = true
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 1 {
          elements.append(current)
          current = []
        }
      default: break
      }
    }
    return elements
  }

  /// Every capture there is, by its path below the directory.
  public static func files() -> [String] {
    var found: [String] = []
    collect("", into: &found)
    return found.sorted()
  }

  private static func collect(_ folder: String, into found: inout [String]) {
    guard let stream = opendir(path(folder)) else { return }
    defer { closedir(stream) }
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      guard name != ".", name != ".." else { continue }
      let inside = folder.isEmpty ? name : "\(folder)/\(name)"
      if Int(entry.pointee.d_type) == Int(DT_DIR) {
        collect(inside, into: &found)
      } else {
        found.append(inside)
      }
    }
  }
}
