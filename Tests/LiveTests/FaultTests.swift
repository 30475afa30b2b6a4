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
  /// The exit code of `status`.
  var exit = 2

  var testDescription: String { name }

  /// All of them, with what STACK.md's traps make of them.
  static let all: [ExpectedFault] = [
    ExpectedFault(
      name: "backend-down",
      services: ["backend": "✗ refused"],
      facts: ["service.backend.state": .crit, "service.backend.liveness": .crit]
    ),
    ExpectedFault(
      name: "backend-hung",
      services: ["backend": "✗ timed out"],
      facts: ["service.backend.state": .crit]
    ),
    ExpectedFault(
      name: "backend-broken",
      services: ["backend": "✗ timed out"],
      facts: ["service.backend.state": .crit]
    ),
    ExpectedFault(
      name: "db-down",
      services: ["postgres": "✗ refused", "backend": "because postgres"],
      texts: ["ERROR refused", "runs need attention"],
      facts: [
        "service.postgres.state": .crit, "service.backend.liveness": .ok, "runs.attention": .error,
        "validations.low_24h": .error,
      ]
    ),
    ExpectedFault(
      name: "db-frozen",
      services: ["postgres": "✗ timed out", "backend": "because postgres"],
      texts: ["ERROR timed out", "runs need attention"],
      facts: ["service.postgres.state": .crit, "probe.backend.postgres": .crit, "runs.attention": .error]
    ),
    ExpectedFault(
      name: "redis-frozen",
      services: ["redis": "✗ timed out", "backend": "because redis"],
      facts: [
        "service.redis.state": .crit, "probe.backend.canary": .crit, "service.backend.liveness": .ok,
      ]
    ),
    ExpectedFault(
      name: "rabbit-down",
      services: ["rabbitmq": "✗ refused", "celery-worker": "refused"],
      texts: ["ERROR refused"],
      facts: ["service.rabbitmq.state": .crit, "queue.depth": .error]
    ),
    ExpectedFault(
      name: "queue-backlog",
      texts: ["✗ celery", "FIRING", "NO SUCH SERIES"],
      facts: ["queue.depth": .crit, "queue.celery.depth": .crit, "prom.queue_depth": .nodata]
    ),
    ExpectedFault(
      name: "worker-down",
      services: ["celery-worker": "✗ no consumers"],
      texts: ["no consumer"],
      facts: ["service.celery-worker.state": .crit]
    ),
    ExpectedFault(
      name: "slow-provider",
      texts: ["provider p95"],
      facts: ["provider.latency": .warn],
      header: "provider",
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
      exit: 1
    ),
    ExpectedFault(
      name: "prometheus-down",
      services: ["prometheus": "✗ refused"],
      facts: ["service.prometheus.state": .crit, "prom.queue_depth": .error]
    ),
  ]
}

/// Each fault as a person sees it and as `status --json` tells it, and its end.
@Suite(.serialized) struct FaultTests {
  @Test(arguments: ExpectedFault.all)
  func faultIsSeenAndItsHealingToo(fault: ExpectedFault) async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let console = try stack.console()
    #expect(console.wait(until: isWell), "well before:\n\(console.screen.text)")
    try await stack.fault(fault.name)
    #expect(console.wait { shows(fault, $0) }, "seen:\n\(console.screen.text)")
    // Nothing else stalls: a key is answered while the fault lasts.
    console.type("9")
    #expect(console.wait(seconds: 2) { $0.text.contains("┌─ Timeline") })
    let status = try await stack.switchboard("status", "--json")
    #expect(status.code == fault.exit, "\(status.output)")
    #expect(status.json["exit"]?.number == Double(fault.exit))
    for (name, state) in fault.facts { #expect(self.state(of: name, in: status.json) == state, "\(name)") }
    try await stack.heal()
    console.type("0")
    #expect(console.wait(until: isWell), "healed:\n\(console.screen.text)")
    console.type("q")
    #expect(console.exitStatus() == 0)
    let healed = try await stack.switchboard("status", "--json")
    #expect(healed.code == LiveStack.wellCode, "\(healed.output)")
  }

  /// Whether every panel is live and nothing but the seed's failed runs counts against it.
  private func isWell(_ screen: VirtualScreen) -> Bool {
    let text = screen.text
    let header = screen.row(0)
    // The timeline beside the list tells what was starting.
    let list = (0..<screen.size.height).map { screen.row($0).prefix(80) }.joined(separator: "\n")
    let isWell = !["✗", "ERROR", "STALE", "NO DATA", " of ", "provider"].contains(where: header.contains)
    return isWell && header.contains(" runs ") && header.contains(" services ")
      && !list.contains("starting") && text.contains("runs need attention") && text.contains("threshold")
      && text.contains("consumer") && screen.liveTiles == 6
  }

  private func shows(_ fault: ExpectedFault, _ screen: VirtualScreen) -> Bool {
    let text = screen.text
    let rows = (0..<screen.size.height).map { String(screen.row($0).prefix(80)) }
    return fault.texts.allSatisfy(text.contains) && screen.row(0).contains(fault.header)
      && fault.services.allSatisfy { service, word in
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
