internal import Facts

/// What happened in a namespace lately: by its events, and by what differs from list to list.
///
/// Events are asked for beside the polls, which never wait for them.
@LoopActor final class KubernetesHistory {
  private nonisolated static let every = Duration.seconds(15)
  private nonisolated static let most = 100

  private let kubectl: Kubectl
  private let deadline: Duration
  private var last: KubernetesList?
  private var owners = KubernetesOwners()
  private var seen: [RuntimeChange] = []
  private var events: [KubernetesEvent] = []
  private var failure: RuntimeChange?
  private var askedAt: MonotonicTime?
  private var isAsking = false

  init(_ kubectl: Kubectl, deadline: Duration) {
    self.kubectl = kubectl
    self.deadline = deadline
  }

  /// What is known to have happened when this list was read.
  func changes(upTo list: KubernetesList) -> RuntimeChanges {
    let now = LoopActor.now()
    if let last {
      seen += KubernetesDifference.changes(from: last, to: list, at: now.wall)
      seen = Array(seen.suffix(Self.most))
      // A single look has nobody who would see them.
      askEvents(now.monotonic)
    }
    last = list
    owners.take(list)
    let told = events.compactMap { $0.change(among: owners) }
    let all = (seen + told + [failure].compactMap { $0 }).sorted { ($0.time, $0.id) < ($1.time, $1.id) }
    return RuntimeChanges(Array(all.suffix(2 * Self.most)))
  }

  private func askEvents(_ now: MonotonicTime) {
    guard !isAsking, askedAt.map({ now - $0 >= Self.every }) ?? true else { return }
    isAsking = true
    askedAt = now
    LoopActor.task {
      await self.readEvents()
      self.isAsking = false
    }
  }

  private func readEvents() async {
    let words = ["get", "events", "-o", "json", Kubectl.timeout(deadline)]
    do throws(SourceFailure) {
      let output = try await kubectl.run(kubectl.words(words), within: deadline)
      guard let found = await LoopActor.onThreadPool({ KubernetesEvent.all(parsing: output) }) else {
        throw SourceFailure(.unreadable, at: kubectl.address, detail: "no list of events")
      }
      events = Array(found.sorted { ($0.time, $0.id) < ($1.time, $1.id) }.suffix(Self.most))
      failure = nil
    } catch {
      // Told once; the events that were read before stay.
      let words = "what happens to pods is not told: \(error.word)"
      failure =
        failure
        ?? RuntimeChange(
          id: "no events \(LoopActor.now().monotonic.nanoseconds)",
          service: "",
          time: LoopActor.now().wall,
          text: words,
          state: .error
        )
    }
  }
}
