// `stat` belongs to whichever of the two was read first.
internal import CUV
internal import Glibc

/// One life of a process, told apart from all others: of this machine's other boots, of other machines, of those that
/// had its number before or get it later.
public struct ProcessLife: Sendable, Hashable {
  /// The boot of its machine: `/proc/sys/kernel/random/boot_id`.
  private var boot: String
  /// The namespace of its number: the inode of `/proc/PID/ns/pid`.
  private var namespace: String
  private var pid: Int
  /// When it started, in clock ticks since the boot.
  private var start: Int

  /// The life of this process; nil where `/proc` doesn't tell.
  public static let own: ProcessLife? = {
    var status = stat()
    guard let boot = ProcessTable.text(of: "/proc/sys/kernel/random/boot_id")?.split(separator: "\n").first,
      stat("/proc/self/ns/pid", &status) == 0,
      let record = ProcessTable.text(of: "/proc/self/stat").flatMap(ProcessRecord.init(parsing:)),
      record.pid == Int(getpid())
    else { return nil }
    return ProcessLife("\(boot) \(status.st_ino) \(record.pid) \(record.start)")
  }()

  /// Reads what ``text`` gives; nil if it is something else.
  public init?(_ text: String) {
    let parts = text.split(separator: " ", omittingEmptySubsequences: false)
    guard parts.count == 4, let pid = Int(parts[2]), pid > 0, let start = Int(parts[3]) else { return nil }
    (boot, namespace, self.pid, self.start) = (String(parts[0]), String(parts[1]), pid, start)
  }

  /// It in one line: boot, namespace, number and start.
  public var text: String { "\(boot) \(namespace) \(pid) \(start)" }

  /// Whether it is over; nil where that can't be seen from here: on another machine, in another namespace.
  public var isOver: Bool? {
    guard let own = Self.own, own.boot == boot, own.namespace == namespace else { return nil }
    guard kill(pid_t(truncatingIfNeeded: pid), 0) == 0 || errno != ESRCH else { return true }
    // There is one of that number; whose start isn't told may be the same.
    return ProcessTable.text(of: "/proc/\(pid)/stat").flatMap(ProcessRecord.init(parsing:))
      .map { $0.start != start } ?? false
  }
}
