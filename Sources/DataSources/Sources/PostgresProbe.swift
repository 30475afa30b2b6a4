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

/// `SELECT 1` on a connection that nothing else uses.
@LoopActor public final class PostgresProbe: DeepProbe {
  /// What the probe is called and asks.
  public let title = "SELECT 1"
  private let client: PostgresClient

  /// Makes a probe without a connection.
  public init(_ options: PostgresOptions) {
    client = PostgresClient(options, statementTimeout: .seconds(2))
  }

  /// Asks once, connecting first where needed; within 2 s unless told.
  public func probe(deadline: Duration = .seconds(2)) async -> Result<Duration, SourceFailure> {
    let startedAt = LoopActor.now().monotonic
    do throws(SourceFailure) {
      _ = try await client.query(PostgresQuery("SELECT 1", deadline: deadline, rowCap: 1, byteCap: 4_096))
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
