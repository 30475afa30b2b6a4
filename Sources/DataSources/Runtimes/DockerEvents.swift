internal import Facts

/// The stream of one project's events, reopened whenever it ends.
@LoopActor final class DockerEvents {
  /// What happens to containers; health checks alone would flood the stream with exec events.
  private static let actions = ["start", "die", "stop", "restart", "oom", "health_status"]
  private static let shortestPause = Duration.milliseconds(250)
  private static let longestPause = Duration.seconds(30)

  private let engine: DockerEngine
  private let path: String
  private let changed: @LoopActor (Set<String>) -> Void
  private var named: Set<String> = []
  private var isTelling = false
  private var task: Task<Void, Never>?
  private var pause = DockerEvents.shortestPause

  /// Opens the stream; `changed` gets the ids of the containers that events were about, and none when
  /// the stream has been opened.
  init(
    engine: DockerEngine,
    project: String,
    _ changed: @escaping @LoopActor (Set<String>) -> Void
  ) {
    self.engine = engine
    self.changed = changed
    let filters = dockerFilters([
      "type": ["container"], "label": ["com.docker.compose.project=\(project)"],
      "event": Self.actions,
    ])
    path = "/events?filters=\(filters)"
    task = LoopActor.task { [weak self] in
      while !Task.isCancelled, let pause = await self?.listen() {
        await LoopActor.sleep(for: pause)
      }
    }
  }

  /// Ends the stream for good.
  func close() {
    task?.cancel()
    task = nil
  }

  /// Listens once, to the stream's end; answers how long to wait before the next time.
  private func listen() async -> Duration {
    let next = min(pause * 2, Self.longestPause)
    do throws(SourceFailure) {
      try await engine.stream(
        path,
        opened: { [weak self] in
          self?.pause = Self.shortestPause
          self?.tell(nil)
        },
        line: { [weak self] line in
          guard let event = DockerEvent.parse(line), let id = event.container else { return }
          self?.tell(id)
        },
        headWithin: .seconds(5)
      )
    } catch {
      pause = next
    }
    return pause
  }

  /// Tells of all that came in one turn of the loop at once, outside of the HTTP client's callbacks.
  private func tell(_ id: String?) {
    if let id { named.insert(id) }
    guard !isTelling else { return }
    isTelling = true
    LoopActor.task {
      self.isTelling = false
      let ids = self.named
      self.named = []
      guard self.task != nil else { return }
      self.changed(ids)
    }
  }
}
