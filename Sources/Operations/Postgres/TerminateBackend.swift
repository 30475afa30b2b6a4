public import DataSources
internal import Facts

/// Ends a connection of the database, and proves that it is gone.
@LoopActor public struct TerminateBackend: BackendAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "query.terminate",
    title: "terminate connection",
    doing: "terminating the connection",
    key: "K",
    targets: [.environment],
    danger: .always(.disruptive),
    help: "end a connection of the database, and prove that it is gone",
    command: "query terminate",
    arguments: [.init("pid", help: "the connection's process, as `query ls` lists it", isRequired: true)],
    row: .connection
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for the connection of that pid.
  /// - Throws: it is gone, or can't be told from another.
  public func plan(
    _ request: ActionRequest,
    renewing old: BackendDetails?
  ) async throws(Refusal) -> Draft<BackendDetails> {
    let command = Self.descriptor.command
    let (server, backend) = try await acts.find(request, renewing: old?.backends.first, command: command)
    let pid = SafeText("\(backend.pid)")
    return acts.draft(
      request,
      BackendDetails(source: request.arguments["source"], backends: [backend], isQueryAlone: false),
      of: server,
      danger: .disruptive,
      name: "connection \(backend.pid)",
      title: "TERMINATE connection \(pid)",
      hits: "its client loses the connection; an open transaction is rolled back"
    )
  }
}
