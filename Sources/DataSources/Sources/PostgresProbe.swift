public import Facts

/// Something that can be asked whether it works at all, on a connection of its own.
@LoopActor public protocol DeepProbe: AnyObject {
  /// What the probe is called and asks: `postgres SELECT 1`.
  var title: String { get }

  /// Asks once, now.
  /// - Returns: how long the answer took, or why there is none.
  func probe(deadline: Duration) async -> Result<Duration, SourceFailure>

  /// Closes the connection for good.
  func close()
}

/// `SELECT 1` on a connection that nothing else uses, and every ten seconds on a new one.
///
/// A server without room for another connection serves those well that it has: whether somebody else would be
/// let in is only known by trying.
@LoopActor public final class PostgresProbe: DeepProbe {
  /// What the probe is called and asks.
  public let title = "SELECT 1"
  private let options: PostgresOptions
  private let renewal: Duration
  private var client: PostgresClient
  private var connectedAt: MonotonicTime?

  /// Makes a probe without a connection; one that is older than `renewal` is not taken as an answer.
  public init(_ options: PostgresOptions, renewal: Duration = .seconds(10)) {
    self.options = options
    self.renewal = renewal
    client = PostgresClient(options, statementTimeout: .seconds(2))
  }

  /// Asks once, connecting first where needed; within 2 s unless told.
  public func probe(deadline: Duration = .seconds(2)) async -> Result<Duration, SourceFailure> {
    let startedAt = LoopActor.now().monotonic
    let isOld = connectedAt.map { startedAt - $0 >= renewal } ?? true
    guard isOld, client.isConnected else {
      if isOld { connectedAt = startedAt }
      return await ask(client, within: deadline)
    }
    // The old one stays until the new one is there: closed first, it would make the room that is asked about.
    let fresh = PostgresClient(options, statementTimeout: .seconds(2))
    if case .failure(let failure) = await ask(fresh, within: deadline) {
      fresh.close()
      return .failure(failure)
    }
    client.close()
    client = fresh
    connectedAt = startedAt
    // How long an answer takes is told without the connecting.
    return await ask(fresh, within: startedAt + deadline - LoopActor.now().monotonic)
  }

  private func ask(
    _ client: PostgresClient,
    within deadline: Duration
  ) async -> Result<Duration, SourceFailure> {
    let startedAt = LoopActor.now().monotonic
    do throws(SourceFailure) {
      let query = PostgresQuery(
        "SELECT 1",
        deadline: max(.milliseconds(1), deadline),
        rowCap: 1,
        byteCap: 4_096
      )
      _ = try await client.query(query)
      return .success(LoopActor.now().monotonic - startedAt)
    } catch {
      return .failure(error)
    }
  }

  /// Closes the connection for good.
  public func close() {
    client.close()
  }
}

/// `PING` on a connection that nothing else uses.
@LoopActor public final class RedisProbe: DeepProbe {
  /// What the probe is called and asks.
  public let title = "PING"
  private let client: RedisClient

  /// Makes a probe without a connection.
  public init(_ options: RedisOptions) {
    client = RedisClient(options)
  }

  /// Asks once, connecting first where needed; within 2 s unless told.
  public func probe(deadline: Duration = .seconds(2)) async -> Result<Duration, SourceFailure> {
    let startedAt = LoopActor.now().monotonic
    do throws(SourceFailure) {
      let reply = try await client.send(.ping, deadline: deadline)
      guard reply == .status("PONG") else {
        return .failure(SourceFailure(.unreadable, at: client.address, detail: reply.text ?? ""))
      }
      return .success(LoopActor.now().monotonic - startedAt)
    } catch {
      return .failure(error)
    }
  }

  /// Closes the connection for good.
  public func close() {
    client.close()
  }
}
