import Facts
import TestSupport
import Testing

@testable import DataSources

/// Rows of a database that is not what it says it is.
@Suite struct PostgresValueSweepTests {
  private static let types: [UInt32] = [
    PostgresType.bool, PostgresType.char, PostgresType.name, PostgresType.int8, PostgresType.int2,
    PostgresType.int4,
    PostgresType.text, PostgresType.oid, PostgresType.json, PostgresType.float4, PostgresType.float8,
    PostgresType.timestamptz, PostgresType.numeric, PostgresType.uuid, PostgresType.jsonb, 9_999,
  ]

  /// A type, then the bytes of a value, often with the length that the type has.
  private static func value(_ generator: inout SeededGenerator) -> [UInt8] {
    let length = generator.pick([0, 1, 2, 4, 8, 8, 10, 12, 16, Int.random(in: 0...40, using: &generator)])
    let most = generator.pick([UInt8(3), 255])
    return [UInt8.random(in: 0..<16, using: &generator)]
      + (0..<length).map { _ in UInt8.random(in: 0...most, using: &generator) }
  }

  private static func decoded(_ bytes: [UInt8]) -> PostgresValue {
    bytes.dropFirst().withUnsafeBytes { PostgresValue(decoding: $0, oid: types[Int(bytes[0])]) }
  }

  @Test func binaryValuesAreDecodedOrUnknown() {
    let failures = Sweep(seed: 1, cases: 6_000).failures(Self.value) { bytes in
      let value = Self.decoded(bytes)
      if case .null = value { return "NULL out of bytes" }
      _ = value.time.map(Format.timestampWithMilliseconds)
      return nil
    }
    #expect(failures == [])
  }

  @Test func rowsOfAnyValuesAreReadOrLeftOut() {
    let columns = [
      "execution", "created", "seconds", "step", "step_order", "response_ms", "result", "score", "errors",
      "judged",
    ]
    let failures = Sweep(seed: 10_000, cases: 3_000).failures(Self.value) { bytes in
      let value = Self.decoded(bytes)
      let id = PostgresValue.text("1")
      var table = PostgresTable(columns: columns)
      table.rows = [[id, value, value, id, value, value, id, value, value, value]]
      let detail = RunsDetail.reading(table, id: "1")
      table.rows = [Array(repeating: value, count: 21)]
      _ = RunsReading(table)
      table.rows = [Array(repeating: value, count: 8)]
      _ = RunsReading.reasons(table)
      table.rows = [Array(repeating: value, count: 4)]
      _ = RunsReading.labels(table)
      return detail.executions.count == 1 ? nil : "the execution is lost"
    }
    #expect(failures == [])
  }

  @Test func wordsOfAFailureBecomeACode() {
    let mutation = Mutation(
      of:
        "connection to server at \"127.0.0.1\", port 5433 failed: FATAL:  28P01: password authentication failed",
      "could not connect: Connection refused",
      "SSL error: certificate verify failed",
      pieces: [":  ", "57P01", "42501", ": ", "FATAL"]
    )
    let failures = Sweep(seed: 20_000, cases: 2_000).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      if let state = PostgresFailure.sqlState(in: text), state.utf8.count != 5 { return "the state \(state)" }
      _ = PostgresFailure.connection(text: text, needsPassword: false, at: "p")
      _ = PostgresFailure.reply(sqlState: String(text.prefix(5)), message: text, at: "p")
      return nil
    }
    #expect(failures == [])
  }
}
