internal import Facts

/// The life of one Postgres connection and its queue of queries, as a value.
///
/// Told what happened, it answers what to do; it touches no socket and reads no clock. Queries are
/// answered one at a time in the order they came. Whatever leaves the protocol in the middle of a
/// reply (a deadline, a cancelled task, a cap) costs the connection: the next query opens another.
struct PostgresConnectionMachine: Sendable, Equatable {
  /// Names one query from its request to its answer.
  typealias QueryID = Int

  /// Where the connection stands.
  enum State: Sendable, Equatable {
    /// There is no connection, and nobody asks for one.
    case idle
    /// The names of the hosts are being looked up; `attempt` tells late answers apart.
    case resolving(attempt: Int)
    /// libpq is connecting and logging in.
    case connecting
    /// Connected, nothing asked.
    case ready
    /// The first of the queue has been sent and its rows come in.
    case querying(Progress)
    /// The server refused the query; the rest of its reply is read and thrown away.
    case draining(SourceFailure)
    /// The connection was lost or could not be made; the next query tries again.
    case broken(SourceFailure)
    /// Given up for good.
    case closed
  }

  /// What has come of the running query.
  struct Progress: Sendable, Equatable {
    var rows = 0
    /// Bytes off the wire, which stops a row too long to be worth waiting for.
    var bytes = 0
    /// Bytes of values in the rows so far.
    var valueBytes = 0
  }

  /// The caps of one query.
  struct Limits: Sendable, Equatable {
    var rows: Int
    var bytes: Int
  }

  /// What the owner has to do, in order.
  enum Action: Sendable, Equatable {
    /// Look up names and options on the thread pool, then say so with this attempt.
    case resolve(attempt: Int)
    /// Begin to connect, with a deadline of its own.
    case connect
    /// Wait until the socket can be read, or also written.
    case wait(forWriting: Bool)
    /// Wait until the socket can be written: libpq's word while connecting.
    case waitForWriting
    /// Send the query.
    case send(QueryID)
    /// Ask the server to stop what it runs, without waiting for it.
    case requestCancel
    /// Close the connection.
    case disconnect
    /// Hand over the rows that came.
    case answer(QueryID, isCut: Bool)
    /// Tell why there is no answer.
    case fail(QueryID, SourceFailure)
  }

  /// What PQconnectPoll said.
  enum PollStatus: Sendable, Equatable {
    case reading
    case writing
    case connected
    /// The password was sent and refused.
    case refused(SourceFailure)
    case failed(SourceFailure)
  }

  private(set) var state = State.idle
  private var queue: [(id: QueryID, limits: Limits)] = []
  private var attempts = 0
  /// Whether names and options are known, and another's login is waited for.
  private var awaitsTurn = false
  private let address: String

  /// Makes the machine of a connection to `address`, which its failures name.
  init(address: String) {
    self.address = address
  }

  static func == (left: Self, right: Self) -> Bool {
    left.state == right.state && left.address == right.address
      && left.queue.map(\.id) == right.queue.map(\.id)
  }

  /// Somebody asks a query.
  mutating func request(_ id: QueryID, _ limits: Limits) -> [Action] {
    guard state != .closed else { return [.fail(id, SourceFailure(.cancelled, at: address))] }
    queue.append((id, limits))
    switch state {
    case .idle, .broken: return beginConnecting()
    case .ready: return sendNext()
    case .resolving, .connecting, .querying, .draining, .closed: return []
    }
  }

  /// Names and options are known, and it has to be waited until another's login is taken or refused.
  mutating func waitsForTurn() {
    awaitsTurn = true
  }

  /// Names and options are known.
  mutating func resolved(attempt: Int) -> [Action] {
    awaitsTurn = false
    guard state == .resolving(attempt: attempt) else { return [] }
    state = .connecting
    return [.connect]
  }

  /// Names or options are unknown.
  mutating func resolvingFailed(attempt: Int, _ failure: SourceFailure) -> [Action] {
    awaitsTurn = false
    guard state == .resolving(attempt: attempt) else { return [] }
    state = .broken(failure)
    return failAll(failure)
  }

  /// libpq was polled while connecting.
  mutating func polled(_ status: PollStatus) -> [Action] {
    guard state == .connecting else { return [] }
    switch status {
    case .reading: return [.wait(forWriting: false)]
    case .writing: return [.waitForWriting]
    case .connected:
      state = .ready
      return sendNext()
    case .refused(let failure), .failed(let failure):
      state = .broken(failure)
      return [.disconnect] + failAll(failure)
    }
  }

  /// Connecting took longer than it may, whoever waits for it.
  mutating func connectDeadlinePassed() -> [Action] {
    guard state == .connecting else { return [] }
    let failure = SourceFailure(.timedOut, at: address, detail: "no connection in time")
    state = .broken(failure)
    return [.disconnect] + failAll(failure)
  }

