import DataSources
import Facts
import Testing

@Suite struct QueueReplyTests {
  private static let reply = """
    [{"name":"celery","vhost":"voiceai","type":"classic","messages_ready":1243,
      "messages_unacknowledged":16,"consumers":4,"message_stats":{"publish":9000,
      "publish_details":{"rate":31.2},"ack_details":{"rate":19.4}}},
     {"name":"new","vhost":"voiceai"},
     {"name":"celery@w.celery.pidbox","vhost":"voiceai","messages_ready":0,
      "messages_unacknowledged":0,"consumers":1},
     {"name":"default","vhost":"/","messages_ready":1,"messages_unacknowledged":0,"consumers":0}]
    """

  @Test func queuesAreReadAndMissingStatisticsStayUnknown() throws {
    let json = try #require(JSONValue(parsing: Array(Self.reply.utf8)))
    let queues = try #require(QueueReply(json)?.queues)
    #expect(queues.count == 4)
    #expect(queues[0].depth == 1_259)
    #expect(queues[0].publishRate == 31.2)
    #expect(queues[1].depth == nil)
    #expect(queues[1].consumers == nil)
    #expect(QueueReply.isHidden(queues[2].name))
    #expect(queues[3].isOrphaned)
  }

  @Test(arguments: ["{}", "[1]", "[{\"vhost\":\"x\"}]", "\"no\""])
  func anythingElseIsUnreadable(_ text: String) throws {
    let json = try #require(JSONValue(parsing: Array(text.utf8)))
    #expect(QueueReply(json) == nil)
  }

  @Test func drainIsUnknownUnlessMoreIsAckedThanPublished() {
    var queue = QueuesSnapshot.Queue(
      vhost: "v",
      name: "celery",
      ready: 100,
      unacked: 0,
      consumers: 1,
      publishRate: 5,
      ackRate: 5
    )
    #expect(queue.timeToDrain == nil)
    queue.ackRate = 15
    #expect(queue.timeToDrain == .seconds(10))
    queue.publishRate = 0
    queue.ackRate = 1e-300
    #expect(queue.timeToDrain == nil)
  }

  @Test func countsThatNoBrokerHasAreUnknown() throws {
    let text =
      #"[{"name":"q","messages_ready":9223372036854774784,"messages_unacknowledged":9007199254740992}]"#
    let json = try #require(JSONValue(parsing: Array(text.utf8)))
    let queue = try #require(QueueReply(json)?.queues.first)
    #expect(queue.ready == nil)
    #expect(queue.unacked == 1 << 53)
    #expect(queue.depth == nil)
  }
}

@Suite struct PrometheusReplyTests {
  private static func reply(_ text: String, status: Int = 200) throws -> PrometheusReply {
    try PrometheusReply(
      try #require(JSONValue(parsing: Array(text.utf8))),
      status: status,
      at: "http://p"
    )
  }

  @Test func emptyResultHasNoSamples() throws {
    let reply = try Self.reply(
      #"{"status":"success","data":{"resultType":"vector","result":[]}}"#
    )
    #expect(reply.samples.isEmpty)
    #expect(reply.excerpt == "[]")
  }

  @Test func infinitiesAndNaNComeAsText() throws {
    let reply = try Self.reply(
      #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"job":"x"},"#
        + #""values":[[1,"NaN"],[2,"+Inf"],[3,"-Inf"],[4,"2.5"]]}]}}"#
    )
    let values = reply.samples[0].values.map(\.value)
    #expect(values[0].isNaN)
    #expect(Array(values[1...]) == [.infinity, -.infinity, 2.5])
  }

  @Test func errorCarriesPrometheusOwnWords() {
    #expect(
      throws: SourceFailure(.rejected, at: "http://p", detail: "bad_data: unclosed parenthesis")
    ) {
      try Self.reply(
        #"{"status":"error","errorType":"bad_data","error":"unclosed parenthesis"}"#,
        status: 400
      )
    }
  }

  @Test(arguments: ["{}", #"{"status":"success"}"#, #"{"status":"success","data":{"resultType":"vector"}}"#])
  func anythingElseIsUnreadable(_ text: String) {
    #expect(throws: SourceFailure.self) { try Self.reply(text) }
  }
}
