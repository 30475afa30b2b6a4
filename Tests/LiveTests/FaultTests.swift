import DataSources
import Facts
import ScreenSupport
import Testing

/// One fault and what must be seen of it.
struct ExpectedFault: Sendable, CustomTestStringConvertible {
  /// Its name for `stack fault`.
  let name: String
  /// What the rows of services say, by the service.
  var services: [String: String] = [:]
  /// What else stands on the screen.
  var texts: [String] = []
  /// The states of facts in `status --json`.
  var facts: [String: FactState] = [:]
  /// What the header counts.
  var header = "✗"
  /// The view whose key leads to it.
  var view: Character = "1"
  /// What `check` is asked for: its exit code is that of `status`.
  var check: String
  /// The exit code of `status`.
  var exit = 2
  /// Whether it shows only once a quick test has been run.
  var needsQuickTest = false

  var testDescription: String { name }

  /// All of them, with what the stack makes of them.
  static let all: [ExpectedFault] = [
    ExpectedFault(
      name: "backend-down",
      services: ["backend": "✗ refused"],
      facts: ["service.backend.state": .crit, "service.backend.liveness": .crit],
      check: "backend"
    ),
    ExpectedFault(
      name: "backend-hung",
      services: ["backend": "✗ timed out"],
      facts: ["service.backend.state": .crit],
      check: "backend"
    ),
    ExpectedFault(
      name: "backend-broken",
      services: ["backend": "✗ timed out"],
      facts: ["service.backend.state": .crit],
      check: "backend"
    ),
    ExpectedFault(
      name: "db-down",
      services: ["postgres": "✗ refused", "backend": "because postgres"],
      texts: ["ERROR refused", "No run needed attention"],
      facts: [
        "service.postgres.state": .crit, "service.backend.liveness": .ok, "runs.attention": .error,
        "validations.low_24h": .error,
      ],
      check: "postgres"
    ),
    ExpectedFault(
      name: "db-frozen",
      services: ["postgres": "✗ timed out", "backend": "because postgres"],
      texts: ["ERROR timed out", "No run needed attention"],
      facts: ["service.postgres.state": .crit, "probe.backend.postgres": .crit, "runs.attention": .error],
      check: "postgres"
    ),
    ExpectedFault(
      name: "redis-frozen",
      services: ["redis": "✗ timed out", "backend": "because redis"],
      facts: [
        "service.redis.state": .crit, "probe.backend.canary": .crit, "service.backend.liveness": .ok,
      ],
      check: "redis"
    ),
    ExpectedFault(
      name: "rabbit-down",
      services: ["rabbitmq": "✗ refused", "celery-worker": "refused"],
      texts: ["ERROR refused"],
      facts: ["service.rabbitmq.state": .crit, "queue.depth": .error],
      check: "rabbitmq"
    ),
    ExpectedFault(
      name: "queue-backlog",
      texts: ["✗ celery", "FIRING", "NO SUCH SERIES"],
      facts: ["queue.depth": .crit, "queue.celery.depth": .crit, "prom.queue_depth": .nodata],
      view: "2",
      check: "queue.depth"
    ),
    ExpectedFault(
      name: "worker-down",
      services: ["celery-worker": "✗ no consumers"],
      texts: ["no consumer"],
      facts: ["service.celery-worker.state": .crit],
      check: "celery-worker"
    ),
    ExpectedFault(
      name: "slow-provider",
      texts: ["provider p95"],
      facts: ["provider.latency": .warn],
      header: "provider",
      view: "3",
      check: "provider.latency",
      exit: 1
    ),
    ExpectedFault(
      name: "prometheus-empty",
      services: ["prometheus": "targets none scraped"],
      texts: ["NO SUCH SERIES"],
      facts: [
        "prom.queue_depth": .nodata, "prom.celery_tasks_in_queue": .nodata, "prom.targets_up": .warn,
        "service.prometheus.state": .warn,
      ],
      header: "1 of ",
      check: "prometheus",
      exit: 1
    ),
    ExpectedFault(
      name: "prometheus-down",
      services: ["prometheus": "✗ refused"],
      facts: ["service.prometheus.state": .crit, "prom.queue_depth": .error],
      check: "prometheus"
    ),
    ExpectedFault(
      name: "redis-down",
      services: ["redis": "✗ refused"],
      facts: ["service.redis.state": .crit],
      check: "redis"
    ),
    ExpectedFault(
      name: "orphan-queue",
      texts: ["✗ default"],
      facts: ["queue.default.depth": .crit],
      view: "2",
      check: "queue.default.depth"
    ),
    ExpectedFault(
      name: "worker-frozen",
      // "not consuming", or "no consumers" once the broker misses its heartbeats: whichever comes first.
      services: ["celery-worker": "✗ no"],
      facts: ["service.celery-worker.state": .crit, "queue.celery.depth": .crit],
      check: "celery-worker"
    ),
    quickTest("quick-test-fails"), quickTest("quick-test-errors"), quickTest("quick-test-slow"),
  ]

