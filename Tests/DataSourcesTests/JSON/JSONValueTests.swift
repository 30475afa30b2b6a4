import DataSources
import Testing

/// One document and nothing beside it; what is wrong within is said, never guessed.
@Suite struct JSONValueTests {
  private func value(_ text: String) -> JSONValue? { JSONValue(parsing: Array(text.utf8)) }

  @Test func valuesAreReadAsTheyAreWritten() {
    #expect(
      value(#" {"a":[1,-2.5e2,true,false,null],"b":{"ü":"\u00e9\ud83d\ude00\n\/"},"c":""} "#)
        == .object([
          "a": .list([.number(1), .number(-250), .flag(true), .flag(false), .null]),
          "b": .object(["ü": .text("é😀\n/")]), "c": .text(""),
        ])
    )
    #expect(value("0") == .number(0))
    #expect(value("123456789012345678")?.number == 123_456_789_012_345_680)
  }

  @Test(arguments: [
    "", " ", "{", "[1,]", "{\"a\":1,}", "{\"a\"}", "[1]x", "{} {}", "01", "1.", "1e", "-", "+1", ".5", "nul",
    "'a'", "\"a", "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"", "[1 2]", "{a:1}", "NaN", "<html>", "\u{FEFF}{}",
  ])
  func whatIsNoDocumentIsNone(_ text: String) {
    #expect(value(text) == nil)
  }

  @Test func nestingHasAnEnd() {
    #expect(value(String(repeating: "[", count: 64) + String(repeating: "]", count: 64)) != nil)
    #expect(value(String(repeating: "[", count: 66) + String(repeating: "]", count: 66)) == nil)
    #expect(value(String(repeating: "[", count: 1_000_000)) == nil)
  }

  @Test func aKeyThatStandsTwiceMakesItsObjectUnreadableAndNoOther() {
    #expect(
      value(#"{"status":"healthy","status":"unhealthy"}"#) == .broken(#"the key "status" stands twice"#)
    )
    // The same key, once by an escape.
    #expect(value(#"[{"a":1,"\u0061":2},{"a":3}]"#)?[0]?.problem != nil)
    #expect(value(#"[{"a":1,"a":2},{"a":3}]"#)?[1]?["a"] == .number(3))
  }

  @Test func halfASurrogatePairMakesItsTextUnreadableAndNoOther() {
    let list = value(#"[{"name":"\ud800"},{"name":"\udc00x"},{"name":"\ud800\u0041"},{"name":"good"}]"#)
    #expect(
      list?.list?.map { $0["name"]?.problem } == Array(repeating: "a text that is none", count: 3) + [nil]
    )
    #expect(list?[3]?["name"] == .text("good"))
    #expect(value(#"{"\ud800":1}"#)?.problem == "a key that is no text")
    #expect(JSONValue(parsing: [0x5B, 0x22, 0xFF, 0x22, 0x2C, 0x31, 0x5D])?[1] == .number(1))
  }

  @Test func aNumberBeyondAllSizesHasNoValue() {
    #expect(value("[1e999,-1e999,1]")?.list?.map(\.number) == [nil, nil, 1])
  }

  @Test func whatIsWrittenReadsBackAsItWas() {
    let text = #"{"a":[1,-2.5,true,null,9007199254740991],"b":{"\u001b\"\\":"ü\n"},"c":[],"d":{}}"#
    #expect(value(text)?.json == text)
    #expect(value(value(text)?.json ?? "") == value(text))
    #expect(value(#"{"b":1.0,"a":{"x":1,"x":2}}"#)?.json == #"{"a":null,"b":1}"#)
  }
}
