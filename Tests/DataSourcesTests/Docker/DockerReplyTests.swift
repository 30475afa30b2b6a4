import Facts
import Testing

@testable import DataSources

/// Replies as values: what the engine's words become.
@Suite struct DockerReplyTests {
  private func container(_ state: String, policy: String = "", restarts: Int = 0) throws -> ServiceReading {
    let entry = try #require(
      DockerListEntry.parse(
        Array(
          #"{"Id":"ab","Names":["/p_backend_2"],"State":"running","Labels":{"com.docker.compose.service":"backend","com.docker.compose.container-number":"2"}}"#
            .utf8
        )
      )
    )
    let inspection = try #require(
      DockerInspection.parse(
        Array(
          #"{"Id":"ab","Name":"/p_backend_2","RestartCount":\#(restarts),"State":{\#(state)},"HostConfig":{"RestartPolicy":{"Name":"\#(policy)"}},"Config":{"Image":"i:1"}}"#
            .utf8
        )
      )
    )
    return DockerContainer(entry: entry, inspection: inspection).reading
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
    let inspection = try #require(DockerInspection.parse(Array(#"{"Id":"ab","State":{\#(state)}}"#.utf8)))
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
            id: "ab",
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

  @Test(
    arguments: [
      ("exited", 0, "", true), ("exited", 0, "no", true), ("exited", 1, "no", nil), ("running", 0, "no", nil),
      ("exited", 0, "always", false), ("exited", 0, "unless-stopped", false),
      ("exited", 0, "on-failure", nil),
    ] as [(String, Int, String, Bool?)]
  )
  func oneShotsEndWellAndStayEnded(_ status: String, _ code: Int, _ policy: String, _ isOneShot: Bool?) {
    #expect(DockerContainer.isOneShot(status: status, exitCode: code, restartPolicy: policy) == isOneShot)
    let isChecked = DockerContainer.isOneShot(
      status: status,
      exitCode: code,
      restartPolicy: policy,
      isChecked: true
    )
    #expect(isChecked == false, "what has a health check is there to answer")
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
