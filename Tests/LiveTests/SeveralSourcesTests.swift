import DataSources
import Foundation
import ScreenSupport
import Testing

/// Two of every source in one environment, on real servers: those of two stacks, one of either schema.
@Suite(.serialized) struct LiveSeveralSourcesTests {
  private static let secrets = ["OPS_EMAIL", "OPS_PASSWORD", "RABBITMQ_PASS"]
  private static let kinds = ["api", "prometheus", "alertmanager", "rabbitmq", "postgres", "redis"]

  /// What leads the console to the first stack's configuration with the other's sources beside its own, each by
  /// its id and a 2.
  private func configuration(_ stack: LiveStack, _ other: LiveStack) throws -> [String: String] {
    func read(_ stack: LiveStack) throws -> String {
      try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    }
    let further = try read(other).split(separator: "\n").filter { line in
      Self.kinds.contains { line.hasPrefix("      \($0):") } && line.contains("type: ")
    }.map { line in
      Self.secrets.reduce(line.replacing(#/^      (\w+):/#) { "      \($0.1)2:" }) {
        $0.replacing("env: \($1)}", with: "env: \($1)_2}")
      }
    }
    try #require(further.count == Self.kinds.count)
    let services = "    services:\n"
    let text = try read(stack).replacing(
      services,
      with: further.joined(separator: "\n").replacing("worker: celery-worker", with: "worker: worker2") + "\n"
        + services + "      backend2: {liveness: {source: api2, path: /health}}\n"
    )
    let path = "\(stack.directory)/two-of-each.yaml"
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let secrets = Self.secrets.map { ("\($0)_2", other.variables[$0] ?? "") }
    return Dictionary(uniqueKeysWithValues: [("SWITCHBOARD_CONFIG", path)] + secrets)
  }

  private func entries(_ report: JSONValue, _ list: String, by key: String) -> [String: JSONValue] {
    Dictionary(
      (report[list]?.list ?? []).map { ($0[key]?.text ?? "", $0) },
      uniquingKeysWith: { first, _ in first }
    )
  }

  @Test func allAreShownAndProbedAndNoneTakesTurns() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let other = try await LiveStack.older.value
    let environment = try configuration(stack, other)
    let check = try await stack.switchboard("config", "check", environment: environment)
    #expect(check.code == 0, "\(check)")
    // A Prometheus that has just started knows a target as down until it has scraped it.
    for name in ["prometheus", "prometheus2"] {
      let ready = try await stack.switchboard("wait", name, "--within", "90s", environment: environment)
      #expect(ready.code == 0, "\(ready)")
    }
    var seen: Set<[String]> = []
    for _ in 0..<4 {
      let report = try await stack.switchboard("status", "--json", environment: environment).json
      let sources = entries(report, "sources", by: "id")
      let polled = Self.kinds.filter { $0 != "api" && $0 != "alertmanager" }
      for id in polled + polled.map({ "\($0)2" }) {
        #expect(sources[id]?["word"]?.text == "answers", "\(id): \(String(describing: sources[id]))")
      }
      let asked = ["rabbitmq", "postgres", "redis"].flatMap { [$0, "\($0)2"] } + ["canary", "api2"]
      for id in asked.map({ "probe.\($0)" }) {
        #expect(sources[id]?["word"]?.text == "passes", "\(id): \(String(describing: sources[id]))")
      }
      let services = entries(report, "services", by: "name")
      for name in Self.kinds.dropFirst().map({ "\($0)2" }) + ["backend2", "worker2"] {
        #expect(services[name]?["state"]?.text == "ok", "\(name): \(String(describing: services[name]))")
      }
      let facts = entries(report, "facts", by: "name")
      for name in [
        "queue.celery.ready", "runs.attention", "validations.low_24h", "postgres.connections", "redis.memory",
        "prom.targets_up", "rabbitmq.alarms", "queue.depth",
      ] {
        let kind = ["queue": "rabbitmq", "runs": "postgres", "validations": "postgres", "prom": "prometheus"]
        let family = String(name.prefix { $0 != "." })
        for name in [name, "\(kind[family] ?? family)2.\(name)"] {
          let state = facts[name]?["state"]?.text ?? "not told"
          #expect(["ok", "warn", "crit"].contains(state), "\(name): \(state)")
        }
      }
      seen.insert(services.keys.sorted().map { "\($0) \(services[$0]?["state"]?.text ?? "")" })
    }
    #expect(seen.count == 1, "states that flip: \(seen)")
    let rows = try await stack.switchboard(
      "runs",
      "failed",
      "--json",
      "--limit",
      "500",
      environment: environment
    )
    #expect(Set((rows.json.list ?? []).compactMap { $0["source"]?.text }) == ["postgres", "postgres2"])
    let count = try await stack.switchboard("queue", "count", "rabbitmq2:celery", environment: environment)
    #expect(count.code == 0 && count.output.contains("ready"), "\(count)")
    let rule = try await stack.switchboard(
      "wait",
      "rabbitmq2.queue.depth >= 0 and redis2.redis.memory > 1kB",
      "--within",
      "20s",
      environment: environment
    )
    #expect(rule.code == 0, "\(rule)")
  }

  @Test func rowsOfBothStandInTheListsAndOpenWhatTheirOwnDatabaseKnows() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let other = try await LiveStack.older.value
    let environment = try configuration(stack, other)
    let console = try stack.console(environment: environment)
    console.press("2")
    console.see("rabbitmq: celery")
    console.see("rabbitmq2: celery")
    console.press("3")
    console.see("source")
    console.press("/")
    console.type("postgres2")
    console.press(Key.enter, Key.enter)
    console.see("said")
    #expect(!console.screen.text.contains("404 not found"))
    console.press("Q")
    #expect(console.exitStatus() == 0)
  }

  @Test func theSecondThatFailsIsNamedAndTheFirstStaysWell() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let other = try await LiveStack.older.value
    let environment = try configuration(stack, other)
    try await other.fault("redis-down")
    let report = try await stack.switchboard("status", "--json", environment: environment).json
    try await other.heal()
    let sources = entries(report, "sources", by: "id")
    #expect(sources["redis"]?["word"]?.text == "answers")
    #expect(sources["redis2"]?["word"]?.text == "refused")
    let services = entries(report, "services", by: "name")
    #expect(services["redis"]?["state"]?.text == "ok")
    #expect(services["redis2"]?["state"]?.text == "crit")
  }
}
