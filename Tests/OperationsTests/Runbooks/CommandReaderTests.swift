import Facts
import Testing

@testable import Operations

/// The table of recognised commands, each as teams write it.
@Suite struct CommandReaderTests {
  private let reader = CommandReader()

  @Test(arguments: [
    ("docker-compose restart backend", "service.restart backend"),
    ("docker compose -f prod.yml restart backend celery-worker", "service.restart backend celery-worker"),
    ("docker-compose restart", "service.restart *"),
    ("docker-compose down", "compose.down"),
    ("docker compose up -d", "compose.up"),
    ("docker compose up -d --build backend", "service.recreate backend"),
    ("docker-compose up -d --scale celery-worker=4", "service.scale celery-worker count=4"),
    ("docker-compose ps", "view services"),
    ("docker inspect --format='{{.State.Health.Status}}' shop-api", "check service.shop-api.state is ok"),
    ("docker-compose exec postgres pg_isready -U postgres", "check probe.postgres.postgres is ok"),
    ("docker compose exec -T redis redis-cli ping", "check probe.redis.redis is ok"),
    ("docker-compose exec redis redis-cli", "redis-cli on redis"),
    ("docker-compose exec db psql -U app -d shop -c \"SELECT 1;\"", "query SELECT 1;"),
    ("docker-compose exec db psql -U app", "psql on db"),
    ("docker-compose exec rabbitmq rabbitmqctl status", "check probe.rabbitmq.rabbitmq is ok"),
    ("docker-compose exec web celery -A shop inspect active", "workers.active"),
    ("docker-compose exec web celery -A shop purge", "queue.purge celery"),
    ("celery -A shop control pool_grow 2", "workers.grow count=2"),
    ("celery -A shop control revoke 7f3a", "workers.revoke task=7f3a"),
    ("celery -A shop control revoke 7f3a --terminate", "workers.revoke task=7f3a terminate=terminate"),
    ("docker-compose logs --tail=100 backend", "logs of backend: last 100 lines"),
    (
      "docker-compose logs backend | grep -i \"pool\\|sqlalchemy\"",
      "logs of backend: lines with pool|sqlalchemy (any case)"
    ),
    ("docker-compose logs -f --tail=100 web", "logs of web: last 100 lines"),
    ("docker compose logs --since 10m web", "logs of web: lines since 10m"),
    ("kubectl logs deployment/web --since=2h", "logs of web: lines since 2h"),
    ("kubectl logs web --since-time 2026-11-28T05:00:00Z", "logs of web: lines since 2026-11-28T05:00:00Z"),
    (
      "until docker-compose exec postgres pg_isready -U postgres; do sleep 1; done",
      "wait until probe.postgres.postgres is ok"
    ),
    ("curl -f http://localhost:8000/health", "check any service.*.liveness is ok"),
    ("curl http://localhost:8000/api/v1/test-runs?status=failed&limit=10", "view runs"),
    ("curl -X POST http://localhost:8000/api/v1/test-runs/quick-test", "quicktest.start"),
    ("curl -s http://localhost:9090/api/v1/query?query=queue_depth | jq .", "metric queue_depth"),
    ("kubectl rollout restart deployment/backend", "service.restart backend"),
    ("kubectl rollout status deployment/backend -n prod", "wait until service.backend.state is ok"),
    ("kubectl scale deployment worker --replicas=4", "service.scale worker count=4"),
    ("kubectl scale --replicas 2 deployment/worker", "service.scale worker count=2"),
    ("kubectl scale deployment/worker --replicas=0", "service.stop worker"),
    ("kubectl rollout restart deployment backend -n prod", "service.restart backend"),
    ("kubectl logs -l app=backend --tail=50", "logs of backend: last 50 lines"),
    ("kubectl logs deployment/backend | grep -v health", "logs of backend: lines without health"),
    ("curl -G http://localhost:9090/api/v1/query --data-urlencode 'query=up'", "metric up"),
    ("curl -s -X GET http://localhost:8000/api/v1/alerts", "read http://localhost:8000/api/v1/alerts"),
    (
      "kubectl create secret generic api-keys --from-literal=key=new --dry-run=client -o yaml | kubectl apply -f -",
      "credentials.rotate api-keys"
    ),
    ("sudo systemctl restart nginx.service", "service.restart nginx"),
    ("nano .env", "by hand: edit .env"),
    ("API_KEY=new-key-here", "set API_KEY"),
    ("watch -n 2 docker-compose ps", "view services"),
  ]) func theUsualCommandsAreRecognised(command: String, words: String) {
    #expect(reader.read(command)?.command.words == words)
  }

