public import Facts

extension KubernetesRuntime {
  private nonisolated static let logsWithin = Duration.seconds(5)
  private nonisolated static let readAtOnce = 4

  /// The last lines of all its pods together, in the order of time, each with its pod and container before it.
  ///
  /// What can't be read of one pod, and what a container wrote before it was started anew, are gaps.
  public func logs(
    of service: ServiceReading,
    tail: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let known = workload(service)?.pods ?? others.filter { "pod/\($0.name)" == service.instance }
    let pods = try podNames(of: service)
    try await kubectl.pin(atMostOften: true)
    var lines: [PodLogLine] = []
    var untimed = 0
    var failures: [SourceFailure] = []
    var gaps: [LogGap] = []
    for start in stride(from: 0, to: pods.count, by: Self.readAtOnce) {
      let some = pods[start..<min(start + Self.readAtOnce, pods.count)]
      await withTaskGroup(of: (String, Result<[PodLogLine], SourceFailure>).self) { group in
        for pod in some { group.addTask { (pod, await self.lines(of: pod, tail)) } }
        for await (pod, result) in group {
          switch result {
          case .success(let found):
            guard let since else {
              lines += found
              continue
            }
            let told = PodLogLine.since(since, of: found, in: pod, most: tail)
            lines += told.lines
            gaps += told.gaps
            untimed += told.untimed
          case .failure(let failure):
            failures.append(failure)
            gaps.append(
              LogGap("pod/\(pod)", .unreadable(failure.detail.isEmpty ? failure.word : failure.detail))
            )
          }
        }
      }
    }
    if failures.count == pods.count, let failure = failures.first { throw failure }
    gaps.sort { $0.part < $1.part }
    if lines.count > tail { gaps.append(LogGap(service.instance, .cut)) }
    gaps += known.flatMap { Self.earlierLives(of: $0, since: since) }
    let (read, gapsOfAll, untimedOfAll) = (lines, gaps, untimed)
    return await LoopActor.onThreadPool {
      var told = LogTail(
        of: Array(PodLogLine.merged(read, most: tail).joined(separator: "\n").utf8),
        most: tail,
        part: service.instance
      )
      told.gaps += gapsOfAll
      told.untimed = untimedOfAll
      return told
    }
  }

  /// A run of kubectl costs more than a request.
  public var logInterval: Duration { .seconds(5) }

  /// Of all its pods, by the times of the cluster: from the last second on that was told of all its containers.
  public func logs(
    of service: ServiceReading,
    after mark: LogMark?,
    most: Int
  ) async throws(SourceFailure) -> LogStretch {
    let pods = try podNames(of: service)
    try await kubectl.pin(atMostOften: true)
    var stretch = LogStretch(mark: mark ?? LogMark())
    var failures: [SourceFailure] = []
    for pod in pods {
      switch await lines(of: pod, most, after: PodLogLine.known(of: pod, stretch.mark)) {
      case .failure(let failure):
        failures.append(failure)
        let words = failure.detail.isEmpty ? failure.word : failure.detail
        stretch.gaps.append(LogGap("pod/\(pod)", .unreadable(words)))
      case .success(let found):
        let mark = stretch.mark
        let fresh = await LoopActor.onThreadPool { PodLogLine.stretch(of: found, after: mark, most: most) }
        stretch.lines += fresh.lines
        stretch.gaps += fresh.gaps
        stretch.hasOlder = stretch.hasOlder || fresh.hasOlder
        stretch.mark = fresh.mark
      }
    }
    if failures.count == pods.count, let failure = failures.first { throw failure }
    // What a life before this one wrote, and wasn't read, is gone.
    for pod in workload(service)?.pods ?? [] {
      for gap in Self.earlierLives(of: pod, since: nil) {
        guard case .earlierLives(let count) = gap.reason else { continue }
        if stretch.mark.offsets[gap.part] != count { stretch.gaps.append(gap) }
        stretch.mark.offsets[gap.part] = count
      }
    }
    return stretch
  }

  /// The pods whose logs are a service's.
  private func podNames(of service: ServiceReading) throws(SourceFailure) -> [String] {
    let known = workload(service)?.pods ?? others.filter { "pod/\($0.name)" == service.instance }
    let pods =
      known.isEmpty && workload(service) == nil
      ? [String(service.instance.dropFirst("pod/".count))] : known.map(\.name)
    guard !pods.isEmpty else {
      throw SourceFailure(
        .notFound,
        at: descriptor.address,
        detail: "\(service.instance) has no pod",
        told: "no pod"
      )
    }
    return pods
  }

  /// `kubectl logs` tells of the life that is, or was last, alone.
  private nonisolated static func earlierLives(of pod: KubernetesPod, since: WallTime?) -> [LogGap] {
    (pod.initContainers + pod.containers).filter { $0.restarts > 0 }.compactMap { container in
      if let since, let began = container.runningSince, began < since { return nil }
      return LogGap("pod/\(pod.name)/\(container.name)", .earlierLives(container.restarts))
    }
  }

