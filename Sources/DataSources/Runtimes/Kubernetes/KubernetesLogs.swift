public import Facts

extension KubernetesRuntime {
  private nonisolated static let logsWithin = Duration.seconds(5)
  private nonisolated static let readAtOnce = 4

  /// The last lines of all its pods together, in the order of time, each with its pod and container before it.
  ///
  /// What can't be read of one pod stands in its place as a line.
  public func logs(
    of service: ServiceReading,
    tail: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let pods = workload(service)?.pods.map(\.name) ?? [String(service.instance.dropFirst("pod/".count))]
    guard !pods.isEmpty else {
      throw SourceFailure(
        .notFound,
        at: descriptor.address,
        detail: "\(service.instance) has no pod",
        told: "no pod"
      )
    }
    try await kubectl.pin(atMostOften: true)
    var lines: [PodLogLine] = []
    var reach = LogReach()
    var failures: [SourceFailure] = []
    for start in stride(from: 0, to: pods.count, by: Self.readAtOnce) {
      let some = pods[start..<min(start + Self.readAtOnce, pods.count)]
      await withTaskGroup(of: (String, Result<[PodLogLine], SourceFailure>).self) { group in
        for pod in some { group.addTask { (pod, await self.lines(of: pod, tail, since)) } }
        for await (pod, result) in group {
          switch result {
          case .success(let found):
            lines += since.map { PodLogLine.since($0, of: found, in: pod, most: tail, &reach) } ?? found
          case .failure(let failure):
            failures.append(failure)
            lines.append(PodLogLine(time: nil, text: "[pod/\(pod)] can't be read: \(failure.detail)"))
            reach.late.append(LogReach.Part("pod/\(SafeText(pod))"))
          }
        }
      }
    }
    if failures.count == pods.count, let failure = failures.first { throw failure }
    if lines.count > tail { reach.isCut = true }
    reach.late.sort { $0.name.string < $1.name.string }
    let shown = PodLogLine.merged(lines, most: tail).joined(separator: "\n")
    var told = LogTail(of: Array(shown.utf8), most: tail)
    told.reach = since == nil ? nil : reach
    return told
  }

  private func lines(
    of pod: String,
    _ tail: Int,
    _ since: WallTime?
  ) async -> Result<[PodLogLine], SourceFailure> {
    // One that is older shows that the log reaches back to the time: `--since-time` leaves it out.
    let most = since == nil ? tail : tail + 1
    let words = ["logs", pod, "--all-containers", "--prefix", "--timestamps", "--tail", "\(most)"]
    do throws(SourceFailure) {
      let call = kubectl.words(words + [Kubectl.timeout(Self.logsWithin)])
      let output = try await kubectl.run(call, within: Self.logsWithin)
      return .success(await LoopActor.onThreadPool { PodLogLine.lines(of: output) })
    } catch {
      return .failure(error)
    }
  }
}

/// A line of `kubectl logs --prefix --timestamps`: `[pod/NAME/CONTAINER] TIME text`.
struct PodLogLine: Sendable, Equatable {
  /// When it was written; nil if that isn't told.
  var time: WallTime?
  /// The line without its time.
  var text: String

  static func lines(of output: [UInt8]) -> [PodLogLine] {
    output.split(separator: 0x0A).map { bytes in
      let line = String(decoding: bytes, as: UTF8.self)
      let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2, parts[0].hasPrefix("["), let time = WallTime(zonedTimestamp: String(parts[1]))
      else {
        return PodLogLine(time: nil, text: line)
      }
      return PodLogLine(time: time, text: parts[0] + " " + (parts.count > 2 ? parts[2] : ""))
    }
  }

  /// Those of a pod's lines that were written since a time, of each container at most `most`, and how far they reach.
  static func since(
    _ start: WallTime,
    of lines: [PodLogLine],
    in pod: String,
    most: Int,
    _ reach: inout LogReach
  ) -> [PodLogLine] {
    if lines.isEmpty { reach.late.append(LogReach.Part("pod/\(SafeText(pod))")) }
    var kept: [PodLogLine] = []
    // The containers of a pod write logs of their own, one behind the other.
    for (place, own) in Dictionary(grouping: lines, by: \.place).sorted(by: { $0.key < $1.key }) {
      let first = own.firstIndex { $0.time.map { $0 >= start } ?? false } ?? own.endIndex
      kept += own[first...]
      reach.untimed += own[first...].count { $0.time == nil }
      let oldest = own.lazy.compactMap(\.time).first
      guard oldest.map({ $0 >= start }) ?? true else { continue }
      if own.count > most {
        reach.isCut = true
      } else {
        reach.late.append(LogReach.Part(SafeText(place), begins: oldest))
      }
    }
    return kept
  }

  /// The pod and container of the line: `pod/backend-1/backend`; empty if it doesn't tell.
  private var place: String {
    text.hasPrefix("[") ? String(text.dropFirst().prefix { $0 != "]" }) : ""
  }

  /// The newest lines of all pods by time; a line without one stays behind what was written before it.
  static func merged(_ lines: [PodLogLine], most: Int) -> [String] {
    var last = WallTime(secondsSince1970: 0)
    let placed = lines.enumerated().map { index, line in
      if let time = line.time { last = time }
      // What can't be read of a pod is the newest that is known of it.
      let isNote = line.time == nil && line.text.contains("] can't be read: ")
      return (time: isNote ? WallTime(secondsSince1970: .infinity) : last, index: index, text: line.text)
    }
    return placed.sorted { ($0.time, $0.index) < ($1.time, $1.index) }.suffix(most).map(\.text)
  }
}
