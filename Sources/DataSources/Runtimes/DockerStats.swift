internal import Facts

/// One document of `GET /containers/{id}/stats`, as far as it is read.
struct DockerStats: Hashable, DockerReply {
  /// The share as `docker stats` computes it (docker/cli, `calculateCPUPercentUnix`), in percent of one core.
  ///
  /// Nil where the sample before is missing: then docker's own 0.00 is no value.
  var cpu: Double?
  /// The memory as `docker stats` tells it: without the page cache that can be given back at once.
  var memory: Double?
  private var isFirst: Bool

  init?(_ document: JSONValue) {
    guard case .object = document else { return nil }
    isFirst = document["preread"]?.text?.hasPrefix("0001-") ?? true
    if document["preread"]?.text?.hasPrefix("0001-") != true {
      cpu = Self.share(document["cpu_stats"], since: document["precpu_stats"])
    }
    // The page cache goes by another name on machines with cgroups of version 1.
    let parts = document["memory_stats"]?["stats"]
    if let usage = document["memory_stats"]?["usage"]?.number, usage >= 0,
      let cache = (parts?["total_inactive_file"] ?? parts?["inactive_file"])?.number
    {
      memory = cache < usage ? usage - max(0, cache) : usage
    }
  }

  private static func share(_ now: JSONValue?, since before: JSONValue?) -> Double? {
    guard let used = now?["cpu_usage"]?["total_usage"]?.number,
      let usedBefore = before?["cpu_usage"]?["total_usage"]?.number,
      let all = now?["system_cpu_usage"]?.number, let allBefore = before?["system_cpu_usage"]?.number,
      let cores = now?["online_cpus"]?.number
        ?? now?["cpu_usage"]?["percpu_usage"]?.list.map({ Double($0.count) }),
      cores > 0, used >= usedBefore, all > allBefore
    else { return nil }
    return (used - usedBefore) / (all - allBefore) * cores * 100
  }

  /// The sample, with why something is missing.
  var usage: ServiceUsage {
    ServiceUsage(cpu: cpu, memory: memory, gap: isFirst ? "first sample" : "not told by the engine")
  }
}

/// The streams of what containers use, one a container; none is open while nobody asks.
@LoopActor final class DockerUsage {
  private struct Stream {
    var number: Int
    var task: Task<Void, Never>
    var openedAt: MonotonicTime
    var sample: ServiceUsage?
    var takenAt: MonotonicTime?
  }

  /// The engine sends a sample a second: an older one says nothing of now.
  private static let freshFor = Duration.seconds(6)
  /// A stream that was silent for so long is opened anew: a connection may be half gone and nobody tell.
  private static let patience = Duration.seconds(30)

  private let engine: DockerEngine
  private var streams: [String: Stream] = [:]
  /// Why the last stream of a container ended.
  private var ends: [String: String] = [:]
  private var opened = 0

  init(engine: DockerEngine) {
    self.engine = engine
  }

  /// The containers whose streams are open.
  var open: Set<String> { Set(streams.keys) }

  /// The newest samples of these containers: streams of new ones are opened, of others closed.
  func samples(of ids: [String], at now: MonotonicTime) -> [String: ServiceUsage] {
    let wanted = Set(ids)
    for id in streams.keys where !wanted.contains(id) { end(id) }
    ends = ends.filter { wanted.contains($0.key) }
    var samples: [String: ServiceUsage] = [:]
    for id in ids {
      if let stream = streams[id], now - (stream.takenAt ?? stream.openedAt) > Self.patience { end(id) }
      let stream = streams[id] ?? listen(to: id, at: now)
      if let sample = stream.sample, let takenAt = stream.takenAt {
        let isFresh = now - takenAt <= Self.freshFor
        samples[id] =
          isFresh ? sample : ServiceUsage(gap: "no sample since \(Format.duration(now - takenAt))")
      } else {
        let isStarting = now - stream.openedAt <= Self.freshFor
        samples[id] = ServiceUsage(gap: ends[id] ?? (isStarting ? "starting" : "no sample"))
      }
    }
    return samples
  }

  /// Closes all streams.
  func close() {
    for id in streams.keys { end(id) }
    ends = [:]
  }

  private func end(_ id: String) {
    streams.removeValue(forKey: id)?.task.cancel()
  }

  private func listen(to id: String, at now: MonotonicTime) -> Stream {
    opened += 1
    let number = opened
    let engine = engine
    let task = LoopActor.task { [weak self] in
      var word = "the stream ended"
      do throws(SourceFailure) {
        try await engine.stream(
          "/containers/\(id)/stats?stream=1",
          opened: {},
          line: { [weak self] in self?.take($0, of: id, number) },
          headWithin: .seconds(5)
        )
      } catch {
        word = error.word
      }
      self?.hasEnded(id, number, word)
    }
    let stream = Stream(number: number, task: task, openedAt: now)
    streams[id] = stream
    return stream
  }

  private func take(_ line: [UInt8], of id: String, _ number: Int) {
    guard streams[id]?.number == number else { return }
    streams[id]?.sample = DockerStats.parse(line)?.usage ?? ServiceUsage(gap: "unreadable")
    streams[id]?.takenAt = LoopActor.now().monotonic
  }

  /// The next question opens it again.
  private func hasEnded(_ id: String, _ number: Int, _ word: String) {
    guard streams[id]?.number == number else { return }
    streams[id] = nil
    ends[id] = word
  }
}
