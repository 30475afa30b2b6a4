import Facts
import FoundationEssentials

#if canImport(Glibc)
import Glibc
#endif

/// Ending what engines leave: containerd, shims and containers outlive a dockerd that is killed.
extension TestEngine {
  /// In the environment of every process of an engine: the pid of the test process that owns it.
  static let mark = "SWITCHBOARD_TEST_ENGINE"
  static let started = Locked<[(process: TestProcess, directory: String)]>([])

  static let stopsAtExit: Bool = {
    atexit {
      for (process, directory) in TestEngine.started.withLock({ $0 }) {
        process.send(SIGCONT)
        process.send(SIGTERM)
        process.wait()
        TestEngine.unmount(below: directory)
      }
      TestEngine.end { $0 == getpid() }
    }
    return true
  }()

  /// Ends the engines whose test process is no more.
  static func sweep() {
    end { owner in Glibc.kill(owner, 0) != 0 }
  }

  /// Kills the processes of engines by the owner that their environment names.
  private static func end(ownedBy isOwner: (pid_t) -> Bool) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    for pid in names.compactMap({ pid_t($0) }) {
      guard let environment = try? Data(contentsOf: URL(filePath: "/proc/\(pid)/environ")) else { continue }
      let owners = environment.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        .filter { $0.hasPrefix("\(mark)=") }.compactMap { pid_t($0.dropFirst(mark.count + 1)) }
      if owners.contains(where: isOwner) { Glibc.kill(pid, SIGKILL) }
    }
  }

  private static func unmount(below directory: String) {
    let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
    for line in mounts.split(separator: "\n").reversed() {
      let words = line.split(separator: " ")
      if words.count > 1, words[1].hasPrefix(directory) { umount2(String(words[1]), Int32(MNT_DETACH)) }
    }
  }
}
