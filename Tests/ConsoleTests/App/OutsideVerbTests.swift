import DataSources
import Facts
import Operations
import Testing

@testable import Console

extension RuntimeVerb {
  /// A verb that none of the rooms knows: everything in it stands still, and goes on where it stood.
  fileprivate static let pause: RuntimeVerb = "pause"
}

/// An action by that verb.
@LoopActor private struct PauseService: ServiceAction {
  nonisolated static let descriptor = ActionDescriptor(
    id: "service.pause",
    title: "pause",
    key: "%",
    targets: [.service],
    danger: .always(.disruptive),
    help: "let this service stand still",
    command: "pause"
  )

  let services: ActionServices

  init(_ services: ActionServices) { self.services = services }

  func plan(
    _ request: ActionRequest,
    renewing old: ServiceDetails?
  ) async throws(Refusal) -> Draft<ServiceDetails> {
    try await acts.draft(.pause, request, renewing: old, provesThen: false) { _ in "nothing" }
  }

  func proof(of details: ServiceDetails, after outcome: ActOutcome) -> (any ProofMachine)? { nil }
}

/// A verb is a word, what a runtime sends for it, and an action that asks for it.
@Suite struct OutsideVerbTests {
  private static let id = String(repeating: "5e", count: 32)
  private static let catalog = ActionCatalog(
    ActionCatalog.standard.entries + [ActionEntry(PauseService.self)]
  )

  init() { EventLoop.runOnOwnThread() }

  /// An engine with one container.
  private static func engine() -> ScriptedServer {
    ScriptedServer.routing { line in
      let words = line.split(separator: " ")
      if words[0] == "POST" { return [] }
      if words[1].contains("/containers/json") {
        return Array(
          #"[{"Id":"\#(id)","Names":["/p_web_1"],"State":"running","Labels":{"com.docker.compose.project":"p","com.docker.compose.service":"web"}}]"#
            .utf8
        )
      }
      if words[1].hasSuffix("/containers/\(id)/json") {
        return Array(
          #"{"Id":"\#(id)","Name":"/p_web_1","RestartCount":0,"State":{"Status":"running","StartedAt":"2026-11-23T17:21:47.25Z","ExitCode":0},"HostConfig":{"RestartPolicy":{"Name":"always"}},"Config":{"Image":"web:1"}}"#
            .utf8
        )
      }
      return words[1].hasSuffix("/version")
        ? Array(#"{"ApiVersion":"1.41","MinAPIVersion":"1.24"}"#.utf8) : nil
    }
  }

  @LoopActor private func executor(_ bench: Bench, _ runtime: any Runtime) -> Executor {
    Executor(
      services: ActionServices(
        environment: "dev",
        profiles: [ServiceProfile(name: "web")],
        runtime: runtime,
        prober: bench.runtime,
        world: { bench.world },
        clock: bench.clock,
        timing: bench.timing
      ),
      audit: bench.audit,
      locks: bench.locks,
      mode: WriteMode(.none),
      catalog: Self.catalog
    )
  }

  @Test @LoopActor func whatIsPreviewedIsWhatIsSent() async throws {
    let server = Self.engine()
    defer { server.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let endpoint = try ServerEndpoint("http://127.0.0.1:\(server.port)", name: "docker")
    var verbs = DockerRuntime.standardVerbs
    verbs[.pause] = { _ in "/pause" }
    let bench = Bench()
    let request = ActionRequest("service.pause", on: ActionTarget(.service, name: "web"))
    let able = DockerRuntime(project: "p", endpoint: endpoint, client: client, verbs: verbs)
    let pausing = executor(bench, able)
    let plan = try await pausing.plan(request)
    #expect(plan.title == "PAUSE web")
    #expect(plan.rows.contains { $0.text.string.contains("POST /containers/\(Self.id.prefix(12))/pause") })
    #expect(!server.requests.contains { $0.hasPrefix("POST") })
    let last = await pausing.run(plan) { _ in }
    #expect(bench.verdict(last).hasPrefix("done, unproven"))
    #expect(bench.audit.lines == ["begin", "end done, unproven"])
    let posts = server.requests.filter { $0.hasPrefix("POST") }
    #expect(posts.count == 1 && posts[0].contains("/containers/\(Self.id)/pause "))
    let unable = executor(bench, DockerRuntime(project: "p", endpoint: endpoint, client: client))
    await #expect(throws: Refusal.notPossible("compose p can't pause a service")) {
      try await unable.plan(request)
    }
  }
}