  /// One that lets a quick test, or a colleague's, fail: an execution waits for somebody.
  private static func quickTest(_ name: String) -> ExpectedFault {
    ExpectedFault(
      name: name,
      texts: ["1 run needs attention"],
      facts: ["runs.attention": .warn],
      header: "▲ 1 run",
      view: "3",
      check: "runs.attention",
      exit: 1,
      needsQuickTest: true
    )
  }
}

/// The miniature stack as somebody sees it who looks after all of its failed runs: nothing is left to be done.
private struct Watch {
  let stack: LiveStack
  /// Acknowledgements of its own: the other suites see the stack as it is seeded.
  private let environment: [String: String]

  init(_ name: String) async throws {
    stack = try await LiveStack.shared.value
    environment = ["XDG_STATE_HOME": "\(stack.directory)/state-\(name)"]
    try await stack.heal()
  }

  func switchboard(_ words: String...) async throws -> LiveStack.Outcome {
    try await stack.switchboard(words, environment: environment)
  }

  func console(_ words: String...) throws -> PseudoTerminal {
    try stack.console(words, environment: environment)
  }

  /// The runs that wait for somebody.
  func waiting() async throws -> [String] {
    let rows = try await switchboard("runs", "failed", "--json", "--limit", "999").json.list ?? []
    return rows.filter { $0["acknowledged_by"] == .null }.compactMap { $0["id"]?.text }
  }

  /// Acknowledges what waits; another run of the seed may end meanwhile and be there anew.
  func acknowledge() async throws {
    let ids = try await waiting()
    guard !ids.isEmpty else { return }
    let told = try await stack.switchboard(["runs", "ack"] + ids, environment: environment)
    #expect(told.code == 0, "\(told.output + told.errors)")
    #expect(told.output == "\(ids.count) acknowledged, once more takes it back\n")
  }

  /// Acknowledges until the console says that nothing is to be done.
  func settle(_ console: PseudoTerminal) async throws {
    for _ in 0..<4 {
      try await acknowledge()
      if console.wait(seconds: 20, until: { $0.isGreen }) { return }
    }
    Issue.record("never green:\n\(console.screen.text)")
  }
}

extension VirtualScreen {
  /// Whether header and tabs say that nothing is to be done, and every tile is live.
  fileprivate var isGreen: Bool {
    let marks = ["✗", "▲", "?", "!", "◌"]
    let header = row(0)
    let isMarked = "1234".contains { tab($0).map { marks.contains(String($0)) } ?? true }
    return header.contains("● ") && !isMarked && liveTiles == 6
      && !(marks + ["ERROR", "STALE", "NO DATA"]).contains(where: header.contains)
  }

  /// The last character of the tab that a key opens: its mark, where it has one.
  fileprivate func tab(_ key: Character) -> Character? {
    let tabs = row(1)
    guard let start = tabs.firstRange(of: " \(key) ")?.upperBound else { return nil }
    let rest = tabs[start...]
    return rest[..<(rest.firstRange(of: "  ")?.lowerBound ?? rest.endIndex)].last
  }
}