  /// The query was handed to libpq; `isFlushed` once all of it is on its way.
  mutating func sent(isFlushed: Bool) -> [Action] {
    guard case .querying = state else { return [] }
    return [.wait(forWriting: !isFlushed)]
  }

  /// Bytes of the answer were read.
  mutating func received(bytes: Int) -> [Action] {
    guard case .querying(var progress) = state, let first = queue.first else { return [] }
    progress.bytes += bytes
    state = .querying(progress)
    return progress.bytes > first.limits.bytes ? cut() : []
  }

  /// A row of so many bytes has come; false if it is beyond a cap, and ``cut()`` follows.
  mutating func acceptsRow(bytes: Int) -> Bool {
    guard case .querying(var progress) = state, let first = queue.first,
      progress.rows < first.limits.rows, progress.valueBytes + bytes <= first.limits.bytes
    else { return false }
    progress.rows += 1
    progress.valueBytes += bytes
    state = .querying(progress)
    return true
  }

  /// A cap is reached: the rows so far are the answer, and the connection is given up.
  mutating func cut() -> [Action] {
    guard case .querying = state, !queue.isEmpty else { return [] }
    let id = queue.removeFirst().id
    return [.requestCancel, .disconnect, .answer(id, isCut: true)] + reconnectIfAsked()
  }

  /// The server refused the query.
  mutating func replyFailed(_ failure: SourceFailure) -> [Action] {
    guard case .querying = state else { return [] }
    state = .draining(failure)
    return []
  }

  /// The reply is complete and the connection free again.
  mutating func replyEnded() -> [Action] {
    guard !queue.isEmpty else { return [] }
    switch state {
    case .querying:
      let id = queue.removeFirst().id
      state = .ready
      return [.answer(id, isCut: false)] + sendNext()
    case .draining(let failure):
      let id = queue.removeFirst().id
      state = .ready
      return [.fail(id, failure)] + sendNext()
    case .idle, .resolving, .connecting, .ready, .broken, .closed: return []
    }
  }

  /// The connection ended under us.
  ///
  /// The running query fails; those behind it get a new connection.
  mutating func lost(_ failure: SourceFailure) -> [Action] {
    switch state {
    case .ready:
      state = .broken(failure)
      return [.disconnect]
    case .querying, .draining:
      var reason = failure
      // What the server said before it hung up tells more than the hang-up.
      if case .draining(let said) = state { reason = said }
      let id = queue.removeFirst().id
      state = .broken(reason)
      return [.disconnect, .fail(id, reason)] + reconnectIfAsked()
    case .idle, .resolving, .connecting, .broken, .closed: return []
    }
  }

  /// The query's deadline passed.
  mutating func deadlinePassed(_ id: QueryID) -> [Action] {
    leave(id, SourceFailure(.timedOut, at: address, detail: waitingFor))
  }

  /// The task that asked was cancelled.
  mutating func cancelled(_ id: QueryID) -> [Action] {
    leave(id, SourceFailure(.cancelled, at: address))
  }

  /// The owner closes for good.
  mutating func close() -> [Action] {
    guard state != .closed else { return [] }
    state = .closed
    return [.disconnect] + failAll(SourceFailure(.cancelled, at: address))
  }

  private var waitingFor: String {
    switch state {
    case .resolving:
      awaitsTurn ? "another's login got no answer in time" : "the host name was not resolved in time"
    case .connecting: "no connection in time"
    case .idle, .ready, .querying, .draining, .broken, .closed: "no answer in time"
    }
  }

  private mutating func leave(_ id: QueryID, _ failure: SourceFailure) -> [Action] {
    guard let position = queue.firstIndex(where: { $0.id == id }) else { return [] }
    queue.remove(at: position)
    switch state {
    case .querying where position == 0, .draining where position == 0:
      state = .broken(failure)
      return [.requestCancel, .disconnect, .fail(id, failure)] + reconnectIfAsked()
    case .connecting where queue.isEmpty, .resolving where queue.isEmpty:
      state = .broken(failure)
      return [.disconnect, .fail(id, failure)]
    case .idle, .resolving, .connecting, .ready, .querying, .draining, .broken, .closed:
      return [.fail(id, failure)]
    }
  }

  private mutating func beginConnecting() -> [Action] {
    attempts += 1
    state = .resolving(attempt: attempts)
    return [.resolve(attempt: attempts)]
  }

  private mutating func reconnectIfAsked() -> [Action] {
    guard queue.isEmpty else { return beginConnecting() }
    if case .broken = state { return [] }
    state = .idle
    return []
  }

  private mutating func sendNext() -> [Action] {
    guard let next = queue.first else { return [.wait(forWriting: false)] }
    state = .querying(Progress())
    return [.send(next.id)]
  }

  private mutating func failAll(_ failure: SourceFailure) -> [Action] {
    let waiting = queue
    queue = []
    return waiting.map { .fail($0.id, failure) }
  }
}
