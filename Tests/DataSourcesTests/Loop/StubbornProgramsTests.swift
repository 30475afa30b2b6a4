import Facts
import Foundation
import Glibc
import Testing

@testable import DataSources

/// Each kind of program that the console runs, here one that ignores TERM, floods both pipes and forks what does the
/// same: it is ended in its time, and nothing of it is left.
@Suite(.serialized) struct StubbornProgramsTests {
  private let directory = TestProcess.directory()
  private let program: String

  init() throws {
    EventLoop.runOnOwnThread()
    program = "\(directory)/stubborn"
    let text = """
      #!/bin/sh
      trap '' TERM HUP INT
      echo $$ >>\(directory)/pids
      ( echo $(exec sh -c 'echo $PPID') >>\(directory)/pids; while :; do sleep 0.1; done ) &
      ( while :; do echo flooding; done ) &
      ( while :; do echo flooding; done ) >&2 &
      while :; do sleep 0.1; done

      """
    try text.write(toFile: program, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
  }

  /// Runs `body`, and sees that the loop went on, and that no process, zombie or descriptor is left of what it ran.
  @LoopActor private func leavesNothing(
    atLeast count: Int = 2,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: @LoopActor () async throws -> Void
  ) async throws {
    _ = try await ChildProcess.run(ChildCommand(["true"]))
    let before = LocalFile.names(in: "/proc/self/fd").count
    let pulse = LoopPulse()
    try await body()
    #expect(pulse.stop() < .seconds(1), sourceLocation: sourceLocation)
    let pids = try String(contentsOfFile: "\(directory)/pids", encoding: .utf8).split(separator: "\n")
      .compactMap { pid_t($0) }
    #expect(pids.count >= count, "it ran", sourceLocation: sourceLocation)
    await eventually("it and what it forked is gone", sourceLocation: sourceLocation) {
      pids.allSatisfy { kill($0, 0) != 0 || Self.isZombie($0) }
    }
    await eventually("no zombie of ours is left", sourceLocation: sourceLocation) {
      !TestProcess.children(of: getpid()).contains(where: Self.isZombie)
    }
    // Other suites open and close some meanwhile.
    await eventually("the descriptors are given back", sourceLocation: sourceLocation) {
      LocalFile.names(in: "/proc/self/fd").count <= before + 8
    }
  }

  private nonisolated static func isZombie(_ pid: pid_t) -> Bool {
    let text = (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)) ?? ""
    return text.split(separator: ")").last?.hasPrefix(" Z") == true
  }

  @Test @LoopActor func aComposeCLIThatIsAskedOrActs() async throws {
    try "services: {db: {image: postgres}}"
      .write(toFile: "\(directory)/docker-compose.yml", atomically: true, encoding: .utf8)
    let plain = try #require(Discovery.find(from: directory, variables: [:]).project)
    try await leavesNothing(atLeast: 4) {
      let reading = await ComposeCommand.read(plain, programs: [[program]], deadline: .milliseconds(700))
      guard case .rejected(let words) = reading, words.string.hasSuffix("timed out") else {
        Issue.record("\(reading)")
        return
      }
      let client = HTTPClient()
      let runtime = DockerRuntime(
        project: "stubborn",
        endpoint: ServerEndpoint(socket: "\(directory)/none", name: "docker"),
        client: client
      )
      defer { runtime.close() }
      let control = ComposeControl(
        "stubborn",
        files: [],
        engine: nil,
        at: .init(directory: directory, variables: [:]),
        runtime: runtime,
        within: .milliseconds(700)
      )
      let call = ComposeControl.Call(words: [program, "up"], directory: directory)
      let told = await failure { () async throws(SourceFailure) in _ = try await control.run(call) }
      #expect(told?.code == .timedOut)
    }
  }

  @Test @LoopActor func aKubectl() async throws {
    let fake = FakeKubernetes()
    defer { fake.stop() }
    try await leavesNothing {
      let runtime = fake.runtime(program: [program], deadline: .milliseconds(300))
      let told = await failure { () async throws(SourceFailure) in _ = try await runtime.services() }
      #expect(told?.code == .timedOut)
    }
  }

  /// What has the terminal may take as long as it likes; once nobody waits it ends, too.
  @Test @LoopActor func aToolOnTheTerminal() async throws {
    let terminal = open("\(directory)/terminal", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    defer { close(terminal) }
    let tool = InteractiveTool(
      [
        "/bin/sh", "-c",
        "trap '' TERM HUP INT; echo $$ >>\(directory)/pids; yes flooding | head -c 3000000; while :; do sleep 0.1; done",
      ],
      login: .passwordFile(variable: "PGPASSFILE", Secret("canary")),
      package: "dash"
    )
    try await leavesNothing(atLeast: 1) {
      let task = Task {
        await failure { () async throws(SourceFailure) in _ = try await tool.run(on: terminal) }
      }
      await eventually("it runs") { LocalFile.exists("\(directory)/pids") }
      task.cancel()
      #expect(await task.value?.code == .cancelled)
    }
  }

  /// An ssh that doesn't end with its connection is ended, each of several, and so are those of a tunnel that is closed.
  @Test @LoopActor func anSSHOfATunnel() async throws {
    try await leavesNothing(atLeast: 4) {
      let (endpoint, tunnel) = try DockerEngine.reach(
        DockerContext(address: "ssh://far.example"),
        ssh: program
      )
      let client = HTTPClient()
      let runtime = DockerRuntime(
        project: "far",
        endpoint: endpoint,
        tunnel: tunnel,
        client: client,
        deadline: .milliseconds(300)
      )
      for _ in 0..<2 {
        _ = await failure { () async throws(SourceFailure) in _ = try await runtime.services() }
      }
      // Before the tunnel is closed: whoever asked has gone.
      let first = try String(contentsOfFile: "\(directory)/pids", encoding: .utf8).split(separator: "\n")
        .compactMap { pid_t($0) }
      await eventually("they end with their connections") {
        first.allSatisfy { kill($0, 0) != 0 || Self.isZombie($0) }
      }
      _ = await failure { () async throws(SourceFailure) in _ = try await runtime.services() }
      runtime.close()
    }
  }
}
