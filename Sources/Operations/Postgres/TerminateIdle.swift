public import DataSources
internal import Facts

/// Ends the connections of the database that have been idle for long, and proves that they are gone.
@LoopActor public struct TerminateIdle: BackendAction {
  /// What the tables tell of it.
  public nonisolated static let descriptor = ActionDescriptor(
    id: "query.terminate_idle",
    title: "terminate idle connections",
    doing: "terminating idle connections",
    key: "",
    targets: [.environment],
    danger: .always(.destructive),
    help: "end the connections of the database that have been idle for long, and prove that they are gone",
    command: "query terminate-idle",
    arguments: [.init("age", help: "how long they must have been idle, 10m unless told", offered: "10m")]
  )

  /// What it needs of its environment.
  public let services: ActionServices

  /// Makes it for one environment.
  public init(_ services: ActionServices) {
    self.services = services
  }

  /// Drafts it for those that are idle now; none of a console's own, and none of which that isn't known.
  /// - Throws: there is none, or the age is no time.
  public func plan(
    _ request: ActionRequest,
    renewing old: BackendDetails?
  ) async throws(Refusal) -> Draft<BackendDetails> {
    let age: Duration
    do throws(ExpressionError) {
      age =
        try request.arguments["age"].map { text throws(ExpressionError) in try Duration(parsing: text) }
        ?? .seconds(600)
    } catch {
      throw .notPossible("an age is a time such as 10m")
    }
    let (server, all) = try await acts.read()
    let frozen = old.map { Set($0.backends.map { [$0.pid, $0.begun ?? 0] }) }
    let idle = all.filter { backend in
      guard backend.isIdle, !backend.isOurs, let begun = backend.begun, let lasted = backend.lasted else {
        return false
      }
      return lasted >= age && frozen?.contains([backend.pid, begun]) != false
    }
    guard !idle.isEmpty else {
      throw .notPossible("no connection has been idle for \(SafeText(Format.seconds(age)))")
    }
    let count = SafeText(Format.count(idle.count))
    return acts.draft(
      request,
      BackendDetails(backends: idle, isQueryAlone: false),
      of: server,
      // Several at once take the name typed.
      danger: idle.count > 1 ? .destructive : .disruptive,
      name: "\(count) idle",
      title: "TERMINATE \(count) idle connection\(idle.count == 1 ? "" : "s")",
      hits: "their clients lose the connection; open transactions are rolled back"
    )
  }
}
