import Facts
import Testing

@testable import DataSources

/// Who consumes from a queue, and since when, by three replies.
@Suite struct QueueConsumersTests {
  init() { EventLoop.runOnOwnThread() }

  private static let queue = """
    {"consumer_details":[{"consumer_tag":"None3","channel_details":{"connection_name":"a -> b",\
    "name":"a -> b (2)","peer_host":"10.0.0.7"}}]}
    """
  private static let connections = #"[{"connected_at":1795828310327,"name":"a -> b"}]"#
  private static let channels =
    #"[{"name":"a -> b (1)","message_stats":[]},"#
    + #"{"name":"a -> b (2)","message_stats":{"ack":218}}]"#
  private static let date = "Sat, 28 Nov 2026 01:11:56 GMT"

  private func list(
    _ queue: String = Self.queue,
    connections: String? = Self.connections,
    channels: String? = Self.channels,
    date: String? = Self.date
  ) throws -> [QueueConsumer]? {
    func json(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }
    return QueueConsumer.list(
      try #require(json(queue)),
      connections: connections.flatMap(json),
      channels: channels.flatMap(json),
      now: date.flatMap { WallTime(httpDate: $0) }
    )
  }

  @Test func aConsumerIsAsOldAsItsConnectionByTheBrokersClock() throws {
    let told = try #require(try list()?.first)
    #expect(told.connection == "a -> b" && told.acked == 218 && told.host == "10.0.0.7" && told.isActive)
    let age = try #require(told.age)
    #expect(
      abs(age.lowerBound.seconds - 5.673) < 0.01 && abs(age.upperBound.seconds - 6.673) < 0.01,
      "\(age)"
    )
    // The clock's second has just begun: the connection lies ahead of it, and is new.
    #expect(try list(date: "Sat, 28 Nov 2026 01:11:50 GMT")?.first?.age == .zero ... .seconds(1))
  }

  /// More than the rest of the clock's second: somebody else's clock.
  @Test(arguments: ["Sat, 28 Nov 2026 01:11:49 GMT", "Sat, 28 Nov 2026 01:10:50 GMT"])
  func aConnectionThatIsYetToComeIsOfNoAge(_ date: String) throws {
    let told = try #require(try list(date: date)?.first)
    #expect(told.age == nil)
  }

  @Test(arguments: [
    ("", true), (#""active":true,"activity_status":"up","#, true),
    (#""active":true,"activity_status":"single_active","#, true), (#""active":false,"#, false),
    (#""active":null,"#, false), (#""activity_status":"waiting","#, false),
    (#""active":true,"activity_status":"suspected_down","#, false), (#""activity_status":7,"#, false),
  ])
  func whoGetsNoMessagesIsNotActive(_ members: String, _ isActive: Bool) throws {
    let queue = Self.queue.replacing(#"{"consumer_tag""#, with: "{\(members)\"consumer_tag\"")
    #expect(try list(queue)?.first?.isActive == isActive)
  }

  @Test func whatIsDeliveredUnaskedIsDone() throws {
    func acked(_ stats: String) throws -> Int? {
      try list(channels: #"[{"name":"a -> b (2)","message_stats":\#(stats)}]"#)?.first?.acked
    }
    #expect(try acked(#"{"deliver_no_ack":5}"#) == 5)
    #expect(try acked(#"{"ack":2,"deliver_no_ack":5}"#) == 7)
    #expect(try acked(#"{"ack":2,"deliver_no_ack":-5}"#) == nil)
    #expect(try acked("7") == nil)
    let most = "9007199254740991"
    #expect(try acked(#"{"ack":\#(most),"deliver_no_ack":\#(most)}"#) == 18_014_398_509_481_982)
  }

  /// A user who may not monitor is told no connection but his own.
  @Test(arguments: [
    "[]", "{}", #"[{"name":"a -> b"}]"#, #"[{"name":"a -> b","connected_at":"yesterday"}]"#,
    #"[{"name":"a -> b","connected_at":9e15}]"#,
  ])
  func ofAConnectionThatIsNotToldNothingIsKnown(_ connections: String) throws {
    #expect(
      try list(connections: connections) == [
        QueueConsumer(connection: "a -> b", host: "10.0.0.7", acked: 218)
      ]
    )
  }

  @Test func withoutTheBrokersClockOrItsChannelsTheRestIsKnown() throws {
    #expect(try list(connections: nil)?.first?.age == nil)
    #expect(try list(date: nil)?.first?.age == nil)
    #expect(try list(channels: nil)?.first?.acked == nil)
    #expect(try list(channels: #"[{"name":"a -> b (2)","message_stats":{"ack":-1}}]"#)?.first?.acked == nil)
    // Who has acknowledged nothing yet has no statistics.
    #expect(try list(channels: #"[{"name":"a -> b (2)","message_stats":[]}]"#)?.first?.acked == 0)
  }

  @Test(arguments: [
    "{}", "[]", #"{"consumer_details":[{}]}"#, #"{"consumer_details":[{"channel_details":[]}]}"#,
  ])
  func aReplyThatNamesNotAllConsumersNamesNone(_ queue: String) throws {
    #expect(try list(queue) == nil)
    #expect(try list(#"{"consumer_details":[]}"#) == [])
  }

  @Test @LoopActor func whoMayNotSeeConnectionsStillHearsWhoConsumes() async throws {
    let server = ScriptedServer.routing { line in
      if line.hasPrefix("GET /api/queues/my%20host/celery?") { return Array(Self.queue.utf8) }
      return line.contains("/channels?") ? Array(Self.channels.utf8) : nil
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let reader = RabbitMQConsumerReader(
      base: server.url,
      vhost: "my host",
      queue: "celery",
      credentials: nil,
      client: client
    )
    #expect(
      try await reader.consumers() == [QueueConsumer(connection: "a -> b", host: "10.0.0.7", acked: 218)]
    )
  }
}
