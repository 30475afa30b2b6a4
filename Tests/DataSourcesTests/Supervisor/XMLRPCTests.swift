import TestSupport
import Testing

@testable import DataSources

@Suite struct XMLRPCTests {
  private func reply(_ value: String) throws -> XMLRPCReply {
    try XMLRPCReply.parse(
      Array(
        "<?xml version='1.0'?>\n<methodResponse><params><param><value>\(value)</value></param></params></methodResponse>"
          .utf8
      )
    )
  }

  @Test(arguments: [
    ("<string>a &lt; b</string>", XMLRPCValue.text("a < b")),
    ("bare", .text("bare")),
    ("", .text("")),
    ("<int> 17 </int>", .integer(17)),
    ("<i4>-3</i4>", .integer(-3)),
    ("<boolean>1</boolean>", .flag(true)),
    ("<boolean>0</boolean>", .flag(false)),
    ("<double>0.5</double>", .double(0.5)),
    ("<nil/>", .null),
    ("<array><data/></array>", .list([])),
    (
      "<array><data><value>a</value>\n<value><int>1</int></value></data></array>",
      .list([.text("a"), .integer(1)])
    ),
    (
      "<struct>\n<member>\n<name>pid</name>\n<value><int>7</int></value>\n</member></struct>",
      .object(["pid": .integer(7)])
    ),
  ])
  func everyTypeIsRead(_ text: String, _ value: XMLRPCValue) throws {
    #expect(try reply(text) == .value(value))
  }

  @Test func aFaultIsNoValue() throws {
    let fault = """
      <methodResponse><fault><value><struct><member><name>faultCode</name><value><int>10</int></value></member>
      <member><name>faultString</name><value><string>BAD_NAME: x</string></value></member></struct></value></fault>
      </methodResponse>
      """
    #expect(try XMLRPCReply.parse(Array(fault.utf8)) == .fault(code: 10, text: "BAD_NAME: x"))
  }

  @Test func aClockThatCannotBeRightGivesNoUptimeButZero() throws {
    let process = SupervisorProcess(
      .object([
        "name": .text("a"), "group": .text("a"), "statename": .text("RUNNING"), "pid": .integer(1),
        "start": .integer(1), "now": .integer(.min), "exitstatus": .integer(0),
      ]),
      at: 0
    )
    #expect(process.uptime == 0)
    #expect(process.reading.state == .running)
  }

  @Test(arguments: [
    ("statename", XMLRPCValue.integer(5), "a"), ("name", .integer(5), "entry 3 of the list"),
    ("exitstatus", .null, "a"), ("pid", .text("x"), "a"), ("start", .null, "a"),
  ])
  func aProcessThatCannotBeReadIsToldAndNeverWell(_ member: String, _ value: XMLRPCValue, _ name: String) {
    var members: [String: XMLRPCValue] = [
      "name": .text("a"), "group": .text("a"), "statename": .text("EXITED"), "pid": .integer(0),
      "start": .integer(1), "now": .integer(9), "exitstatus": .integer(0),
    ]
    members[member] = value
    let reading = SupervisorProcess(.object(members), at: 2).reading
    #expect(reading.name == name)
    #expect(reading.state == .unreadable("unreadable: \(member)"))
  }

