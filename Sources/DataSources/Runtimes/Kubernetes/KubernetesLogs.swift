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
    var failures: [SourceFailure] = []
    for start in stride(from: 0, to: pods.count, by: Self.readAtOnce) {
      let some = pods[start..<min(start + Self.readAtOnce, pods.count)]
      await withTaskGroup(of: (String, Result<[PodLogLine], SourceFailure>).self) { group in
        for pod in some { group.addTask { (pod, await self.lines(of: pod, tail, since)) } }
        for await (pod, result) in group {
          switch result {
          case .success(let found): lines += found
          case .failure(let failure):
            failures.append(failure)
            lines.append(PodLogLine(time: nil, text: "[pod/\(pod)] can't be read: \(failure.detail)"))
          }
        }
      }
    }
    if failures.count == pods.count, let failure = failures.first { throw failure }
    return LogTail(of: Array(PodLogLine.merged(lines, most: tail).joined(separator: "\n").utf8), most: tail)
  }

  private func lines(
    of pod: String,
    _ tail: Int,
    _ since: WallTime?
  ) async -> Result<[PodLogLine], SourceFailure> {
    let words =
      ["logs", pod, "--all-containers", "--prefix", "--timestamps", "--tail", "\(tail)"]
      + (since.map { ["--since-time", Format.timestamp($0)] } ?? [])
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