/// Each fault as a person sees it and as the command line tells it, and its end: from a green header and back.
@Suite(.serialized) struct FaultTests {
  @Test(arguments: ExpectedFault.all)
  func faultIsSeenEverywhereAndItsHealingToo(fault: ExpectedFault) async throws {
    let watch = try await Watch("faults")
    let console = try watch.console()
    try await watch.settle(console)
    #expect(try await watch.switchboard("status").code == 0)
    try await watch.stack.fault(fault.name)
    if fault.needsQuickTest { _ = try await watch.switchboard("test", "quick", "--yes") }
    #expect(console.wait { shows(fault, $0) }, "seen:\n\(console.screen.text)")
    let status = try await watch.switchboard("status", "--json")
    #expect(status.code == fault.exit, "\(status.output)")
    #expect(status.json["exit"]?.number == Double(fault.exit))
    for (name, state) in fault.facts { #expect(self.state(of: name, in: status.json) == state, "\(name)") }
    let check = try await watch.switchboard("check", fault.check)
    #expect(check.code == fault.exit, "\(check.output + check.errors)")
    try await saysTheSame(fault, watch, console)
    // Nothing else stalls: a key is answered while the fault lasts.
    console.type("9")
    #expect(console.wait(seconds: 2) { $0.text.contains("┌─ Timeline") })
    try await watch.stack.heal()
    console.type("0")
    // A run that has failed stays one until somebody looks after it.
    try await watch.settle(console)
    console.type("q")
    #expect(console.exitStatus() == 0)
    let healed = try await watch.switchboard("status")
    #expect(healed.code == 0, "\(healed.output)")
  }

  /// What is worst by `status` stands in the header, marks the tab of the fault, and the tab's key leads to it.
  private func saysTheSame(_ fault: ExpectedFault, _ watch: Watch, _ console: PseudoTerminal) async throws {
    let glyph = fault.exit == 2 ? "✗" : "▲"
    let word = fault.exit == 2 ? "CRIT" : "WARN"
    var isSame = false
    for _ in 0..<5 where !isSame {
      let headline = try await watch.switchboard("status").output.prefix { $0 != "\n" }
      let worst = headline.split(separator: "  ").first { $0.hasPrefix(word) }?.dropFirst(word.count + 1)
      isSame =
        worst.map { worst in
          console.wait(seconds: 20) { $0.row(0).contains("\(glyph) \(worst)") }
        } ?? false
    }
    #expect(isSame, "header and status:\n\(console.screen.row(0))")
    #expect(console.screen.tab(fault.view) == glyph.first, "tabs:\n\(console.screen.row(1))")
    console.type(String(fault.view))
    let text = fault.texts.first { $0 != "FIRING" && $0 != "NO SUCH SERIES" && !$0.hasPrefix("ERROR") }
    let isFound = console.wait(seconds: 20) { screen in
      fault.services.isEmpty ? text.map { screen.text.contains($0) } ?? false : showsServices(fault, screen)
    }
    #expect(isFound, "behind \(fault.view):\n\(console.screen.text)")
  }

  /// From the seed's failed runs to a green header with three keys, in a console that may change nothing.
  @Test func acknowledgingAllRunsTurnsTheHeaderGreen() async throws {
    let watch = try await Watch("green")
    let console = try watch.console("--read-only")
    console.see("runs need attention")
    #expect(console.wait { $0.row(0).contains(" runs") && $0.row(0).contains("▲") })
    #expect(console.screen.tab("3") == "▲")
    #expect(try await watch.switchboard("status").code == 1)
    #expect(try await watch.switchboard("check", "runs.attention").code == 1)
    console.press("3", "*", "a")
    console.see("No run needs attention in the last 24 h")
    console.see("acknowledged by ")
    console.press("0")
    try await watch.settle(console)
    console.press("3")
    let status = try await watch.switchboard("status")
    #expect(status.code == 0, "\(status.output)")
    let check = try await watch.switchboard("check", "runs.attention")
    #expect(check.code == 0)
    #expect(check.output.hasPrefix("OK  runs.attention  0  "), "\(check.output)")
    #expect(check.output.contains("acknowledged"))
    console.press("i")
    console.see("SELECT")
    console.press(Key.escape)
    #expect(console.wait { !$0.text.contains("SELECT") }, "\(console.screen.text)")
    // Marked they still are: once more takes it back.
    console.press("a")
    #expect(
      console.wait { $0.row(0).contains("▲") && $0.tab("3") == "▲" },
      "\(console.screen.text)"
    )
    #expect(try await watch.switchboard("check", "runs.attention").code == 1)
    // What another console of this user acknowledges is seen in this one.
    try await watch.acknowledge()
    #expect(console.wait { !$0.row(0).contains("▲") }, "\(console.screen.text)")
    console.press("Q")
    #expect(console.exitStatus() == 0)
    let unknown = try await watch.switchboard("runs", "ack", "no such run")
    #expect(unknown.code == 64)
    #expect(unknown.errors.contains("no run is called no such run"))
  }

  private func shows(_ fault: ExpectedFault, _ screen: VirtualScreen) -> Bool {
    fault.texts.allSatisfy(screen.text.contains) && screen.row(0).contains(fault.header)
      && showsServices(fault, screen)
  }

  private func showsServices(_ fault: ExpectedFault, _ screen: VirtualScreen) -> Bool {
    let rows = (0..<screen.size.height).map { String(screen.row($0).prefix(80)) }
    return fault.services.allSatisfy { service, word in
      let glyph = word.hasPrefix("✗ ") ? "✗" : ""
      let word = word.hasPrefix("✗ ") ? String(word.dropFirst(2)) : word
      return rows.contains { row in
        row.contains("\(service) ") && row.contains(glyph) && row.contains(word)
      }
    }
  }

  private func state(of name: String, in json: JSONValue) -> FactState? {
    let fact = json["facts"]?.list?.first { $0["name"]?.text == name }
    return fact?["state"]?.text.flatMap(FactState.init(rawValue:))
  }
}
