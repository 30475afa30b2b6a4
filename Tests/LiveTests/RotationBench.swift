import DataSources
import Foundation
import Glibc
import ScreenSupport
import Testing

/// What a rotation changes on a bench, and how it is watched.
extension ComposeBench {
  /// Writes a new value into a file beside the project; its path.
  func give(_ value: String, mode: Int = 0o600) throws -> String {
    let path = own("new")
    try value.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    return path
  }

  /// What stands in `.env`.
  var environmentFile: String { (try? String(contentsOfFile: "\(directory)/.env", encoding: .utf8)) ?? "" }

  /// What stands in the other file of the same variable.
  var secondFile: String { (try? String(contentsOfFile: "\(directory)/second.env", encoding: .utf8)) ?? "" }

  /// The values that both services were started with.
  func started() throws -> [String?] {
    try [containers(of: "till"), containers(of: "borrower", variable: "BORROWED")].map {
      #expect($0.count == 1)
      return $0.first?.key
    }
  }

  /// What stands in the console's own files.
  var kept: [String: String] {
    var files: [String: String] = [:]
    for name in LocalFile.names(in: state) {
      files[name] = try? String(contentsOfFile: "\(state)/\(name)", encoding: .utf8)
    }
    return files
  }
}

/// Looks again and again whether a text stands in the arguments of any process, or in the environment of the console or
/// of a compose CLI.
final class ProcessWatch: @unchecked Sendable {
  private let text: String
  private let thread: Thread
  private let lock = NSLock()
  private var found: Set<String> = []
  private var isOver = false
  private let ended = DispatchSemaphore(value: 0)

  init(for text: String) {
    self.text = text
    let box = Box()
    thread = Thread { box.watch?.look() }
    box.watch = self
    thread.start()
  }

  final class Box: @unchecked Sendable {
    var watch: ProcessWatch?
  }

  private func look() {
    while !lock.withLock({ isOver }) {
      for pid in LocalFile.names(in: "/proc") where Int(pid) != nil {
        let words = contents("/proc/\(pid)/cmdline")
        if words.contains(text) { lock.withLock { _ = found.insert("argument of \(pid)") } }
        guard words.contains("switchboard") || words.contains("docker-compose") else { continue }
        if contents("/proc/\(pid)/environ").contains(text) {
          lock.withLock { _ = found.insert("environment of \(pid)") }
        }
      }
      usleep(5_000)
    }
    ended.signal()
  }

  private func contents(_ path: String) -> String {
    PseudoTerminal.contents(path)
  }

  /// Stops looking; what was found.
  func end() -> [String] {
    lock.withLock { isOver = true }
    ended.wait()
    return found.sorted()
  }
}
