import DataSources
import Facts

/// What is asked of the datastores of a session while somebody looks, and the statement that runs.
@LoopActor final class DatastoreDesk {
  private let connections: Connections
  private let tell: @LoopActor (AppEvent) -> Void
  private let follower: DatastoreFollower
  private var statement: Task<Void, Never>?

  /// Asks nothing yet.
  init(_ session: Session, tell: @escaping @LoopActor (AppEvent) -> Void) {
    connections = session.connections
    self.tell = tell
    follower = DatastoreFollower(session.connections.datastores) { tell(.datastores($0)) }
  }

  /// Somebody looks at that section now; nil: nobody does.
  func look(at section: String?) { follower.look(at: section) }

  /// Asks once more now.
  func refresh() { follower.refresh() }

  /// Runs a statement on a connection of its own; whoever asks for another waits for the former no longer.
  func run(_ number: Int, _ sql: String, of source: String) {
    cancel()
    guard let statements = connections.offer(PostgresStatements.self, of: source) else {
      let failure = SourceFailure(.misconfigured, at: source, detail: "no such database")
      return tell(.statement(number: number, .failed(failure, nil)))
    }
    let tell = tell
    statement = LoopActor.task { tell(.statement(number: number, await statements.run(sql))) }
  }

  /// Cancels the statement that runs, here and on the server.
  func cancel() { statement?.cancel() }

  /// Nobody looks any more.
  func close() {
    look(at: nil)
    cancel()
  }
}
