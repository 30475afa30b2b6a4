import Facts
import Synchronization
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

  @Test @LoopActor func aPollThatIsGivenUpEndsItsQuestions() async throws {
    let asked = Mutex(0)
    let gone = Mutex(0)
    let server = ScriptedServer { connection in
      guard connection.readRequest() != nil else { return }
      asked.withLock { $0 += 1 }
      connection.hang()
      gone.withLock { $0 += 1 }
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let source = PrometheusSource(
      id: "p",
      base: server.url,
      queries: Self.queries,
      client: client,
      deadline: .seconds(60)
    )
    let poll = LoopActor.task { await failure { () throws(SourceFailure) in try await source.poll() } }
    await eventually("both were asked") { asked.withLock { $0 } == 2 }
    poll.cancel()
    #expect(await poll.value?.code == .cancelled)
    await eventually("neither is asked any more") { gone.withLock { $0 } == 2 }
  }
}
