internal import Facts

/// One container of a compose project: what the list says of it, and its inspection.
struct DockerContainer: Sendable, Hashable {
  var entry: DockerListEntry
  var inspection: DockerInspection
  /// Why `inspection` says nothing of today, such as `timed out`; nil if it does.
  var gap: String?

  /// The most bytes of a health check's output that are kept.
  private static let outputCap = 512

  /// A container whose inspection failed for this reason: what its entry in the list tells, and what it was
  /// called when it was `known` last.
  init(entry: DockerListEntry, known: DockerInspection?, gap: String) {
    self.entry = entry
    self.gap = gap
    inspection = known ?? DockerInspection(Id: entry.Id, status: entry.State)
  }

  /// A container and its inspection.
  init(entry: DockerListEntry, inspection: DockerInspection) {
    self.entry = entry
    self.inspection = inspection
  }

  /// The compose service's name.
  var serviceName: String { entry.compose("service") ?? instance }

  /// Compose's number of the container among those of its service; nil if it has none.
  var number: Int? { entry.compose("container-number").flatMap { Int($0) } }

  /// The container's name.
  var instance: String { inspection.Name.map(DockerListEntry.plain) ?? entry.instance }

  /// The container as the console's services are told; `awaited` are the services whose end others wait for,
  /// `stopped` the ids of the containers that somebody was seen to stop.
  func reading(awaited: Set<String> = [], stopped: Set<String> = []) -> ServiceReading {
    let state = inspection.State
    // Kept after its end: a one-shot's new start is seen by it when it has ended again already.
    let started = state.StartedAt.map { $0.hasPrefix("0001-") ? "" : Self.canonical($0) } ?? ""
    // What can't be read is nothing to act on: no runtime knows this id.
    let id = entry.problem == nil ? entry.Id : "unreadable \(entry.Id)"
    let identity = ServiceIdentity(id: id, incarnation: started, begunAt: WallTime(timestamp: started))
    let untold = gap.map { gap in
      entry.problem.map { "unreadable: \($0)" } ?? "\(entry.State), not inspected: \(gap)"
    }
    if let untold = untold ?? contradiction {
      // Neither its health nor what its end was worth is known: to say "running" would say too much.
      return ServiceReading(
        name: serviceName,
        instance: instance,
        identity: identity,
        state: .unreadable(untold),
        image: inspection.image ?? "",
        number: number
      )
    }
    var reading = ServiceReading(
      name: serviceName,
      instance: instance,
      identity: identity,
      state: serviceState,
      health: health,
      startedAt: startedAt,
      restarts: inspection.RestartCount,
      isOutOfMemory: (state.OOMKilled ?? false) && !isRunning,
      isOneShot: Self.isOneShot(
        isAwaited: awaited.contains(serviceName) && !stopped.contains(entry.Id),
        restartPolicy: inspection.restartPolicy,
        isChecked: (state.Health?.Status ?? "none") != "none"
      ),
      image: inspection.image ?? "",
      detail: detail,
      number: number
    )
    reading.checkedAt = state.Health?.last?.Start.flatMap { WallTime(timestamp: $0) }
    reading.lived = lived
    if reading.state.hasEnded, let ended = state.FinishedAt, !ended.hasPrefix("0001-") {
      reading.endedAt = WallTime(timestamp: ended)
    }
    reading.addresses = isAlive ? inspection.addresses : []
    reading.looksDone = looksDone && !stopped.contains(entry.Id)
    return reading
  }

  /// What the list and the inspection say that can't both be true; nil if they agree.
  ///
  /// Between the two questions it may have started or ended: only who asks again knows that it is none of these.
  var contradiction: String? {
    guard gap == nil else { return nil }
    if entry.State != inspection.State.Status {
      return "\(entry.State) in the list, \(inspection.State.Status) when inspected"
    }
    let inspected = inspection.State.Health?.Status ?? "none"
    guard isAlive, let listed = entry.health, listed != inspected else { return nil }
    return "\(listed) in the list, \(inspected == "none" ? "without a check" : inspected) when inspected"
  }

  /// A timestamp without the zeros that end its fraction: the same moment is the same text.
  private static func canonical(_ text: String) -> String {
    guard let dot = text.firstIndex(of: ".") else { return text }
    let digits = text[text.index(after: dot)...].prefix { $0.isASCII && $0.isNumber }
    let kept = digits.reversed().drop { $0 == "0" }.reversed()
    return text[..<dot] + (kept.isEmpty ? "" : "." + String(kept)) + text[digits.endIndex...]
  }

