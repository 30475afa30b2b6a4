import DataSources
import Testing

@testable import Console

@Suite struct ConfigurationHostileTests {
  @Test func messagesAreHarmlessToATerminal() throws {
    let told = try problems(#"{"\e[31mred\u202e": 1, "sources": {"r": {"type": "\e]0;x\a"}}}"#).joined(
      separator: "\n"
    )
    #expect(told.contains("␛[31mred"))
    #expect(!told.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 7 })
  }
}
