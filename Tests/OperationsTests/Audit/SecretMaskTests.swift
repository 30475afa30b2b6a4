import Facts
import Testing

@testable import Operations

@Suite struct SecretMaskTests {
  @Test func aSecretWithinAnotherLeavesNothingOfTheLonger() {
    let mask = SecretMask([("a", Secret("pass")), ("b", Secret("pass-1234"))])
    #expect(mask.mask("it is pass-1234, not pass") == "it is ‹b›, not ‹a›")
  }

  @Test func aCutLeavesNoHalfOfASecret() {
    var record = AuditRecord.sample(.end)
    record.reason = String(repeating: "x", count: 8_186) + "hunter2-and-more"
    let author = AuditAuthor(user: "anna", host: "box", process: 1)
    let line = AuditLine(
      previous: AuditLine.origin,
      entry: AuditEntry(sequence: 1, record: record, author: author)
    )
    let text = line.text(masking: SecretMask([("api", Secret("hunter2-and-more"))]))
    #expect(!text.contains("hunter"))
    #expect(text.contains("x‹api"))
  }
}