  /// Whether a container is meant to end, which its end alone doesn't tell: whatever is stopped may exit with 0.
  ///
  /// It is where another service waits for its good end (`isAwaited`). `restartPolicy` is the word of
  /// `HostConfig.RestartPolicy.Name`.
  /// - Returns: false where a policy keeps it running or a health check expects it to answer, nil where it
  ///   can't be told.
  static func isOneShot(isAwaited: Bool, restartPolicy: String?, isChecked: Bool = false) -> Bool? {
    if isChecked || ["always", "unless-stopped"].contains(restartPolicy) { return false }
    return isAwaited ? true : nil
  }

  /// Longer lives no step that sets something up, such as making buckets; what serves lives longer.
  private static let longestWork = Duration.seconds(60)

  /// Whether it ended well, soon after its start, and was never made to be reached: nobody waits for anything of it.
  private var looksDone: Bool {
    let isKept = ["always", "unless-stopped"].contains(inspection.restartPolicy)
    guard serviceState == .exited(code: 0), inspection.State.Status == "exited", !isKept,
      !inspection.hasPorts, inspection.State.Health == nil, let lived
    else { return false }
    return lived <= Self.longestWork
  }

  /// How long a life that is over was, by the engine's clock.
  private var lived: Duration? {
    guard ["exited", "dead"].contains(inspection.State.Status),
      let begun = inspection.State.StartedAt.flatMap({ WallTime(timestamp: $0) }),
      let ended = inspection.State.FinishedAt.flatMap({ WallTime(timestamp: $0) }),
      case let seconds = ended.secondsSince1970 - begun.secondsSince1970, seconds > -1
    else { return nil }
    // Of one that ends at once an engine notes the end a little before the start.
    return .seconds(max(0, seconds))
  }

  /// Whether it does its work now; an engine still tells a former life's end by memory then.
  private var isRunning: Bool { ["running", "paused"].contains(inspection.State.Status) }

  /// Whether there is a process in it now.
  private var isAlive: Bool {
    ["running", "paused", "restarting"].contains(inspection.State.Status)
  }

  private var startedAt: WallTime? {
    guard isAlive, let text = inspection.State.StartedAt, !text.hasPrefix("0001-") else { return nil }
    return WallTime(timestamp: text)
  }

  private var serviceState: ServiceReading.State {
    switch inspection.State.Status {
    case "running": unknownHealth.map { .other("running, health: \($0)") } ?? .running
    case "created": .stopped
    case "paused": .paused
    case "restarting": .restarting
    case "removing": .stopping
    // What never came to run for an error of the engine's may be told to have exited with 0.
    case "exited", "dead":
      .exited(code: inspection.State.Error.map { $0.isEmpty } ?? true ? inspection.State.ExitCode : nil)
    default: .other(inspection.State.Status)
    }
  }

  private var health: ServiceReading.Health {
    // The engine keeps the last word of a check after the container's end.
    guard isAlive else { return .none }
    switch inspection.State.Health?.Status {
    case "starting": return .starting
    case "healthy": return .healthy
    case "unhealthy": return .unhealthy
    default: return .none
    }
  }

  /// A word of its health check that this console doesn't know: it may mean anything.
  private var unknownHealth: String? {
    guard let word = inspection.State.Health?.Status else { return nil }
    return ["", "none", "starting", "healthy", "unhealthy"].contains(word) ? nil : word
  }

  private var detail: String {
    guard isAlive else { return inspection.State.Error ?? "" }
    if inspection.State.Status == "restarting" {
      return inspection.State.ExitCode.map { ExitWords.words($0) } ?? ""
    }
    guard health == .unhealthy || (inspection.State.Health?.FailingStreak ?? 0) > 0,
      let probe = inspection.State.Health?.last
    else { return "" }
    var output = String(decoding: (probe.Output ?? "").utf8.prefix(Self.outputCap), as: UTF8.self)
    while output.last?.isWhitespace == true { output.removeLast() }
    guard output.isEmpty else { return output }
    return probe.ExitCode.map { "health check exit code \($0)" } ?? ""
  }
}
