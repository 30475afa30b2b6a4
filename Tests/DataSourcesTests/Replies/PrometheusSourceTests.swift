import Facts
import Testing

@testable import DataSources

/// Several expressions, of which some are refused.
@Suite struct PrometheusSourceTests {
  init() { EventLoop.runOnOwnThread() }

  private static let queries = [
    PrometheusSource.Query("prom.good", "up"), PrometheusSource.Query("prom.bad", "sum(oops"),
  ]

  @LoopActor private func poll(
    _ queries: [PrometheusSource.Query]
  ) async throws(SourceFailure) -> SourceReading {
    let server = ScriptedServer.routing { line in
      line.contains("oops")
        ? Array(#"{"status":"error","errorType":"bad_data","error":"parse error"}"#.utf8)
        : Array(
          #"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"3"]}]}}"#
            .utf8
        )
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    return try await PrometheusSource(id: "p", base: server.url, queries: queries, client: client).poll()
  }

  @Test @LoopActor func oneRefusedExpressionTakesNoOtherAway() async throws {
    let reading = try await poll(Self.queries)
    #expect(reading.value("prom.good") == .number(3))
    let bad = try #require(reading.observations.first { $0.name == "prom.bad" })
    #expect(bad.state == .nodata)
    #expect(bad.word == "rejected")
    #expect(bad.origin.excerpt.contains("parse error"))
  }

  @Test @LoopActor func nothingButRefusalsIsAFailure() async {
    let refusal = await failure { () throws(SourceFailure) in try await poll([Self.queries[1]]) }
    #expect(refusal?.code == .rejected)
  }
}
