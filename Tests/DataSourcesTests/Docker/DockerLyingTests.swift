import Facts
import Testing

@testable import DataSources

/// An engine whose words are well-formed and can't be true.
@Suite struct DockerLyingTests {
  init() { EventLoop.runOnOwnThread() }

  private static let good = String(repeating: "a", count: 64)
  private static let bad = String(repeating: "b", count: 64)
  private static let labels = #""com.docker.compose.project":"p","com.docker.compose.service":"#

  /// What an engine's project is told as, whose second container has this entry and this inspection.
  @LoopActor private func poll(
    entry: String = #"{"Id":"\#(bad)","State":"running","Labels":{\#(labels)"bad"}}"#,
    inspection: String = #"{"Id":"BAD","State":{"Status":"running"}}"#
  ) async throws -> (services: [ServiceReading], reading: SourceReading, asked: [String]) {
    let path = TestProcess.directory() + "/docker.sock"
    let server = ScriptedServer.routing(unixSocket: path) { line in
      if line.hasPrefix("GET /version") { return Array(#"{"ApiVersion":"1.41"}"#.utf8) }
      if line.hasPrefix("GET /v1.41/containers/json") {
        let first = #"{"Id":"\#(Self.good)","State":"running","Labels":{\#(Self.labels)"good"}}"#
        return Array("[\(first),\(entry)]".utf8)
      }
      if line.contains(Self.good) {
        return Array(#"{"Id":"\#(Self.good)","State":{"Status":"running"}}"#.utf8)
      }
      return Array(inspection.replacing("BAD", with: Self.bad).utf8)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = ServerEndpoint(socket: path, name: "docker")
    let reading = try await DockerRuntime(project: "p", endpoint: endpoint, client: client).poll()
    let services = try #require(reading.snapshot(ServicesSnapshot.self)).services
    return (services, reading, server.requests)
  }

  @Test(arguments: [
    (
      #"{"Id":"BAD","State":"running","Labels":{LABELS"\ud800"}}"#,
      "the label com.docker.compose.service: a text that is none"
    ),
    (
      #"{"Id":"BAD","State":"running","Labels":{"com.docker.compose.project":"\ud800"}}"#,
      "the label com.docker.compose.project: a text that is none"
    ),
    (
      #"{"Id":"BAD","State":"running","Labels":{LABELS7}}"#,
      "the label com.docker.compose.service is of another kind"
    ),
    (#"{"Id":"BAD","State":null,"Labels":{LABELS"bad"}}"#, "State is missing"),
    (#"{"Id":"BAD","State":"running","Labels":[]}"#, "Labels is of another kind"),
    (
      #"{"Id":"BAD","State":"running","Labels":{LABELS"bad","x":"1","x":"2"}}"#,
      #"Labels: the key "x" stands twice"#
    ),
    (#"{"Id":5,"State":"running","Labels":{LABELS"bad"}}"#, "Id is of another kind"),
    ("7", "Id is missing"), ("null", "Id is missing"),
  ])
  @LoopActor func anEntryThatCannotBeReadIsToldAndTheOthersStand(
    _ entry: String,
    _ problem: String
  ) async throws {
    let entry = entry.replacing("BAD", with: Self.bad).replacing("LABELS", with: Self.labels)
    let (services, _, asked) = try await poll(entry: entry)
    let good = try #require(services.first { $0.name == "good" })
    #expect(services.count == 2 && good.state == .running)
    let bad = try #require(services.first { $0.name != "good" })
    #expect(bad.state == .unreadable("unreadable: \(problem)"))
    // Nothing is done to what can't be read.
    #expect(bad.identity.id != Self.bad && !asked.contains { $0.contains(Self.bad) })
  }

  @Test(arguments: [
    #""Names":["/\ud800"],"Labels":{LABELS"bad"}"#, #""Names":null,"Labels":{LABELS"bad"}"#,
    #""Names":7,"Labels":{LABELS"bad","com.docker.compose.container-number":3}"#,
    #""Labels":{LABELS"bad","maintainer":"\ud800"}"#,
  ])
  @LoopActor func whatNothingDependsOnHidesNothing(_ rest: String) async throws {
    let entry = #"{"Id":"\#(Self.bad)","State":"running",\#(rest.replacing("LABELS", with: Self.labels))}"#
    let services = try await poll(entry: entry).services
    #expect(services.map(\.name) == ["bad", "good"])
    #expect(services.allSatisfy { $0.state == .running })
  }

  @Test @LoopActor func anotherProjectsAndOneOffContainersStayOut() async throws {
    for labels in [
      #""com.docker.compose.project":"q","com.docker.compose.service":null"#,
      #"\#(Self.labels)7,"com.docker.compose.oneoff":"True""#,
    ] {
      let entry = #"{"Id":"\#(Self.bad)","State":7,"Labels":{\#(labels)}}"#
      #expect(try await poll(entry: entry).services.map(\.name) == ["good"])
    }
  }

  @Test(arguments: [
    (
      #"{"Id":"BAD","RestartCount":9223372036854775807,"State":{"Status":"running"}}"#,
      "RestartCount is of another kind"
    ),
    (#"{"Id":"BAD","RestartCount":-1,"State":{"Status":"running"}}"#, "RestartCount is of another kind"),
    (#"{"Id":"BAD","State":{"Status":"running","OOMKilled":"no"}}"#, "State.OOMKilled is of another kind"),
    (
      #"{"Id":"BAD","State":{"Status":"running","Health":{"Status":"healthy","Status":"unhealthy"}}}"#,
      #"State.Health: the key "Status" stands twice"#
    ),
    (#"{"Id":"BAD","State":{"Status":"running","Health":{}}}"#, "State.Health.Status is missing"),
    (#"{"Id":"BAD","State":{"Status":"\ud800"}}"#, "State.Status: a text that is none"),
    (#"{"Id":"BAD"}"#, "State.Status is missing"),
  ])
  @LoopActor func anInspectionThatCannotBeReadIsNoState(_ inspection: String, _ problem: String) async throws
  {
    let (services, reading, _) = try await poll(inspection: inspection)
    #expect(services.map(\.name) == ["bad", "good"])
    #expect(services.first?.state == .unreadable("running, not inspected: unreadable: \(problem)"))
    #expect(services.last?.state == .running)
    #expect(reading.value("service.bad.restarts") == nil && reading.value("service.bad.uptime") == nil)
  }

  @Test @LoopActor func anInspectionOfAnotherContainerSaysNothingOfThisOne() async throws {
    let inspection = #"{"Id":"\#(Self.good)","State":{"Status":"running","Health":{"Status":"healthy"}}}"#
    let word = "running, not inspected: unreadable: the inspection is of another container"
    #expect(try await poll(inspection: inspection).services.first?.state == .unreadable(word))
  }

  /// One that stays so after a third look: it is no race with a start or an end.
  @Test(arguments: [
    ("running", "exited"), ("exited", "running"), ("created", "running"), ("paused", "dead"),
  ])
  @LoopActor func aListAndAnInspectionThatContradictEachOtherAreNoState(
    _ listed: String,
    _ inspected: String
  ) async throws {
    let (services, reading, asked) = try await poll(
      entry: #"{"Id":"\#(Self.bad)","State":"\#(listed)","Labels":{\#(Self.labels)"bad"}}"#,
      inspection: #"{"Id":"BAD","State":{"Status":"\#(inspected)","StartedAt":"2026-11-23T17:21:47Z"}}"#
    )
    let word = "\(listed) in the list, \(inspected) when inspected"
    #expect(services.first?.state == .unreadable(word) && services.last?.state == .running)
    #expect(reading.value("service.bad.uptime") == nil)
    #expect(asked.count { $0.contains("containers/json") } == 3)
    #expect(asked.count { $0.contains("/\(Self.bad)/json") } == 3)
  }

  /// The engine writes the word of the health check into the list, too.
  @Test(arguments: [
    ("Up 5 minutes (unhealthy)", "healthy", "unhealthy in the list, healthy when inspected"),
    ("Up 5 minutes (healthy)", "unhealthy", "healthy in the list, unhealthy when inspected"),
    ("Up 2 seconds (health: starting)", "healthy", "starting in the list, healthy when inspected"),
    ("Up 5 minutes (unhealthy)", "none", "unhealthy in the list, without a check when inspected"),
  ])
  @LoopActor func aListAndAnInspectionThatTellAnotherHealthAreNoHealth(
    _ listed: String,
    _ inspected: String,
    _ word: String
  ) async throws {
    let (services, _, _) = try await poll(
      entry:
        #"{"Id":"\#(Self.bad)","State":"running","Status":"\#(listed)","Labels":{\#(Self.labels)"bad"}}"#,
      inspection: #"{"Id":"BAD","State":{"Status":"running","Health":{"Status":"\#(inspected)"}}}"#
    )
    #expect(services.first?.state == .unreadable(word))
  }

  @Test(arguments: [
    ("Up 5 minutes (healthy)", "healthy"), ("Up 5 minutes (unhealthy)", "unhealthy"),
    ("Up 5 minutes", "healthy"),
    ("Up 2 seconds (health: starting)", "starting"), ("Up 2 seconds (Paused)", "healthy"),
  ])
  @LoopActor func aListThatSaysNoOtherHealthContradictsNothing(
    _ listed: String,
    _ inspected: String
  ) async throws {
    let (services, _, _) = try await poll(
      entry:
        #"{"Id":"\#(Self.bad)","State":"running","Status":"\#(listed)","Labels":{\#(Self.labels)"bad"}}"#,
      inspection: #"{"Id":"BAD","State":{"Status":"running","Health":{"Status":"\#(inspected)"}}}"#
    )
    #expect(services.first?.state == .running)
  }

  @Test @LoopActor func aContainerThatIsListedTwiceIsNotKnown() async throws {
    for second in ["bad", "other"] {
      let entries = [("exited", "bad"), ("running", second)].map { state, service in
        #"{"Id":"\#(Self.bad)","State":"\#(state)","Labels":{\#(Self.labels)"\#(service)"}}"#
      }
      let (services, _, asked) = try await poll(entry: entries.joined(separator: ","))
      let others = services.filter { $0.name != "good" }
      #expect(others.map(\.name) == ["bad", second])
      #expect(others.allSatisfy { $0.state == .unreadable("unreadable: its Id is listed twice") })
      #expect(Set(services.map(\.identity.id)).count == 3)
      #expect(!asked.contains { $0.contains("/\(Self.bad)/json") })
    }
  }

  @Test(arguments: [
    "../../version", "abc", String(repeating: "A", count: 64), String(repeating: "a", count: 65),
    String(repeating: "a", count: 63) + "?", "",
  ])
  @LoopActor func whatIsNoIdGetsIntoNoRequest(_ id: String) async throws {
    let entry = #"{"Id":"\#(id)","State":"running","Labels":{\#(Self.labels)"bad"}}"#
    let (services, _, asked) = try await poll(entry: entry)
    let bad = try #require(services.first { $0.name == "bad" })
    #expect(bad.state == .unreadable("unreadable: Id is no container's id"))
    #expect(asked.count == 3, "the version, the list and the good one: \(asked)")
  }

  @Test @LoopActor func everyContainerOfAServiceIsSeen() async throws {
    let entry = #"{"Id":"\#(Self.bad)","State":"exited","Labels":{\#(Self.labels)"good"}}"#
    let services = try await poll(
      entry: entry,
      inspection: #"{"Id":"BAD","State":{"Status":"exited","ExitCode":0}}"#
    ).services
    #expect(services.map(\.name) == ["good", "good"])
    #expect(Set(services.map(\.state)) == [.running, .exited(code: 0)])
  }

  /// Compose labels who waits for whose good end: that is how a one-shot is known.
  @Test(
    arguments: [
      ("bad:service_completed_successfully:false", true),
      ("x:service_healthy:true,bad:service_completed_successfully", true),
      ("bad:service_started:true", nil), ("badly:service_completed_successfully:true", nil), ("", nil),
      (":,:::", nil),
    ] as [(String, Bool?)]
  )
  @LoopActor func aOneShotIsKnownByWhoWaitsForIt(_ label: String, _ isOneShot: Bool?) async throws {
    let waiting = String(repeating: "c", count: 64)
    let entries = [
      #"{"Id":"\#(Self.bad)","State":"exited","Labels":{\#(Self.labels)"bad"}}"#,
      #"{"Id":"\#(waiting)","State":"running","Labels":{\#(Self.labels)"web","com.docker.compose.depends_on":"\#(label)"}}"#,
    ]
    let services = try await poll(
      entry: entries.joined(separator: ","),
      inspection: #"{"Id":"BAD","State":{"Status":"exited","ExitCode":0}}"#
    ).services
    #expect(services.first { $0.name == "bad" }?.isOneShot == isOneShot)
  }

  @Test @LoopActor func aHealthOfAnUnknownWordIsNotRunningWell() async throws {
    let inspection = #"{"Id":"BAD","State":{"Status":"running","Health":{"Status":"wobbly"}}}"#
    #expect(try await poll(inspection: inspection).services.first?.state == .other("running, health: wobbly"))
  }

  @Test @LoopActor func aListInWhichNothingCanBeReadIsUnreadable() async throws {
    let path = TestProcess.directory() + "/docker.sock"
    let server = ScriptedServer.routing(unixSocket: path) { line in
      Array((line.hasPrefix("GET /version") ? #"{"ApiVersion":"1.41"}"# : #"[{"Id":null},5]"#).utf8)
    }
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = ServerEndpoint(socket: path, name: "docker")
    let runtime = DockerRuntime(project: "p", endpoint: endpoint, client: client)
    let failure = await failure { () throws(SourceFailure) in _ = try await runtime.poll() }
    #expect(failure?.code == .unreadable && failure?.detail == "Id is missing")
  }
}