  @Test(arguments: [
    "docker-compose logs backend | xargs kill", "rm -rf /", "curl -X DELETE http://localhost/api/x",
    "docker-compose exec db psql -c \"DROP TABLE t\"", "docker-compose restart $SERVICE",
    "docker-compose restart $(cat f)", "docker-compose restart a && rm b", "docker-compose restart a > f",
    "redis-cli FLUSHALL", "echo 'open", "docker-compose exec db psql -f wipe.sql", "docker system prune",
    "until rm x; do sleep 1; done", "curl http://a http://b", "kubectl delete pod x",
    "curl -F file=@x http://localhost/api", "curl --json '{}' http://localhost/api", "redis-cli --bigkeys",
    "psql -c \"SELECT pg_terminate_backend(7)\"",
    "psql -c \"WITH x AS (DELETE FROM t RETURNING *) SELECT 1\"",
    "psql -c \"SELECT 1; DROP TABLE t\"", "psql -c \"EXPLAIN ANALYZE UPDATE t SET a = 1\"",
    "celery -A shop control pool_grow 2 -d celery@a", "celery -A shop control revoke a b",
    "kubectl rollout restart deployment", "kubectl logs -l tier=web", "kubectl logs",
    "docker compose logs --since yesterday web",
  ]) func whatIsNotKnownIsNeverAStep(command: String) {
    #expect(reader.read(command) == nil)
  }

  @Test(arguments: [
    ("kubectl -n staging rollout restart deployment/backend", "a place of its own (-n)"),
    ("kubectl --context=eu scale deployment/backend --replicas=2", "a place of its own (--context)"),
    ("docker-compose restart", "all services at once"), ("docker-compose down -v", "throws the data away"),
    ("celery -A shop purge", "loses all that waits"), ("sleep 30", "a fixed wait"),
    ("curl http://localhost:8000/health", "with the database down"),
    ("docker-compose exec postgres psql -c \"SELECT * FROM test_runs\"", "suite_runs"),
    ("docker-compose up -d --scale w=4", "container_name"),
    ("docker-compose logs backend | grep \"test_run_id=1\"", "no line bears that word"),
  ]) func whatWouldHarmIsSaid(command: String, words: String) {
    #expect(reader.read(command)?.harm?.contains(words) == true)
  }

  /// An action that commands are recognised as is one of the console's.
  @Test func whatIsRecognisedAsAnActionIsOne() {
    let verbs = ["restart", "stop", "start", "down", "up -d", "up -d web", "up --scale web=2"]
    let commands =
      verbs.map { "docker compose \($0)" }
      + ["inspect active", "inspect reserved", "inspect ping", "status", "purge", "control revoke a"].map {
        "celery -A shop \($0)"
      } + ["control pool_grow", "control pool_shrink"].map { "celery \($0) 2" } + [
        "curl -X POST http://a/api/v1/test-runs/quick-test", "rabbitmqctl purge_queue celery",
        "kubectl create secret generic a --from-literal=b=c",
      ]
    for command in commands {
      guard case .act(let id, _, let arguments)? = reader.read(command)?.command else {
        Issue.record("\(command) is no action")
        continue
      }
      let descriptor = ActionCatalog.standard.descriptor(of: id)
      #expect(descriptor != nil, "\(command): \(id)")
      let names = descriptor?.arguments.map(\.name) ?? Array(arguments.keys)
      #expect(Set(arguments.keys).isSubset(of: names), "\(command): \(arguments)")
    }
  }

  @Test func aCommandGoesOnBehindABackslashAndWithinQuotes() {
    let block = """
      # Read them
      docker-compose exec db psql -c \\
        "SELECT 1
         FROM t"

      docker-compose ps
      """
    let commands = ShellLine.commands(of: block)
    #expect(commands.map(\.line) == [1, 5])
    #expect(commands.map(\.comment) == ["Read them", ""])
    #expect(reader.read(commands[0].text)?.command == .query("SELECT 1\nFROM t"))
  }
}
