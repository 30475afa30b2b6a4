public import Facts
internal import Glibc

/// One process of this machine, as `/proc/PID/stat` tells it (proc(5)).
struct ProcessRecord: Sendable, Hashable {
  var pid: Int
  var parent: Int
  var group: Int
  /// Processor time of it and of its children that have ended and were waited for, in clock ticks.
  ///
  /// What a child has used moves to its parent as it ends: the sum over a tree never falls by that.
  var ticks: Int
  /// When it started, in clock ticks since the machine did.
  var start: Int
  /// Its resident memory in pages.
  var pages: Int
  /// Whether a signal has stopped it, or a tracer.
  var isHalted = false

  init(pid: Int, parent: Int, group: Int, ticks: Int, start: Int, pages: Int) {
    self.pid = pid
    self.parent = parent
    self.group = group
    self.ticks = ticks
    self.start = start
    self.pages = pages
  }

  /// Reads the line; nil where it isn't one.
  init?(parsing line: String) {
    // The name stands in parentheses and may hold anything, parentheses too.
    guard let open = line.firstIndex(of: "("), let close = line.lastIndex(of: ")"), open < close,
      let pid = Int(line[..<open].filter { $0 != " " })
    else { return nil }
    let fields = line[line.index(after: close)...].split(separator: " ")
    func number(_ field: Int) -> Int? { field - 3 < fields.count ? Int(fields[field - 3]) : nil }
    let times = (14...17).compactMap(number)
    guard let parent = number(4), let group = number(5), times.count == 4, let start = number(22),
      let pages = number(24)
    else { return nil }
    self.init(
      pid: pid,
      parent: parent,
      group: group,
      ticks: times.reduce(0, +),
      start: start,
      pages: pages
    )
    isHalted = fields.first.map { ["T", "t"].contains($0) } ?? false
  }
}

/// All processes of this machine at one moment.
struct ProcessTable: Sendable {
  /// The processes by pid.
  let processes: [Int: ProcessRecord]
  /// Seconds since the machine started.
  let uptime: Double
  /// When it was read.
  let readAt: Moment
  private let children: [Int: [Int]]
  private let groups: [Int: [Int]]

  init(processes: [Int: ProcessRecord], uptime: Double, readAt: Moment) {
    self.processes = processes
    self.uptime = uptime
    self.readAt = readAt
    children = Dictionary(grouping: processes.values, by: \.parent).mapValues { $0.map(\.pid) }
    groups = Dictionary(grouping: processes.values, by: \.group).mapValues { $0.map(\.pid) }
  }

  /// Reads `/proc`, which blocks; nil where there is none.
  static func read() -> ProcessTable? {
    guard let uptime = readUptime(),
      let directory = opendir("/proc")
    else { return nil }
    defer { closedir(directory) }
    var processes: [Int: ProcessRecord] = [:]
    while let entry = readdir(directory) {
      let pid = withUnsafePointer(to: &entry.pointee.d_name) { name in
        name.withMemoryRebound(to: CChar.self, capacity: 256) { Int(String(cString: $0)) }
      }
      // One that has ended meanwhile is none.
      guard let pid, let record = text(of: "/proc/\(pid)/stat").flatMap(ProcessRecord.init(parsing:)) else {
        continue
      }
      processes[pid] = record
    }
    return ProcessTable(processes: processes, uptime: uptime, readAt: LoopActor.now())
  }

  /// Seconds since the machine started.
  fileprivate static func readUptime() -> Double? {
    text(of: "/proc/uptime")?.split(separator: " ").first.flatMap { Double($0) }
  }

  static func text(of path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 2_048)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }

  /// A process, its descendants, and those that share its group though their parent has gone.
  func tree(of root: Int) -> [ProcessRecord] {
    var members: Set<Int> = [root]
    var open = [root] + groups[root, default: []]
    while let next = open.popLast() {
      members.insert(next)
      open += children[next, default: []].filter { !members.contains($0) }
    }
    return members.compactMap { processes[$0] }
  }
}

