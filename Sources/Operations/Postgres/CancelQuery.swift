public import DataSources
internal import Facts

/// Ends the query that a connection of the database runs, and proves that it has ended; the connection stays.
@LoopActor public struct CancelQuery: BackendAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "query.cancel",
    title: "cancel query",
    doing: "cancelling the query",
    key: "C",
    targets: [.environment],
    danger: .always(.disruptive),
    help: "end the query that a connection of the database runs, and prove it; the connection stays",
    command: "query cancel",
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
    guard backend.state == "active", backend.queryBegun != nil else {
      let state = SafeText(backend.state ?? "in a state that this role may not see")
      throw .notPossible("connection \(SafeText("\(backend.pid)")) is \(state): no query of it runs")
    }
    if let shown = request.arguments["query_begun"], shown != backend.queryBegun.map(String.init) {
      throw .targetChanged("it runs another query by now")
    }
    if let before = old?.backends.first, before.queryBegun != backend.queryBegun {
      throw .targetChanged("it runs another query by now")
    }
    let pid = SafeText("\(backend.pid)")
    return acts.draft(
      request,
      BackendDetails(source: request.arguments["source"], backends: [backend], isQueryAlone: true),
      of: server,
      danger: .disruptive,
      name: "query \(backend.pid)",
      title: "CANCEL the query of \(pid)",
      hits: "that query alone: its statement fails, and its client is told so"
    )
  }
}
