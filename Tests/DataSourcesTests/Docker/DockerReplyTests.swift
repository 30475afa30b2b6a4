import Facts
import Testing

@testable import DataSources

/// Replies as values: what the engine's words become.
@Suite struct DockerReplyTests {
  private func container(_ state: String, policy: String = "", restarts: Int = 0) throws -> ServiceReading {
    let status = try #require(JSONValue(parsing: Array("{\(state)}".utf8))?["Status"]?.text)
    let entry = try #require(
      DockerListEntry.parse(
        Array(
          #"{"Id":"0123456789ab","Names":["/p_backend_2"],"State":"\#(status)","Labels":{"com.docker.compose.service":"backend","com.docker.compose.container-number":"2"}}"#
            .utf8
        )
      )
    )
    let inspection = try #require(
      DockerInspection.parse(
        Array(
          #"{"Id":"0123456789ab","Name":"/p_backend_2","RestartCount":\#(restarts),"State":{\#(state)},"HostConfig":{"RestartPolicy":{"Name":"\#(policy)"}},"Config":{"Image":"i:1"}}"#
            .utf8
        )
      )
    )
    return DockerContainer(entry: entry, inspection: inspection).reading()
  }

  @Test func theSameStartInOtherWordsIsTheSameLife() throws {
    func life(_ start: String) throws -> String {
      try container(#""Status":"running","StartedAt":"\#(start)""#).identity.incarnation
    }
    #expect(try life("2026-11-23T17:21:47.250Z") == life("2026-11-23T17:21:47.25Z"))
    #expect(try life("2026-11-23T17:21:47.000Z") == life("2026-11-23T17:21:47Z"))
    #expect(try life("2026-11-23T17:21:47.2501Z") != life("2026-11-23T17:21:47.25Z"))
  }

  @Test(arguments: [
    #""Status":"exited","Running":true,"ExitCode":0"#, #""Status":"created","Running":true"#,
    #""Status":"running","StartedAt":"garbage""#,
  ]) func whatContradictsItselfIsNotKnown(state: String) throws {
    let inspection = try #require(
      DockerInspection.parse(Array(#"{"Id":"0123456789ab","State":{\#(state)}}"#.utf8))
    )
    #expect(inspection.problem != nil)
  }

  @Test func itsHealthCheckTellsWhenItWasMade() throws {
    let reading = try container(
      #""Status":"running","Health":{"Status":"healthy","Log":[{"Start":"2026-11-23T17:21:47Z","ExitCode":0,"Output":""}]}"#
    )
    #expect(reading.checkedAt == WallTime(secondsSince1970: 1_795_454_507))
  }

  @Test func aRunningOneHasItsStartAsIncarnation() throws {
    let reading = try container(
      #""Status":"running","StartedAt":"2026-11-23T17:21:47.25Z","ExitCode":0"#,
      policy: "always",
      restarts: 4
    )
    #expect(
      reading
        == ServiceReading(
          name: "backend",
          instance: "p_backend_2",
          identity: ServiceIdentity(
            id: "0123456789ab",
            incarnation: "2026-11-23T17:21:47.25Z",
            begunAt: WallTime(secondsSince1970: 1_795_454_507.25)
          ),
          state: .running,
          startedAt: WallTime(secondsSince1970: 1_795_454_507.25),
          restarts: 4,
          isOneShot: false,
          image: "i:1",
          number: 2
        )
    )
  }

  @Test(arguments: [
    ("created", ServiceReading.State.stopped), ("running", .running), ("paused", .paused),
    ("restarting", .restarting), ("removing", .stopping), ("exited", .exited(code: 3)),
    ("dead", .exited(code: 3)), ("floating", .other("floating")),
  ])
  func everyStatusIsTold(_ word: String, _ state: ServiceReading.State) throws {
    #expect(try container(#""Status":"\#(word)","ExitCode":3"#).state == state)
  }

  @Test(arguments: [
    ("starting", ServiceReading.Health.starting), ("healthy", .healthy), ("unhealthy", .unhealthy),
    ("none", .none),
  ])
  func healthIsTold(_ word: String, _ health: ServiceReading.Health) throws {
    let state = #""Status":"running","Health":{"Status":"\#(word)","FailingStreak":0,"Log":[]}"#
    #expect(try container(state).health == health)
    #expect(try container(state.replacing("running", with: "exited")).health == .none)
  }

  @Test func noCheckIsNeitherHealthyNorUnhealthy() throws {
    #expect(try container(#""Status":"running""#).health == .none)
  }

  @Test func theLastOutputOfAFailingCheckIsTold() throws {
    let log = #""Log":[{"ExitCode":0,"Output":"fine"},{"ExitCode":1,"Output":"no answer\n"}]"#
    #expect(
      try container(#""Status":"running","Health":{"Status":"unhealthy","FailingStreak":2,\#(log)}"#).detail
        == "no answer"
    )
    #expect(
      try container(
        #""Status":"running","Health":{"Status":"unhealthy","FailingStreak":2,"Log":[{"ExitCode":7,"Output":""}]}"#
      ).detail == "health check exit code 7"
    )
    #expect(
      try container(#""Status":"running","Health":{"Status":"healthy","FailingStreak":0,\#(log)}"#).detail
        .isEmpty
    )
  }

  @Test func outOfMemoryIsTold() throws {
    #expect(try container(#""Status":"exited","OOMKilled":true,"ExitCode":137"#).isOutOfMemory)
    // An engine tells it of the next life, too.
    #expect(try !container(#""Status":"running","OOMKilled":true,"ExitCode":0"#).isOutOfMemory)
    #expect(try container(#""Status":"restarting","OOMKilled":true,"ExitCode":137"#).isOutOfMemory)
  }

  @Test func aCrashLoopTellsItsExitCode() throws {
    #expect(try container(#""Status":"restarting","ExitCode":3"#).detail == "exited 3")
  }

  /// Who is stopped may exit with 0 as well as who has done its work.
  @Test func aGoodEndAloneMakesNoOneShot() throws {
    for policy in ["", "no", "on-failure"] {
      let ended = try container(#""Status":"exited","ExitCode":0"#, policy: policy)
      #expect(ended.state == .exited(code: 0) && ended.isOneShot == nil, "\(policy)")
    }
  }

  /// What sets something up: it ends well at once, and was never made to be reached.
  @Test(
    arguments: [
      (47, 49, "{}", true), (47, 49, "null", true), (0, 59, "{}", true), (47, 49, #"{"80/tcp":{}}"#, false),
    ] as [(Int, Int, String, Bool)]
  )
  func whatEndsWellAtOnceAndServesNobodyLooksDone(
    _ begun: Int,
    _ ended: Int,
    _ ports: String,
    _ looksDone: Bool
  ) throws {
    func time(_ second: Int, minute: Int = 21) -> String {
      "2026-11-23T17:\(minute):\(second < 10 ? "0" : "")\(second)Z"
    }
    func container(minute: Int = 21, code: Int = 0, status: String = "exited") throws -> DockerContainer {
      let state = """
        "Status":"\(status)","ExitCode":\(code),"StartedAt":"\(time(begun))","FinishedAt":"\(time(ended, minute: minute))"
        """
      let text = #"{"Id":"0123456789ab","State":{\#(state)},"Config":{"ExposedPorts":\#(ports)}}"#
      let document = try #require(JSONValue(parsing: Array(text.utf8)))
      let entry = try #require(
        JSONValue(parsing: Array(#"{"Id":"0123456789ab","State":"\#(status)","Labels":{}}"#.utf8))
      )
      return DockerContainer(
        entry: try #require(DockerListEntry(entry)),
        inspection: try #require(DockerInspection(document))
      )
    }
    #expect(try container().reading().looksDone == looksDone)
    // It says nothing for sure.
    #expect(try container().reading().isOneShot == nil)
    // Who was seen to stop it knows better; a longer life, another end and no end are no work done.
    #expect(try !container().reading(stopped: ["0123456789ab"]).looksDone)
    #expect(try !container(minute: 22).reading().looksDone)
    #expect(try !container(code: 1).reading().looksDone)
    #expect(try !container(status: "running").reading().looksDone)
    #expect(try container().reading().endedAt == WallTime(timestamp: time(ended)))
    #expect(try container(status: "running").reading().endedAt == nil)
  }

  @Test(
    arguments: [
      ("{}", []), ("null", []), (#"{"host":{"IPAddress":"","GlobalIPv6Address":""}}"#, []),
      (
        #"{"a":{"IPAddress":"10.0.0.7","GlobalIPv6Address":"fd00::7"},"b":{"IPAddress":"10.1.0.7"},"c":{"IPAddress":7}}"#,
        ["10.0.0.7", "10.1.0.7", "fd00::7"]
      ),
    ] as [(String, Set<String>)]
  )
  func aContainerIsKnownByItsAddressesWhileItRuns(_ networks: String, _ addresses: Set<String>) throws {
    for status in ["running", "exited"] {
      let text = """
        {"Id":"0123456789ab","State":{"Status":"\(status)"},"NetworkSettings":{"Networks":\(networks)}}
        """
      let listed = #"{"Id":"0123456789ab","State":"\#(status)","Labels":{}}"#
      let entry = try #require(DockerListEntry.parse(Array(listed.utf8)))
      let inspection = try #require(DockerInspection.parse(Array(text.utf8)))
      let container = DockerContainer(entry: entry, inspection: inspection)
      #expect(container.reading().addresses == (status == "running" ? addresses : []))
    }
  }

  @Test(
    arguments: [
      (true, "", true), (true, "no", true), (true, "on-failure", true), (true, "always", false),
      (true, "unless-stopped", false), (false, "", nil), (false, "no", nil), (false, "always", false),
    ] as [(Bool, String, Bool?)]
  )
  func aOneShotIsWhatOthersWaitFor(_ isAwaited: Bool, _ policy: String, _ isOneShot: Bool?) {
    #expect(DockerContainer.isOneShot(isAwaited: isAwaited, restartPolicy: policy) == isOneShot)
    #expect(
      DockerContainer.isOneShot(isAwaited: isAwaited, restartPolicy: policy, isChecked: true) == false,
      "what has a health check is there to answer"
    )
  }

  @Test func howLongALifeWasIsToldOnceItIsOver() throws {
    let times = #""StartedAt":"2026-11-23T17:21:47.25Z","FinishedAt":"2026-11-23T17:21:49.75Z""#
    #expect(try container(#""Status":"exited","ExitCode":0,\#(times)"#).lived == .milliseconds(2_500))
    // An engine notes the end of one that ends at once a little before its start.
    let short = times.replacing("49.75", with: "47.2")
    #expect(try container(#""Status":"exited","ExitCode":0,\#(short)"#).lived == .zero)
    // The life before, or two words that can't be true together.
    #expect(try container(#""Status":"running",\#(times)"#).lived == nil)
    #expect(
      try container(#""Status":"exited","ExitCode":0,\#(times.replacing(":49", with: ":40"))"#).lived == nil
    )
    #expect(try container(#""Status":"exited","ExitCode":0"#).lived == nil)
  }

  @Test(
    arguments: [
      ("1.41", "1.12", "1.41"), ("1.24", nil, "1.24"), ("1.99", "1.44", DockerEngine.newestKnownVersion),
      ("2.0", "1.44", DockerEngine.newestKnownVersion), ("1.20", nil, nil), ("9.9", "9.0", nil),
      ("x", nil, nil),
    ] as [(String, String?, String?)]
  )
  func theVersionIsOneThatBothSpeak(_ engine: String, _ oldest: String?, _ chosen: String?) {
    #expect(DockerEngine.version(engine: engine, oldest: oldest) == chosen)
  }

  @Test func filtersAreJSONPercentEncoded() {
    #expect(
      dockerFilters(["label": [#"a="b&c"#]]) == "%7B%22label%22%3A%5B%22a%3D%5C%22b%26c%22%5D%7D"
    )
  }
}
