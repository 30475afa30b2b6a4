import DataSources
import Facts
import Operations
import Testing

@testable import Console

/// What is printed can't steer a terminal, whoever wrote it.
struct OutputTests {
  private static let attack = "\u{1B}]52;c;aGk=\u{07}\u{9B}2J\u{202E}\u{200B}x\u{85}"

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0 == "\n" || SafeText.isHarmless($0) }
  }

  @Test func everyLineIsMadeHarmless() {
    #expect(Output.harmless("a\n\nb\n") == "a\n\nb\n")
    #expect(!isHarmless(Self.attack))
    #expect(isHarmless(Output.harmless("x\n\(Self.attack)\ny")))
    #expect(Output.harmless(String(repeating: "x", count: 100_000)).count == 100_000)
  }

  @Test func jsonEscapesWhatCannotBeSeen() {
    let text = JSONBody.string(Self.attack + "\u{E0041}").text
    #expect(isHarmless(text))
    #expect(text.contains(#"\u001b]52"#) && text.contains(#"\u202e\u200bx\u0085\udb40\udc41"#))
    #expect(JSONValue(parsing: Array(text.utf8))?.text == Self.attack + "\u{E0041}")
  }

  @Test func yamlOfWhatCannotBeSeenReadsBack() throws {
    let attack = Self.attack + "\u{E0041}"
    let place = Location(file: "x", line: 1, column: 1)
    let node = YAMLNode(
      .mapping([
        YAMLEntry(
          key: "label",
          keyLocation: place,
          value: YAMLNode(.scalar(YAMLScalar(attack, style: .doubleQuoted)), at: place)
        )
      ]),
      at: place
    )
    let text = YAMLWriter().text(node)
    #expect(isHarmless(text))
    #expect(try YAMLReader.read(Array(text.utf8), file: "x")["label"]?.text == attack)
  }

  @Test func aLongLabelLeavesTheWorstStateInSight() {
    let long = String(repeating: "label ", count: 60) + Self.attack
    var robot = Robot(label: long, project: long)
    robot.stack.postgresFailure = ScriptedStack.postgresRefused
    robot.live(seconds: 20)
    let report = StatusReport(
      environment: robot.state.environment,
      monitor: robot.state.monitor,
      measures: ["queue.depth"],
      now: robot.state.now
    )
    let headline = report.plain().split(separator: "\n").first.map(String.init) ?? ""
    #expect(headline.prefix(80).contains("CRIT 2 of 4"), "\(headline)")
    #expect(isHarmless(report.plain()))
    for (width, height) in [(160, 48), (80, 24), (40, 12), (24, 6)] {
      robot.send(.resized(width: width, height: height))
      #expect(robot.header.contains("✗"), "\(width): \(robot.header)")
    }
  }

  @Test func whatIsTheSameTwiceIsTheSameWithoutAges() {
    let robot = Robot.heard()
    let environment = robot.state.environment
    let first = StatusReport(
      environment: environment,
      monitor: robot.state.monitor,
      measures: [],
      now: robot.state.now
    )
    let second = StatusReport(
      environment: environment,
      monitor: robot.state.monitor,
      measures: [],
      now: robot.state.now + .seconds(1)
    )
    #expect(first.json().text != second.json().text)
    #expect(first.json(withAges: false).text == second.json(withAges: false).text)
  }

  @Test func statusTellsWhatAProbeSays() throws {
    var robot = Robot.heard()
    let now = robot.now
    for (id, verdict) in [
      ("probe.canary", SourceVerdict(.crit, "timed out")), ("probe.fine", SourceVerdict(.ok, "passes")),
    ] {
      let reading = SourceReading([], verdict: verdict)
      let report = SourceReport(source: id, startedAt: now, endedAt: now, result: .success(reading))
      robot.send(.reports([report]))
    }
    let status = StatusReport(
      environment: robot.state.environment,
      monitor: robot.state.monitor,
      measures: [],
      now: robot.state.now
    )
    let plain = status.plain().split(separator: "\n")
    #expect(plain.contains { $0.contains("probe.canary") && $0.hasSuffix("CRIT: timed out") }, "\(plain)")
    #expect(!plain.contains { $0.contains("probe.fine") })
    let json = try #require(JSONValue(parsing: Array(status.json().text.utf8)))
    let sources = try #require(json["sources"]?.list)
    let canary = try #require(sources.first { $0["id"]?.text == "probe.canary" })
    #expect(canary["ok"]?.flag == false)
    #expect(canary["state"]?.text == "crit")
    #expect(canary["word"]?.text == "timed out")
    #expect(sources.first { $0["id"]?.text == "probe.fine" }?["ok"]?.flag == true)
  }

  @Test func anotherQueueIsNoSlipOfTheHand() {
    let known: [FactName] = ["queue.celery.depth", "queue.depth", "service.backend.state"]
    #expect(WaitCommand.nearest("queue.celry.depth", among: known) == "queue.celery.depth")
    #expect(WaitCommand.nearest("queue.dpeth", among: known) == "queue.depth")
    #expect(WaitCommand.nearest("queue.nosuch.depth", among: known) == nil)
  }

  @Test func aWaitThatHeldTooSeldomSaysHowOften() throws {
    var gate = GateProgress(
      try Gate(parsing: "depth < 5 within 6s holding 50"),
      actEndedAt: MonotonicTime(nanoseconds: 0)
    )
    #expect(WaitCommand.lack(gate) == "not once a value to go by")
    for second in 1...6 {
      let now = MonotonicTime(nanoseconds: Int64(second) * 1_000_000_000)
      let fact = Fact(
        name: "depth",
        value: .number(1),
        state: .ok,
        sampledAt: now,
        origin: Origin(source: "x", query: "")
      )
      _ = gate.advance(FactTable([fact]), now: now)
    }
    #expect(gate.outcome == .unknown)
    #expect(WaitCommand.lack(gate) == "held 6 of 50")
  }
}
