import Facts
import TestSupport
import Testing

@testable import DataSources

/// What servers answer, damaged in every way: a value or nothing, never an end of the process.
@Suite struct ReplySweepTests {
  private static let words = [
    "\"messages_ready\":", "\"rate\":", "\"value\":[", "\"status\":\"success\"", "true", "false", "{}", "[]",
    "\\u0000",
    "\\ud800", "1e5", "[[[[[[[[",
  ]
  private static let queues = """
    [{"name":"celery","vhost":"voiceai","type":"classic","messages_ready":1243,"messages_unacknowledged":16,
      "consumers":4,"message_stats":{"publish":9000,"publish_details":{"rate":31.2},"ack_details":{"rate":31.3},
      "deliver_no_ack_details":{"rate":0.0}}},{"name":"default","vhost":"/","messages_ready":1,
      "messages_unacknowledged":0,"consumers":0,"message_stats":{"publish":1}}]
    """
  private static let metrics = [
    #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"x"},"value":[1795454828.1,"2"]}]}}"#,
    #"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"NaN"],[2,"+Inf"]]}]}}"#,
    #"{"status":"success","data":{"resultType":"scalar","result":[1,"0.5"]}}"#,
    #"{"status":"error","errorType":"bad_data","error":"unclosed parenthesis"}"#,
  ]
  private static let inspection = """
    {"Id":"0123456789ab","Name":"/p_b_2","RestartCount":3,"State":{"Status":"running","OOMKilled":false,"ExitCode":0,
    "Error":"","StartedAt":"2026-11-23T17:21:47.25Z","Health":{"Status":"unhealthy","FailingStreak":2,
    "Log":[{"ExitCode":1,"Output":"no answer\\n"}]}},"HostConfig":{"RestartPolicy":{"Name":"always"}},
    "Config":{"Image":"i:1","Labels":{"a":"b"}}}
    """
  private static let entries = """
    [{"Id":"0123456789ab","Names":["/p_b_2"],"State":"running","Status":"Up 43 seconds (healthy)","Labels":
    {"com.docker.compose.service":"b","com.docker.compose.project":"p","com.docker.compose.container-number":"2",
    "com.docker.compose.oneoff":"False"}}]
    """

  @Test func jsonIsAValueOrNone() {
    var read = 0
    let mutation = Mutation(
      of: (Self.metrics + [Self.queues, Self.inspection, Self.entries]).map { Array($0.utf8) },
      pieces: Self.words
    )
    let failures = Sweep(seed: 1, cases: 3_000).failures(of: mutation) { bytes in
      guard let value = JSONValue(parsing: bytes) else { return nil }
      read += 1
      var table = FactTable()
      HTTPReplyFacts.add(value, at: ["body"], to: &table)
      return nil
    }
    #expect(failures == [])
    #expect(read > 100)
  }

  @Test func queuesAreReadAndJudgedWhateverTheyTell() {
    var read = 0
    let mutation = Mutation(of: Self.queues, pieces: Self.words)
    let facts = QueueFacts(source: "r", query: "GET", mainQueue: "celery", thresholds: .init())
    let failures = Sweep(seed: 10_000, cases: 4_000).failures(of: mutation) { bytes in
      guard let queues = JSONValue(parsing: bytes).flatMap(QueueReply.init)?.queues else { return nil }
      read += 1
      var trends = QueueTrends(stalledAfter: .seconds(1))
      var lately: [String: QueueTrends.Trend] = [:]
      let before = QueuesSnapshot(vhost: "voiceai", mainQueue: "celery", queues: queues)
      var after = before
      for index in after.queues.indices { after.queues[index].published = after.queues[index].ready }
      for (second, snapshot) in [before, after, before].enumerated() {
        lately = trends.update(with: snapshot, at: MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000))
      }
      for queue in queues { _ = queue.timeToDrain.map { Format.duration($0) } }
      let told = facts.observations(of: before, trends: lately)
      return told.contains { $0.name == "queue.depth" } ? nil : "no depth is told"
    }
    #expect(failures == [])
    #expect(read > 100)
  }

  @Test func metricsAreSamplesOrAFailureWithACode() {
    var read = 0
    let mutation = Mutation(of: Self.metrics.map { Array($0.utf8) }, pieces: Self.words)
    let failures = Sweep(seed: 20_000, cases: 4_000).failures(of: mutation) { bytes in
      guard let json = JSONValue(parsing: bytes) else { return nil }
      do throws(SourceFailure) {
        let reply = try PrometheusReply(json, status: 200, at: "http://p")
        read += 1
        return reply.excerpt.isEmpty ? "no excerpt" : nil
      } catch {
        return error.code == .rejected || error.code == .unreadable ? nil : "\(error.code)"
      }
    }
    #expect(failures == [])
    #expect(read > 100)
  }

  @Test func containersAreReadWhateverTheEngineSays() throws {
    var read = 0
    let mutation = Mutation(
      of: [Array(Self.inspection.utf8), Array(Self.entries.utf8)],
      pieces: Self.words + ["0001-", "exited", "dead", "starting"]
    )
    let entry = try #require([DockerListEntry].parse(Array(Self.entries.utf8))?.first)
    let inspection = try #require(DockerInspection.parse(Array(Self.inspection.utf8)))
    let failures = Sweep(seed: 30_000, cases: 4_000).failures(of: mutation) { bytes in
      _ = DockerMessage.parse(bytes)
      _ = DockerEvent.parse(bytes)
      _ = DockerVersion.parse(bytes).map {
        DockerEngine.version(engine: $0.ApiVersion, oldest: $0.MinAPIVersion)
      }
      var readings: [ServiceReading] = []
      for entry in [DockerListEntry].parse(bytes) ?? [] {
        readings.append(DockerContainer(entry: entry, inspection: inspection).reading())
      }
      if let inspection = DockerInspection.parse(bytes) {
        readings.append(DockerContainer(entry: entry, inspection: inspection).reading())
      }
      read += readings.count
      return readings.allSatisfy { $0.detail.utf8.count <= 2_048 } ? nil : "a detail without a limit"
    }
    #expect(failures == [])
    #expect(read > 100)
  }

  @Test func versionsOfTheEngineAreChosenOrRefused() {
    let mutation = Mutation(of: "1.41", "1.24", "2.0", pieces: ["."])
    let failures = Sweep(seed: 40_000, cases: 1_000).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      guard let chosen = DockerEngine.version(engine: text, oldest: nil) else { return nil }
      return chosen.hasPrefix("1.") ? nil : "it chose \(chosen)"
    }
    #expect(failures == [])
  }
}
