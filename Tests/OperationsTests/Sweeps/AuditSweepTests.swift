import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// A record that somebody has laid hands on.
@Suite struct AuditSweepTests {
  init() { EventLoop.runOnOwnThread() }

  /// A log of four lines and its head.
  private static let good: (log: [UInt8], head: [UInt8]) = {
    var log: [UInt8] = []
    var head = AuditHead.empty
    for sequence in 1...4 {
      let record = AuditRecord.sample(
        sequence.isMultiple(of: 2) ? .end : .begin,
        act: "a\((sequence + 1) / 2)"
      )
      let author = AuditAuthor(user: "anna", host: "box", process: 4_242)
      let entry = AuditEntry(sequence: sequence, record: record, author: author)
      let line = Array(AuditLine(previous: head.hash, entry: entry).text().utf8)
      log += line + [0x0A]
      head = head.appending(line)
    }
    return (log, head.bytes)
  }()

  @Test func everyChangeOfTheLogIsNoticed() {
    #expect(AuditVerifier.verify(log: Self.good.log, head: Self.good.head).isIntact)
    let mutation = Mutation(
      of: [Self.good.log],
      pieces: ["\n", "\"seq\":", "\"previous\":", "begin", "end", "0000"]
    )
    let failures = Sweep(seed: 1, cases: 400).failures(of: mutation) { bytes in
      let found = AuditVerifier.verify(log: bytes, head: Self.good.head)
      if found.isIntact, bytes != Self.good.log { return "it passes for intact" }
      return found.damage.map { $0.line >= 0 && !$0.sentence.isEmpty } ?? true
        ? nil : "damage without a place"
    }
    #expect(failures == [])
  }

  @Test func everyChangeOfTheHeadIsNoticedOrSaysTheSame() {
    let mutation = Mutation(of: [Self.good.head], pieces: ["\"count\":", "\"bytes\":", "\"hash\":"])
    let failures = Sweep(seed: 10_000, cases: 200).failures(of: mutation) { bytes in
      let found = AuditVerifier.verify(log: Self.good.log, head: bytes)
      guard found.isIntact, let head = AuditHead(parsing: bytes) else { return nil }
      let last = AuditHead(parsing: Self.good.head)
      // An older head is a log that was added to; an empty one is how every log begins.
      return head.count == 0 || head.hash == last?.hash ? nil : "another head passes"
    }
    #expect(failures == [])
  }

  @Test func linesAreReadOrNone() {
    var read = 0
    let line = Array(Self.good.log.prefix { $0 != 0x0A })
    let mutation = Mutation(
      of: [line],
      pieces: ["\"duration_ms\":1", "\"class\":3", "refused", "2026-11-24T03:48:54Z"]
    )
    let failures = Sweep(seed: 20_000, cases: 1_000).failures(of: mutation) { bytes in
      guard let line = AuditLine(parsing: bytes) else { return nil }
      read += 1
      // Texts may be cut and times lose their fractions; what is left of them is read again.
      return AuditLine(parsing: Array(line.text().utf8)) == nil ? "what it writes can't be read" : nil
    }
    #expect(failures == [])
    #expect(read > 100)
  }

  @Test @LoopActor func scriptsAreChosenByTheirIDOrNotAtAll() {
    let mutation = Mutation(
      of: #"[{"id":"d609ba62-fd85-437f-8787-d3f0fbc0bba0","name":"Demo: Weather Query","is_active":true}]"#,
      #"{"items":[{"id":"025d7c90-524a-4d46-b637-c18b30fcab3d","name":"Test","is_active":false}]}"#,
      pieces: ["\"items\":", "\"scenarios\":", "true", "false", "-"]
    )
    let failures = Sweep(seed: 30_000, cases: 2_000).failures(of: mutation) { bytes in
      guard let script = JSONValue(parsing: bytes).flatMap({ QuickTestScripts.choose(nil, from: $0) }) else {
        return nil
      }
      return UUIDText.isWhole(script.id) ? nil : "\(script.id) is no UUID"
    }
    #expect(failures == [])
  }
}
