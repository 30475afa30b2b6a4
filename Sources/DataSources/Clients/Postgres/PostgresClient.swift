public import Facts

/// One Postgres connection, made when first asked and again after it was lost.
///
/// Every query runs in a read-only, limited transaction of its own: see ``PostgresPin``.
/// Queries are answered in the order they were asked, each within its own deadline, which also covers
/// connecting and waiting for others: a frozen server outlives every time limit of its own.
@LoopActor public final class PostgresClient {
  /// One asked query that waits for its answer.
  private struct Pending {
    let query: PostgresQuery
    let timer: LoopTimer
    let continuation: CheckedContinuation<Result<PostgresTable, SourceFailure>, Never>
  }

  /// Where it is, as it may be shown.
  public let address: String
  private let options: PostgresOptions
  private let statementTimeout: Duration
  private let pin: PostgresPin
  private var machine: PostgresConnectionMachine
  private var pending: [Int: Pending] = [:]
  private var lastID = 0
  private var handle: PostgresHandle?
  private var watch: DescriptorWatch?
  private let connectTimer = LoopTimer()
  private var parameters: [String: String] = [:]
  /// The attempt that waits for the lookup under way; nil while there is none.
  private var awaitedAttempt: Int?
  /// The turn to log in that the connection under way has; nil once it stands or failed.
  private var turn: LoginStanding.Turn?
  private var table = PostgresTable()
  private var byteCap = 0
  private var sentAt = LoopActor.now().monotonic
  /// What the server said of the statement that it refused last.
  private(set) var report: PostgresReport?
  /// How many connections were opened; a caller that keeps what it learnt of the schema compares it.
  public private(set) var connections = 0

  /// Makes a client without a connection; the server itself gives up a query after `statementTimeout`.
  public init(_ options: PostgresOptions, statementTimeout: Duration = .seconds(5)) {
    self.options = options
    self.statementTimeout = statementTimeout
    pin = PostgresPin(statementTimeout: statementTimeout)
    address = options.address
    machine = PostgresConnectionMachine(address: options.address)
  }