  private func lines(
    of pod: String,
    _ tail: Int,
    after known: WallTime? = nil
  ) async -> Result<[PodLogLine], SourceFailure> {
    // One line more than is wanted tells whether there are more; one that is older, that the log reaches back to a time
    // for which lines are wanted: `--since-time`, which leaves it out, is for reading on.
    var words = ["logs", pod, "--all-containers", "--prefix", "--timestamps", "--tail", "\(tail + 1)"]
    if let known { words += ["--since-time", Format.timestamp(known)] }
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
  /// Its time as it was written; nil if that isn't told.
  var stamp: String?

  static func lines(of output: [UInt8]) -> [PodLogLine] {
    output.split(separator: 0x0A).map { bytes in
      let line = String(decoding: bytes, as: UTF8.self)
      let parts = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count >= 2, parts[0].hasPrefix("["), let time = WallTime(zonedTimestamp: String(parts[1]))
      else {
        return PodLogLine(time: nil, text: line)
      }
      let text = "\(parts[0]) \(parts.count > 2 ? parts[2] : "")"
      return PodLogLine(time: time, text: text, stamp: String(parts[1]))
    }
  }

  /// Those of a pod's lines that were written since a time, of each container at most `most`; what is missing before
  /// them, and how many have no time of their own.
  static func since(
    _ start: WallTime,
    of lines: [PodLogLine],
    in pod: String,
    most: Int
  ) -> (lines: [PodLogLine], gaps: [LogGap], untimed: Int) {
    var (kept, untimed) = ([PodLogLine](), 0)
    var gaps = lines.isEmpty ? [LogGap("pod/\(pod)", .beginsLater(nil))] : []
    // The containers of a pod write logs of their own, one behind the other.
    for (place, own) in Dictionary(grouping: lines, by: \.place).sorted(by: { $0.key < $1.key }) {
      let first = own.firstIndex { $0.time.map { $0 >= start } ?? false } ?? own.endIndex
      kept += own[first...]
      untimed += own[first...].count { $0.time == nil }
      let oldest = own.lazy.compactMap(\.time).first
      guard oldest.map({ $0 >= start }) ?? true else { continue }
      gaps.append(LogGap(place, own.count > most ? .cut : .beginsLater(oldest)))
    }
    return (kept, gaps, untimed)
  }

  /// Since when a pod's containers are to be asked for what is new; nil: for their last lines.
  ///
  /// Of one that has not told a moment yet nobody knows since when; one that has been silent for long tells the lines of
  /// its last moment again.
  static func known(of pod: String, _ mark: LogMark) -> WallTime? {
    let told = mark.moments.filter { $0.key.hasPrefix("pod/\(pod)/") }.map(\.value.key)
    guard let oldest = told.min(), let seconds = Int(oldest.prefix { $0 != "." }) else { return nil }
    return WallTime(secondsSince1970: Double(seconds))
  }

  /// Of a pod's lines those that were not told before, of each container by itself.
  static func stretch(of lines: [PodLogLine], after mark: LogMark, most: Int) -> LogStretch {
    var stretch = LogStretch(mark: mark)
    for (place, own) in Dictionary(grouping: lines, by: \.place).sorted(by: { $0.key < $1.key }) {
      let before = stretch.mark.moments[place]
      let told = own.map { line in
        (
          key: line.stamp.flatMap { LogMark.key($0) },
          line: LogStretch.Line(Array(line.message.utf8), time: line.time, part: place)
        )
      }
      let fresh = stretch.mark.unread(told, of: place)
      stretch.lines += fresh.lines
      if before == nil, own.count > most { stretch.hasOlder = true }
      if fresh.isCut { stretch.gaps.append(LogGap(place, .cut)) }
    }
    return stretch
  }

  /// The pod and container of the line: `pod/backend-1/backend`; empty if it doesn't tell.
  var place: String {
    text.hasPrefix("[") ? String(text.dropFirst().prefix { $0 != "]" }) : ""
  }

  /// What the container wrote.
  var message: Substring {
    guard stamp != nil, let end = text.firstIndex(of: " ") else { return text[...] }
    return text[text.index(after: end)...]
  }

  /// The newest lines of all pods by time; a line without one stays behind what was written before it.
  static func merged(_ lines: [PodLogLine], most: Int) -> [String] {
    var last = WallTime(secondsSince1970: 0)
    let placed = lines.enumerated().map { index, line in
      if let time = line.time { last = time }
      return (time: last, index: index, text: line.text)
    }
    return placed.sorted { ($0.time, $0.index) < ($1.time, $1.index) }.suffix(most).map(\.text)
  }
}