/// A process of this machine, by its number.
public enum LocalProcess {
  /// A start that is told so many seconds from the real one is another process'.
  static let startTolerance = 5.0

  /// Which of these processes a signal or a tracer has stopped, of those that are here and as old as is told.
  ///
  /// `ages` are seconds since the start, by pid. It blocks.
  static func halted(of ages: [Int: Double]) -> Set<Int> {
    guard let uptime = ProcessTable.readUptime() else { return [] }
    let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
    return ages.reduce(into: []) { halted, told in
      let line = ProcessTable.text(of: "/proc/\(told.key)/stat")
      guard let record = line.flatMap(ProcessRecord.init(parsing:)), record.isHalted,
        (uptime - Double(record.start) / ticks - told.value).magnitude <= startTolerance
      else { return }
      halted.insert(told.key)
    }
  }

  /// Since when the process has been running, as `/proc` tells it; nil where there is none of that
  /// number, or where it is another user's and hidden.
  public static func start(of process: Int, now: WallTime) -> WallTime? {
    guard let uptime = ProcessTable.readUptime(),
      let record = ProcessTable.text(of: "/proc/\(process)/stat").flatMap(ProcessRecord.init(parsing:))
    else { return nil }
    return now - .seconds(uptime - Double(record.start) / Double(sysconf(Int32(_SC_CLK_TCK))))
  }
}

/// What supervised processes use, from one table of processes to the next: a pure value.
struct ProcessMeter: Sendable {
  private struct Sample: Sendable {
    var ticks: Int
    var start: Int
    var takenAt: MonotonicTime
    var cpu: Double?
  }

  /// Between two samples that are nearer there are too few clock ticks to tell anything.
  private static let leastGap = Duration.milliseconds(500)

  private let ticksPerSecond: Double
  private let pageSize: Double
  private var samples: [String: Sample] = [:]

  init(ticksPerSecond: Double = Double(sysconf(Int32(_SC_CLK_TCK))), pageSize: Double = Double(getpagesize()))
  {
    self.ticksPerSecond = ticksPerSecond
    self.pageSize = pageSize
  }

  /// The usage of the services that have a process, by identity's id.
  ///
  /// Memory is the resident one of all processes of its tree: pages that they share count for each.
  mutating func usage(of services: [ServiceReading], in table: ProcessTable) -> [String: ServiceUsage] {
    var usage: [String: ServiceUsage] = [:]
    var next: [String: Sample] = [:]
    for service in services {
      let id = service.identity.id
      guard let pid = Int(service.identity.incarnation.prefix { $0 != "@" }) else { continue }
      guard let root = table.processes[pid] else {
        usage[id] = ServiceUsage(gap: "no such process here")
        continue
      }
      let age = table.uptime - Double(root.start) / ticksPerSecond
      let toldAge = service.startedAt.map { table.readAt.wall.secondsSince1970 - $0.secondsSince1970 }
      guard let toldAge, (age - toldAge).magnitude <= LocalProcess.startTolerance else {
        usage[id] = ServiceUsage(gap: "another process has its number here, or the clock was set")
        continue
      }
      let tree = table.tree(of: pid)
      let memory = tree.reduce(0.0) { $0 + Double($1.pages) } * pageSize
      let now = Sample(
        ticks: tree.reduce(0) { $0 + $1.ticks },
        start: root.start,
        takenAt: table.readAt.monotonic
      )
      let (kept, gap) = advance(from: samples[id], to: now)
      next[id] = kept
      usage[id] = ServiceUsage(cpu: kept.cpu, memory: memory, gap: gap)
    }
    samples = next
    return usage
  }

  private func advance(from before: Sample?, to now: Sample) -> (Sample, gap: String) {
    guard let before, before.start == now.start else { return (now, "first sample") }
    let elapsed = now.takenAt - before.takenAt
    guard elapsed >= Self.leastGap else { return (before, "first sample") }
    guard now.ticks >= before.ticks else { return (now, "its counter went back") }
    var sample = now
    sample.cpu = Double(now.ticks - before.ticks) / ticksPerSecond / elapsed.seconds * 100
    return (sample, "")
  }
}