  /// Asks one query, in a read-only transaction of its own.
  ///
  /// - Throws: `refused`, `timedOut`, `unresolved`, `unauthorized` (28P01, 28000, no password),
  ///   `forbidden` (42501), `insecure`, `disconnected` (57P01, a lost connection), `rejected` (any other
  ///   SQLSTATE, which begins the detail), `misconfigured`, `cancelled`.
  public func query(_ query: PostgresQuery) async throws(SourceFailure) -> PostgresTable {
    guard !Task.isCancelled else { throw SourceFailure(.cancelled, at: address) }
    lastID += 1
    let id = lastID
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let timer = LoopTimer()
        pending[id] = Pending(query: query, timer: timer, continuation: continuation)
        timer.start(after: query.deadline) { [self] in perform(machine.deadlinePassed(id)) }
        perform(machine.request(id, .init(rows: query.rowCap, bytes: query.byteCap)))
      }
    } onCancel: {
      LoopActor.task { self.perform(self.machine.cancelled(id)) }
    }
    return try result.get()
  }

  /// Whether there is a connection: what a refused statement leaves, and any other failure takes away.
  var isConnected: Bool { isReplying || machine.state == .ready }

  /// Fails all queries as cancelled and closes the connection for good.
  public func close() {
    perform(machine.close())
    connectTimer.close()
  }

  private func perform(_ actions: [PostgresConnectionMachine.Action]) {
    for action in actions {
      switch action {
      case .resolve(let attempt): resolve(attempt)
      case .connect: connect()
      case .wait(let forWriting): wait(for: forWriting ? [.readable, .writable] : .readable)
      case .waitForWriting: wait(for: .writable)
      case .send(let id): send(id)
      case .requestCancel: handle?.requestCancel()
      case .disconnect: disconnect()
      case .answer(let id, let isCut): answer(id, isCut: isCut)
      case .fail(let id, let failure): finish(id, .failure(failure))
      }
    }
  }

  /// One lookup at a time: a silent name server outlives many attempts, and answers the newest, as does who waits for
  /// a turn to log in.
  private func resolve(_ attempt: Int) {
    let isUnderWay = awaitedAttempt != nil
    awaitedAttempt = attempt
    guard !isUnderWay else { return }
    let options = options
    let timeout = statementTimeout
    LoopActor.task {
      let result = await SlowLane.run {
        options.resolved(applicationName: "switchboard", connectTimeout: timeout)
      }
      do throws(SourceFailure) {
        let parameters = try result.get()
        self.machine.waitsForTurn()
        let turn = try await options.standing.enter(at: self.address, isLogin: true)
        self.parameters = parameters
        let actions = self.machine.resolved(attempt: self.endAwaiting(attempt))
        // Whoever asked may have left meanwhile.
        if actions.isEmpty { options.standing.leave(turn) } else { self.turn = turn }
        self.perform(actions)
      } catch {
        self.perform(self.machine.resolvingFailed(attempt: self.endAwaiting(attempt), error))
      }
    }
  }

  /// The newest attempt, which the end of what `attempt` began answers.
  private func endAwaiting(_ attempt: Int) -> Int {
    defer { awaitedAttempt = nil }
    return awaitedAttempt ?? attempt
  }

  private func connect() {
    connections += 1
    let handle = PostgresHandle(
      parameters: parameters,
      password: options.password,
      address: address
    )
    self.handle = handle
    connectTimer.start(after: statementTimeout) { [weak self] in
      guard let self else { return }
      perform(machine.connectDeadlinePassed())
    }
    // libpq wants to be polled first when the socket can be written.
    perform(machine.polled(handle.isBad ? .failed(handle.failure()) : .writing))
  }

  private func disconnect() {
    leaveTurn()
    connectTimer.stop()
    watch?.close()
    watch = nil
    handle?.close()
    handle = nil
  }

  private func leaveTurn() {
    options.standing.leave(turn)
    turn = nil
  }

  private func wait(for events: DescriptorWatch.Events) {
    guard let handle else { return }
    if watch == nil {
      watch = DescriptorWatch(handle.socket) { [weak self] ready, status in
        self?.isReady(status < 0 ? [.readable, .writable] : ready)
      }
      // No socket to watch: let libpq say what happened to it.
      guard watch != nil else {
        perform(machine.polled(.failed(handle.failure())))
        perform(machine.lost(handle.failure()))
        return
      }
    }
    watch?.watch(events)
  }

  private func isReady(_ ready: DescriptorWatch.Events) {
    guard let handle else { return }
    switch machine.state {
    case .connecting:
      // Polling may close this socket and open another: the watch has to go first.
      watch?.close()
      watch = nil
      let status = handle.poll()
      if status == .connected { connectTimer.stop() }
      note(status)
      perform(machine.polled(status))
    case .ready, .querying, .draining:
      if ready.contains(.writable) {
        guard let isFlushed = handle.flush() else { return perform(machine.lost(handle.failure())) }
        perform(machine.sent(isFlushed: isFlushed))
      }
      if ready.contains(.readable) { read(handle) }
    case .idle, .resolving, .broken, .closed: break
    }
  }

  /// Takes in whether the server took the password.
  private func note(_ status: PostgresConnectionMachine.PollStatus) {
    let now = LoopActor.now().monotonic
    switch status {
    case .connected: options.standing.accept(isLogin: true, now: now)
    case .refused: options.standing.refuse(now: now)
    case .failed, .reading, .writing: return
    }
    turn = nil
  }

  private func send(_ id: Int) {
    guard let handle, let query = pending[id]?.query else { return }
    table = PostgresTable()
    byteCap = query.byteCap
    sentAt = LoopActor.now().monotonic
    let settings = pin.settings(
      within: query.statementTimeout,
      serverEncoding: handle.serverEncoding,
      userOptions: parameters["options"] ?? "",
      isAdHoc: query.isAdHoc
    )
    guard handle.send(query, after: settings), let isFlushed = handle.flush() else {
      return perform(machine.lost(handle.failure()))
    }
    perform(machine.sent(isFlushed: isFlushed))
  }

  /// How many bytes libpq took at least, of those that waited before and after it read.
  ///
  /// What comes between the two hides what was taken, so this may be too low; libpq always makes room for
  /// 8 KiB (pqReadData in fe-misc.c), of which it then takes what there is.
  nonisolated static func consumed(before: Int, after: Int) -> Int {
    max(before - after, min(before, 8_192))
  }

  private func read(_ handle: PostgresHandle) {
    let before = handle.waitingBytes
    let isAlive = handle.consume()
    var taken = Self.consumed(before: before, after: handle.waitingBytes)
    // Even of a lost connection what came before the end is read: the server's reason is among it.
    while self.handle === handle, isReplying {
      switch handle.next(largestRow: byteCap) {
      case .busy:
        // Counted once its whole rows are taken: what is cut is the row that doesn't end.
        perform(isAlive ? machine.received(bytes: taken) : machine.lost(handle.failure()))
        return
      case .row(let row, let bytes):
        if machine.acceptsRow(bytes: bytes) {
          if table.rows.isEmpty { table.columns = handle.columns }
          table.rows.append(row)
        } else {
          perform(machine.cut())
        }
      case .failed(let failure):
        report = handle.report
        perform(machine.replyFailed(failure))
      case .result: break
      case .end:
        // A query that was refused together with the connection leaves no connection.
        perform(isAlive && handle.isFree ? machine.replyEnded() : machine.lost(handle.failure()))
        taken = 0
      }
    }
    if !isAlive, self.handle === handle { perform(machine.lost(handle.failure())) }
  }

  private var isReplying: Bool {
    switch machine.state {
    case .querying, .draining: true
    case .idle, .resolving, .connecting, .ready, .broken, .closed: false
    }
  }

  private func answer(_ id: Int, isCut: Bool) {
    if table.columns.isEmpty, let handle { table.columns = handle.columns }
    table.isCut = isCut
    table.duration = LoopActor.now().monotonic - sentAt
    finish(id, .success(table))
    table = PostgresTable()
  }

  private func finish(_ id: Int, _ result: Result<PostgresTable, SourceFailure>) {
    guard let waiting = pending.removeValue(forKey: id) else { return }
    waiting.timer.close()
    waiting.continuation.resume(returning: result)
  }
}