  @Test(arguments: [
    ("STOPPED", 42, "STOPPED with the process 42"), ("EXITED", 42, "EXITED with the process 42"),
    ("FATAL", 42, "FATAL with the process 42"), ("RUNNING", 0, "RUNNING without a process"),
  ])
  func aStateThatItsPidContradictsIsNotKnown(_ state: String, _ pid: Int, _ word: String) {
    let members: [String: XMLRPCValue] = [
      "name": .text("a"), "group": .text("a"), "statename": .text(state), "pid": .integer(pid),
      "start": .integer(1), "now": .integer(9), "exitstatus": .integer(0),
    ]
    #expect(
      SupervisorProcess(.object(members), at: 0).reading.state == .unreadable("unreadable: \(word)")
    )
  }

  @Test func whatIsNoProcessAtAllIsToldToo() {
    let reading = SupervisorProcess(.text("x"), at: 0).reading
    #expect(reading.name == "entry 1 of the list")
    #expect(
      reading.state == .unreadable("unreadable: name, group, statename, pid, start, now, exitstatus")
    )
  }

  @Test func aCallIsWrittenSoThatItReadsBack() throws {
    let call = XMLRPCCall(
      method: "m",
      arguments: [.text("a<&>b"), .flag(true), .list([.integer(1), .null])]
    )
    let root = try XMLElement.parse(call.document)
    let values = try (root["params"]?.children ?? []).map { try XMLRPCValue(try #require($0["value"])) }
    #expect(root["methodName"]?.text == "m")
    #expect(values == call.arguments)
  }

  @Test(arguments: [
    "", "hello", "<a>", "<html><body>502 Bad Gateway</body></html>", "<methodResponse/>",
    "<methodResponse><params><param><value><int>x</int></value></param></params></methodResponse>",
    "<methodResponse><params><param><value><what/></value></param></params></methodResponse>",
    "<methodResponse><params><param><value><int>99999999999999999999</int></value></param></params></methodResponse>",
    "<methodResponse><fault><value><string>x</string></value></fault></methodResponse>",
    "<methodResponse>\u{1}</methodResponse>", "<methodResponse></methodResponse><again/>",
  ])
  func anythingElseIsUnreadable(_ text: String) {
    #expect(throws: XMLFailure.self) { try XMLRPCReply.parse(Array(text.utf8)) }
  }

  @Test func everyTruncationIsUnreadable() throws {
    let whole = Array(
      "<methodResponse><params><param><value><array><data><value><int>1</int></value></data></array></value></param></params></methodResponse>"
        .utf8
    )
    for length in 0..<whole.count {
      #expect(throws: XMLFailure.self) { try XMLRPCReply.parse(Array(whole.prefix(length))) }
    }
  }

  @Test func anEntityBombNeverExpands() {
    var bomb = "<!DOCTYPE b [<!ENTITY a0 \"aaaaaaaaaa\">"
    for level in 1..<12 {
      bomb += "<!ENTITY a\(level) \"\(String(repeating: "&a\(level - 1);", count: 10))\">"
    }
    bomb += "]><methodResponse><params><param><value>&a11;</value></param></params></methodResponse>"
    let took = processorTime {
      #expect(throws: XMLFailure(reason: "a document type, which is not accepted", line: 1)) {
        try XMLRPCReply.parse(Array(bomb.utf8))
      }
    }
    #expect(took < .seconds(1))
  }

  @Test func aFileIsNeverReadThroughAnEntity() {
    let text =
      "<!DOCTYPE b [<!ENTITY f SYSTEM \"file:///etc/passwd\">]><methodResponse><params><param><value>&f;</value></param></params></methodResponse>"
    #expect(throws: XMLFailure.self) { try XMLRPCReply.parse(Array(text.utf8)) }
  }

  @Test func depthElementsAndBytesHaveCaps() {
    let deep = String(repeating: "<a>", count: 5_000) + String(repeating: "</a>", count: 5_000)
    #expect(throws: XMLFailure(reason: "nested deeper than 64", line: 1)) {
      try XMLElement.parse(Array(deep.utf8))
    }
    let limits = XMLLimits(depth: 4, elements: 10, bytes: 1_000)
    #expect(throws: XMLFailure(reason: "more than 10 elements", line: 1)) {
      try XMLElement.parse(Array("<a>\(String(repeating: "<b/>", count: 10))</a>".utf8), limits: limits)
    }
    #expect(throws: XMLFailure(reason: "more than 1000 bytes", line: 1)) {
      try XMLElement.parse(Array("<a>\(String(repeating: "x", count: 1_000))</a>".utf8), limits: limits)
    }
  }
}
