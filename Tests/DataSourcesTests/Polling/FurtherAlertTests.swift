import Testing

@testable import DataSources

/// The console's own rules in an environment of several brokers.
@Suite struct FurtherAlertTests {
  private func environment(_ brokers: String...) -> EnvironmentSettings {
    var environment = EnvironmentSettings(name: "dev")
    environment.sources =
      brokers.map { SourceDefinition(id: $0, settings: RabbitMQSettings(url: "http://localhost:15672")) }
      + [SourceDefinition(id: "redis", settings: RedisSettings(url: "redis://localhost"))]
    return environment
  }

  @Test func eachBrokerIsWatched() {
    let rules = environment("rabbitmq", "orders", "a b").alerts(AlertSettings.builtIn)
    #expect(
      rules.map { "\($0.name): \($0.when)\($0.clear.map { ", \($0)" } ?? "")" } == [
        "queue-critical: queue.depth > 1000 for 2m, queue.depth < 900",
        "queue-warning: queue.depth > 500 for 5m",
        "queue-critical-orders: orders.queue.depth > 1000 for 2m, orders.queue.depth < 900",
        "queue-warning-orders: orders.queue.depth > 500 for 5m",
        "queue-critical-a b: \"a b\".queue.depth > 1000 for 2m, \"a b\".queue.depth < 900",
        "queue-warning-a b: \"a b\".queue.depth > 500 for 5m",
      ]
    )
    #expect(rules.map(\.severity) == [.critical, .warning, .critical, .warning, .critical, .warning])
    #expect(rules.allSatisfy { $0.runbook == "high-queue-depth" })
    #expect(environment("rabbitmq").alerts(AlertSettings.builtIn) == AlertSettings.builtIn)
  }

  @Test func whatSomebodyHasChangedOrTakenAwayStaysSo() {
    var critical = AlertSettings.builtIn[0]
    critical.escalate = nil
    let mine = AlertSettings(name: "queue-warning", when: "queue.depth > 7")
    let named = AlertSettings(name: "queue-critical-orders", when: "orders.queue.depth > 5")
    let two = environment("rabbitmq", "orders")
    let rules = two.alerts([critical, mine])
    #expect(rules.map(\.name) == ["queue-critical", "queue-warning", "queue-critical-orders"])
    #expect(rules[2].escalate == nil)
    #expect(two.alerts([critical, named]) == [critical, named])
    #expect(two.alerts([]) == [])
  }
}
