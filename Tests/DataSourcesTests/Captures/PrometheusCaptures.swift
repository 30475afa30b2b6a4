import Facts
import TestSupport
import Testing

@testable import DataSources

extension CaptureTests {
  /// Prometheus' replies to the runbook's queries, the boards' and those that really have an answer.
  @Suite struct Prometheus {
    /// One line of the list of queries that were asked: what curl and jq said of the answer.
    struct Asked: Sendable, CustomTestStringConvertible {
      var name: String
      var status: Int
      var series: Int?
      var first: Double?
      var testDescription: String { name }
      var file: String { "prometheus/prom_query_\(name).json" }
    }

    static let asked: [Asked] = Captures.text("prometheus/INDEX.tsv").split(separator: "\n").map { line in
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
      let value = fields[4].split(separator: "'").dropFirst().first
      return Asked(
        name: fields[0],
        status: Int(fields[1]) ?? 0,
        series: Int(fields[3]),
        first: value.flatMap { Double($0) }
      )
    }

    static let files = asked.map(\.file) + ["prometheus/INDEX.tsv", "prometheus/query_range.json"]

    init() { EventLoop.runOnOwnThread() }

    private func reply(_ file: String, status: Int = 200) throws -> PrometheusReply {
      try PrometheusReply(try CaptureTests.json(file), status: status, at: "http://p")
    }

    @Test func everyQueryWasAsked() {
      #expect(Self.asked.count == 29)
      #expect(Self.asked.filter { $0.series == 0 }.count == 19)
    }

    @Test(arguments: asked.filter { $0.series != nil }) func repliesHoldWhatWasListed(_ asked: Asked) throws {
      let reply = try reply(asked.file)
      #expect(reply.samples.count == asked.series)
      #expect(reply.samples.first?.values.last?.value == asked.first)
      #expect((reply.excerpt == "[]") == (asked.series == 0))
    }

    @Test func aBadQueryIsRejectedInPrometheusOwnWords() throws {
      let words = #"bad_data: invalid parameter "query": 1:10: parse error: unclosed left parenthesis"#
      #expect(throws: SourceFailure(.rejected, at: "http://p", detail: words)) {
        try reply("prometheus/prom_query_bad_query.json", status: 400)
      }
    }

    @Test func labelsAndTimesAreRead() throws {
      let up = try reply("prometheus/prom_query_real_up.json")
      let down = up.samples.filter { $0.values.last?.value == 0 }
      #expect(up.samples.count == 7)
      #expect(down.map { $0.labels["job"] } == ["nginx"])
      #expect(up.samples[0].values[0].time == WallTime(secondsSince1970: 1_795_454_828.218))
    }

    @Test func aRangeHasAllItsPoints() throws {
      let range = try reply("prometheus/query_range.json")
      #expect(range.samples.map(\.values.count) == Array(repeating: 21, count: 7))
      let redis = try #require(range.samples.first { $0.labels["job"] == "redis" })
      #expect(redis.values.filter { $0.value == 0 }.count == 1)
      #expect(redis.values.last?.time == WallTime(secondsSince1970: 1_795_454_828))
    }

    @Test @LoopActor func theSourceTellsNoSuchSeriesFromZero() async throws {
      let server = ScriptedServer.routing { line in
        let name =
          line.contains("celery_tasks_in_queue") ? "real_celery_tasks_in_queue" : "runbook_queue_depth"
        return Captures.bytes("prometheus/prom_query_\(name).json")
      }
      defer { server.stop() }
      let client = HTTPClient()
      defer { client.close() }
      let source = PrometheusSource(id: "prometheus", base: server.url, client: client)
      let reading = try await source.poll()
      #expect(reading.value("prom.celery_tasks_in_queue") == .number(0))
      #expect(reading.state("prom.queue_depth") == .nodata)
      #expect(reading.observations.first { $0.name == "prom.queue_depth" }?.word == "no such series")
    }
  }
}
