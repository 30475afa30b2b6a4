import DataSources
import TestSupport
import Testing

/// What the real stack really answered, read by what reads it in the console.
@Suite(.enabled(if: Captures.areHere, Comment(rawValue: Captures.reason)), .serialized)
struct CaptureTests {
  /// Captures that nothing in the console reads, each with the reason.
  private static let unread: [String: String] = [
    "celery/celery_inspect_active.json": inspect, "celery/celery_inspect_active.txt": inspect,
    "celery/celery_inspect_noworker.txt": inspect, "celery/http-control/cli.txt": inspect,
    "celery/http-control/http-active-reply.json": inspect,
    "celery/http-control/pidbox-message-from-celery-inspect.json": inspect,
    "celery/http-control/redis-monitor-inspect.txt": inspect,
    "docker/logs-follow.http": "no view of logs that go on",
    "docker/networks.json": "no panel shows networks",
    "kubernetes/requests.jsonl": kubernetes, "kubernetes/rollout-restart-v8.txt": kubernetes,
    "kubernetes/rollout-status.txt": kubernetes, "kubernetes/secret-apply-v8.txt": kubernetes,
    "kubernetes/secret-apply2-v8.txt": kubernetes, "kubernetes/secret.yaml": kubernetes,
    "logs/backend.log": logs, "logs/celery-beat.log": logs, "logs/celery-worker.log": logs,
    "prometheus/alertmanagers.json": "no source of receivers", "prometheus/alerts.json": rules,
    "prometheus/label___name___values.json": "no completion of queries",
    "prometheus/metrics_backend.txt": "Prometheus reads it, the console asks Prometheus",
    "prometheus/rules.json": rules, "prometheus/targets.json": "the query `up` is asked instead",
    "rabbitmq/nodes.json": "no source of nodes", "rabbitmq/overview.json": "no source of nodes",
    "rabbitmq/rabbit_vhosts.json": "the virtual host is configured",
    "redis/redis_keys.txt": "task results are not read from Redis",
  ]
  private static let inspect = "no source of workers: their consumers are counted by the queue"
  private static let kubernetes = "no runtime for Kubernetes"
  private static let logs = "no source of logs"
  private static let rules = "no source of Prometheus' own rules"

  @Test func everyCaptureIsCheckedOrListedWithAReason() {
    let checked =
      API.files + Docker.files + Prometheus.files + RabbitMQ.files + RedisInfo.files + PostgresRows.files
      + Captures.readByOperations
    #expect(Set(checked).intersection(Self.unread.keys) == [])
    #expect(Captures.files().filter { !checked.contains($0) && Self.unread[$0] == nil } == [])
    #expect((checked + Self.unread.keys).filter { Captures.bytes($0) == nil } == [])
  }

  /// The JSON of a capture.
  static func json(_ name: String) throws -> JSONValue {
    try #require(JSONValue(parsing: Captures.body(name)), "\(name) is no JSON")
  }
}
