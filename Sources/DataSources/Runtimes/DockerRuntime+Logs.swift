public import Facts

extension DockerRuntime {
  private nonisolated static let logsWithin = Duration.seconds(5)

  /// What the engine keeps of its output, both streams as they came.
  public func logs(
    of service: ServiceReading,
    tail: Int,
    since: WallTime?
  ) async throws(SourceFailure) -> LogTail {
    let id = try containerID(of: service)
    let end = LoopActor.now().monotonic + Self.logsWithin
    // One line more than is wanted tells whether there are more.
    let wanted = "\(since == nil ? "" : "timestamps=1&")tail=\(tail + 1)"
    let path = "/containers/\(id)/logs?stdout=1&stderr=1&\(wanted)"
    let body = try await engine.send("GET", path, until: end).body
    let part = service.instance
    return await LoopActor.onThreadPool {
      let text = DockerLogs.text(body)
      return since.map { DockerLogs.lines(of: text, since: $0, most: tail, part: part) }
        ?? LogTail(ofOneMore: text, most: tail, part: part)
    }
  }

  /// By the engine's own times.
  public func logs(
    of service: ServiceReading,
    after mark: LogMark?,
    most: Int
  ) async throws(SourceFailure) -> LogStretch {
    let id = try containerID(of: service)
    let end = LoopActor.now().monotonic + Self.logsWithin
    let since = mark?.moments[""].map { "since=\($0.key)&" } ?? ""
    let path = "/containers/\(id)/logs?stdout=1&stderr=1&timestamps=1&\(since)tail=\(most + 1)"
    let body = try await engine.send("GET", path, until: end).body
    let part = service.instance
    return await LoopActor.onThreadPool {
      DockerLogs.stretch(of: DockerLogs.text(body), after: mark ?? LogMark(), most: most, part: part)
    }
  }
}
