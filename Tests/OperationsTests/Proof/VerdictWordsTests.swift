import DataSources
import Facts
import Testing

@testable import Operations

/// A server's words in a verdict are told without its passwords.
@Suite struct VerdictWordsTests {
  @Test func noPartOfAVerdictTellsAPassword() {
    var verdict = Verdict(.failed, "the runtime said 409: password=LEAK")
    verdict.note = "404: secret_key=LEAK for POST /a"
    verdict.caution = "it tells an error: postgres://u:LEAK@h"
    #expect(
      verdict.told
        == "the runtime said 409: password=‹password›, it tells an error: postgres://u:‹password›@h; 404: secret_key=‹password› for POST /a"
    )
    verdict.sentence = "token=LEAK"
    #expect(verdict.sentence == "token=‹password›")
  }

  @Test func anExecutionsReasonAndAServicesWordsTellNone() {
    #expect(
      ExecutionState(status: "failed", hasEnded: true, reason: "password=LEAK").reason
        == "password=‹password›"
    )
    var reading = ServiceReading(
      name: "db",
      instance: "db-1",
      identity: ServiceIdentity(id: "1", incarnation: ""),
      state: .running,
      image: "https://LEAK@registry/db",
      detail: "PGPASSWORD=LEAK"
    )
    #expect(reading.image == "https://‹password›@registry/db" && reading.detail == "PGPASSWORD=‹password›")
    reading.detail = "--password LEAK"
    #expect(reading.detail == "--password ‹password›")
  }

  @Test func anOldRecordIsReadWithoutThem() throws {
    let line =
      #"{"seq":1,"time":"2026-01-02T03:04:05.678Z","event":"end","reason":"password=LEAK","#
      + #""exact":"x","verdict":"failed: token=LEAK","previous":"0"}"#
    let record = try #require(AuditLine(parsing: Array(line.utf8))).entry.record
    #expect(record.reason == "password=‹password›" && record.verdict == "failed: token=‹password›")
  }
}
