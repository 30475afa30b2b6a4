import DataSources
import Facts
import Foundation
import Operations
import ScreenSupport
import Testing

/// Every action of the catalogue by its command and as a step of a runbook, each where it could be done: in read-only
/// none of them is, and no real server hears a write.
@Suite(.serialized) struct LiveReadOnlyTests {
  /// One action on something that it could act on.
  private struct Act {
    let id: ActionID
    /// What it acts on; nil: the environment.
    var target: String?
    /// The values of its arguments, by their names.
    var arguments: [(name: String, value: String)]
    /// Words of the command line alone.
    var options: [String]

    init(
      _ id: ActionID,
      _ target: String? = nil,
      _ arguments: [(String, String)] = [],
      options: [String] = []
    ) {
      self.id = id
      self.target = target
      self.arguments = arguments
      self.options = options
    }

    /// The words of its command.
    func words(in catalog: ActionCatalog) throws -> [String] {
      let command = try #require(catalog.descriptor(of: id), "\(id) is no action").command
      return command.split(separator: " ").map(String.init) + (target.map { [$0] } ?? [])
        + arguments.map(\.value) + options
    }

    /// A runbook of this one step.
    var runbook: String {
      let words = (target.map { [("target", $0)] } ?? []) + arguments
      let told = words.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: " ")
      return "# Try\n\nOne step.\n\n```{action=\(id) \(told)}\n```\n"
    }
  }

  private static let mine: ActionID = "own.mine"
  /// What is tried on the stack, on a compose project and on a cluster.
  private static let onTheStack: Set<ActionID> = [
    "service.restart", "service.restart_dependents", "service.stop", "service.start", "queue.peek",
    "queue.export", "queue.purge", "workers.active", "workers.reserved", "workers.ping", "workers.revoke",
    "workers.grow", "workers.shrink", "query.cancel", "query.terminate", "query.terminate_idle", "tool.psql",
    "tool.redis-cli", "run.rerun", "quicktest.start", mine,
  ]
  private static let onCompose: Set<ActionID> = [
    "service.restart", "service.restart_dependents", "service.stop", "service.start", "service.recreate",
    "service.scale", "compose.up", "compose.down", "tool.shell", "credentials.rotate", "credentials.resume",
    "credentials.rollback", "credentials.revoked",
  ]
  private static let onACluster: Set<ActionID> = [
    "service.restart", "service.scale", "tool.shell", "credentials.rotate",
  ]
  private static let catalog: ActionCatalog = {
    var mine = OwnActionSettings(name: "mine")
    mine.run = ["/usr/bin/touch"]
    return ActionCatalog.standard.with([mine])
  }()

  @Test func everyActionOfTheCatalogueIsTried() {
    let acts = Set(Self.catalog.all.filter { $0.danger != .always(.look) }.map(\.id))
    #expect(Self.onTheStack.union(Self.onCompose) == acts)
    #expect(Self.onACluster.isSubset(of: acts))
  }

  // MARK: trying

  /// Tries each by its command and as a step, in `directory`.
  ///
  /// Without a yes that alone is missing: it could be done. With the fullest yes read-only is what refuses it.
  private func expectRefusals(
    _ acts: [Act],
    bookAt path: String,
    sourceLocation: SourceLocation = #_sourceLocation,
    run: ([String]) async throws -> LiveStack.Outcome
  ) async throws {
    for act in acts {
      let words = try act.words(in: Self.catalog)
      let asked = try await run(words)
      #expect(
        asked.code == 6 && asked.errors.contains("switchboard: not confirmed: "),
        "\(words) could be done: \(asked)",
        sourceLocation: sourceLocation
      )
      let name = asked.errors.firstMatch(of: #/--confirm '([^']+)'/#)?.1
      let consent = ["--read-only", "--yes"] + (name.map { ["--confirm", String($0)] } ?? [])
      let refused = try await run(words + consent)
      #expect(
        refused.code == 6 && refused.errors.contains("read-only: it was started with --read-only"),
        "\(words): \(refused)",
        sourceLocation: sourceLocation
      )
      // A step names the console's own alone, and new values are asked for on a terminal.
      guard act.id != Self.mine, act.id != "credentials.rotate" else { continue }
      try act.runbook.write(toFile: path, atomically: true, encoding: .utf8)
      let step = try await run(["runbook", "run", path, "--json"] + consent)
      let told = step.json["steps"]?.list?.first?["words"]?.text
      #expect(
        step.code == 6 && told?.hasPrefix("not begun: read-only: it was started with --read-only") == true,
        "\(act.id) as a step: \(step)",
        sourceLocation: sourceLocation
      )
    }
  }

  // MARK: the stack

  @Test func noneOfTheStacksServersHearsAWrite() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // A colleague has acted: that is read in read-only, and nothing is told back.
    #expect(try await stack.switchboard("restart", "celery-beat", "--yes").code <= 1)
    let queue = try await QueueBench(stack, "acts-readonly")
    let clients = IdleClients(stack)
    do {
      try await queue.fill(ready: 3)
      // Tasks that run and wait; what could be started is down.
      try await stack.fault("queue-backlog")
      try await stack.stop("celery-beat")
      try await clients.settle()
      try await tryEach(on: stack, queue.name, clients)
    } catch {
      clients.end()
      try await queue.remove()
      try await stack.heal()
      throw error
    }
    clients.end()
    try await queue.remove()
    try await stack.heal()
  }

  private func tryEach(on stack: LiveStack, _ queue: String, _ clients: IdleClients) async throws {
    let active = try await stack.switchboard("workers", "active", "celery", "--yes")
    let task = try #require(active.output.firstMatch(of: #/ · ([0-9a-f-]{36}) · for/#)?.1, "\(active)")
    let rows = try await stack.switchboard("runs", "failed", "--json", "--limit", "200").json.list ?? []
    let run = try #require(rows.first { $0["kind"]?.text == "run" }?["id"]?.text)
    let acts = [
      Act("service.restart", "backend"), Act("service.restart_dependents", "postgres"),
      Act("service.stop", "redis"), Act("service.start", "celery-beat"), Act("queue.peek", queue),
      Act("queue.export", queue), Act("queue.purge", queue), Act("workers.active", "celery"),
      Act("workers.reserved", "celery"), Act("workers.ping", "celery"),
      Act("workers.revoke", "celery", [("task", String(task)), ("terminate", "terminate")]),
      Act("workers.grow", "celery", [("count", "1")]), Act("workers.shrink", "celery", [("count", "1")]),
      Act("query.cancel", nil, [("pid", clients.busy)]), Act("query.terminate", nil, [("pid", clients.busy)]),
      Act("query.terminate_idle", nil, [("age", "1s")]), Act("tool.psql"), Act("tool.redis-cli"),
      Act("run.rerun", run), Act("quicktest.start"), Act(Self.mine),
    ]
    #expect(Set(acts.map(\.id)) == Self.onTheStack)
    let ears = try await StackEars(stack)
    let board = try await stack.board()
    #expect(board.contains("service.restart"))
    let before = stack.auditLines.count
    try await expectRefusals(acts, bookAt: "\(stack.directory)/try.md") { words in
      try await stack.switchboard(words, environment: ears.environment)
    }
    let told = try await stack.switchboard(
      ["restart", "celery-beat", "--dry-run", "--read-only"],
      environment: ears.environment
    )
    #expect(told.output.contains(#/last +restart by .* ago: /#), "\(told)")
    let heard = try await ears.end()
    for (server, writes) in heard { #expect(writes == [], "\(server)") }
    #expect(heard.count == 6)
    #expect(ears.reads > 2 * acts.count, "the ears were deaf")
    #expect(try await stack.board() == board)
    #expect(stack.auditLines.count == before, "its own state was elsewhere")
  }

  // MARK: a compose project

  @Test func noEngineHearsAWriteAndNoCLIRuns() async throws {
    let bench = try await ComposeBench(.v2)
    do {
      try await bench.addBorrower()
      try await tryEach(on: bench)
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }

  private func tryEach(on bench: ComposeBench) async throws {
    // Something is to be made, and something to be started.
    try await bench.compose("rm", "-f", "-s", "named")
    try await bench.compose("stop", "-t", "1", "borrower")
    let file = try bench.give("a-new-value")
    let acts = [
      Act("service.restart", "till"), Act("service.restart_dependents", "till"), Act("service.stop", "till"),
      Act("service.start", "borrower"), Act("service.recreate", "till"),
      Act("service.scale", "pool", [("count", "2")]), Act("compose.up"), Act("compose.down"),
      Act("tool.shell", "till"), Act("credentials.rotate", "till", options: ["--from-file", file]),
    ]
    try await expectNothing(acts, on: bench)
    // A rotation that is proven, and then one that isn't.
    try await bench.compose("up", "-d")
    let proven = try await bench.switchboard("rotate", "till", "--from-file", file, "--yes")
    #expect(proven.code == 0, "\(proven)")
    let noted = [Act("credentials.revoked", nil, [])]
    try await expectNothing(noted, on: bench)
    try bench.configure("gate: service.till.state is crit within 2s")
    let other = try bench.give("another-value")
    #expect(try await bench.switchboard("rotate", "till", "--from-file", other, "--yes").code == 5)
    let open = [Act("credentials.resume"), Act("credentials.rollback")]
    try await expectNothing(open, on: bench)
    #expect(Set((acts + noted + open).map(\.id)) == Self.onCompose)
    try await byRunbook(bench)
  }

  private func expectNothing(_ acts: [Act], on bench: ComposeBench) async throws {
    let (writes, values) = (bench.engine.writes.count, bench.environmentFile)
    let kept = bench.kept.filter { $0.key.hasPrefix("rotation") || $0.key.hasPrefix("credential") }
    try await expectRefusals(acts, bookAt: bench.own("try.md")) { try await bench.switchboard($0) }
    #expect(Array(bench.engine.writes.dropFirst(writes)) == [])
    #expect(bench.environmentFile == values)
    #expect(bench.kept.filter { $0.key.hasPrefix("rotation") || $0.key.hasPrefix("credential") } == kept)
  }

  /// A rotation as a step asks for its values on a terminal.
  private func byRunbook(_ bench: ComposeBench) async throws {
    #expect(try await bench.switchboard("rotate", "--rollback", "--yes").code == 0)
    let (writes, values) = (bench.engine.writes.count, bench.environmentFile)
    let path = bench.own("rotate.md")
    try Act("credentials.rotate", "till").runbook.write(toFile: path, atomically: true, encoding: .utf8)
    let console = try PseudoTerminal(
      [LiveStack.binary, "runbook", "run", path, "--read-only"],
      environment: bench.variables,
      directory: bench.directory,
      width: 160
    )
    defer { console.end() }
    #expect(console.wait(for: "new TILL_KEY"), "\(console.screen.text)")
    console.type("yet-another\r")
    #expect(console.wait(for: "Run it? Type yes:"), "\(console.screen.text)")
    console.type("yes\r")
    #expect(console.exitStatus() == 6, "\(console.screen.text)")
    #expect(console.screen.text.contains("not begun: read-only: it was started with --read-only"))
    #expect(Array(bench.engine.writes.dropFirst(writes)) == [] && bench.environmentFile == values)
  }

  // MARK: a cluster

  @Test func noFakeAPIServerHearsAWrite() async throws {
    EventLoop.runOnOwnThread()
    let fake = FakeKubernetes()
    let (variables, value) = (try fake.console(), try fake.give("a-new-value"))
    let acts = [
      Act("service.restart", "backend"), Act("service.scale", "backend", [("count", "3")]),
      Act("tool.shell", "backend"),
      Act("credentials.rotate", "SOUNDHOUND_API_KEY", options: ["--from-file", value]),
    ]
    #expect(Set(acts.map(\.id)) == Self.onACluster)
    try await expectRefusals(acts, bookAt: "\(fake.directory)/try.md") { words in
      try await LiveStack.run([LiveStack.binary] + words, variables, in: fake.directory)
    }
    // What reads a Secret's values runs in a container, and is asked for by a POST; what is only tried changes nothing.
    let writes = fake.requests.filter {
      !$0.contains(#""m": "GET""#) && !$0.contains("/exec?") && !$0.contains("dryRun=All")
    }
    #expect(fake.requests.count > acts.count && writes == [])
  }
}
