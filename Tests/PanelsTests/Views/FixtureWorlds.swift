import DataSources
import Facts
import Operations
import Panels

extension Fixture {
  /// Everything runs and nothing waits.
  static func calm() -> Monitor {
    var monitor = monitor()
    monitor.apply(
      report(
        "postgres",
        at: ago(4),
        database(latency: 1_200, runs: 0, low: 0),
        snapshots: [noRuns, noValidations]
      )
    )
    for step in 0..<60 {
      let moment = ago(Double(60 - step) * 5 - 4)
      let depth = 12 + (step * 7) % 23
      monitor.apply(
        report(
          "rabbitmq",
          at: moment,
          queueFacts(depth: depth, orphan: 0),
          snapshots: [queues(depth: depth, orphan: 0)]
        )
      )
      monitor.apply(report("backend", at: moment, probes(step: step)))
    }
    monitor.apply(report("prometheus", at: ago(4), rivals(nil, 14)))
    monitor.apply(report("runtime", at: ago(1), snapshots: [services(backend: .healthy)]))
    monitor.tick(at: now)
    return monitor
  }

  /// A deep queue, a slow provider, low scores, a silent Prometheus.
  static func busy() -> Monitor {
    var monitor = monitor()
    monitor.apply(report("prometheus", at: ago(60), rivals(nil, 0)))
    monitor.apply(
      report(
        "postgres",
        at: ago(4),
        database(latency: 6_100, runs: 37, low: 64),
        snapshots: [runs, validations, spread]
      )
    )
    for step in 0..<360 {
      let moment = ago(Double(360 - step) * 5 - 4)
      let depth = step < 250 ? 60 + (step * 37) % 90 + (step / 9) % 5 * 22 : 100 + (step - 250) * 1_159 / 109
      monitor.apply(
        report(
          "rabbitmq",
          at: moment,
          queueFacts(depth: depth, orphan: 1),
          snapshots: [queues(depth: depth, orphan: 1)]
        )
      )
    }
    for step in 0..<150 {
      monitor.apply(report("backend", at: ago(Double(150 - step) * 2 - 1), probes(step: step)))
    }
    monitor.apply(report("prometheus", at: ago(4), rivals(nil, 0)))
    monitor.apply(report("runtime", at: ago(1), snapshots: [services(backend: .healthy)]))
    monitor.apply(failure("redis", .refused, since: 120, address: "redis://localhost:6379/0"))
    monitor.tick(at: now)
    return monitor
  }

  /// Postgres is stopped: what needs it says so.
  static func down() -> Monitor {
    var monitor = busy()
    monitor.apply(report("backend", at: ago(1), probes(step: 149, postgres: "refused")))
    monitor.apply(report("runtime", at: ago(1), snapshots: [services(backend: .healthy, postgres: .stopped)]))
    monitor.apply(
      failure(
        "postgres",
        .refused,
        since: 130,
        address: "postgresql://localhost:5433/voiceai_testing",
        detail: "connection to server at \"localhost\" (127.0.0.1), port 5433 failed: Connection refused"
      )
    )
    monitor.tick(at: now)
    return monitor
  }

  static func probes(step: Int, postgres: String? = nil) -> [Observation] {
    let origin = Origin(
      source: "backend",
      query: "GET http://localhost:8000/health",
      excerpt: "{\"status\":\"healthy\"}"
    )
    func probe(_ name: FactName, _ failed: String? = nil) -> Observation {
      Observation(
        name,
        .flag(failed == nil),
        state: failed == nil ? .ok : .crit,
        word: failed ?? "passes",
        origin: origin
      )
    }
    func latency(_ service: String, _ base: Double) -> Observation {
      Observation(
        FactName("service", service, "latency"),
        .number(base + Double((step * 7) % 5) * base / 4),
        unit: .milliseconds,
        origin: origin,
        isDrawn: true
      )
    }
    return [
      probe(FactName("service", "backend", "liveness")),
      probe(FactName("probe", "backend", "postgres"), postgres),
      probe(FactName("probe", "backend", "redis")),
      probe(FactName("probe", "backend", "canary"), postgres.map { _ in "HTTP 500" }),
      probe(FactName("probe", "celery-worker", "rabbitmq")),
      probe(FactName("probe", "postgres", "postgres"), postgres),
      probe(FactName("probe", "redis", "redis")), probe(FactName("probe", "rabbitmq", "rabbitmq")),
      probe(FactName("service", "frontend", "liveness")), latency("backend", 9), latency("postgres", 1),
      latency("redis", 0.4), latency("rabbitmq", 4), latency("frontend", 6),
    ]
  }

  static func services(
    backend: ServiceReading.Health,
    postgres: ServiceReading.State = .running
  ) -> ServicesSnapshot {
    func service(
      _ name: String,
      up: Double = 266_000,
      _ health: ServiceReading.Health = .healthy,
      state: ServiceReading.State = .running,
      restarts: Int? = 0,
      oneShot: Bool? = nil
    ) -> ServiceReading {
      ServiceReading(
        name: name,
        instance: "voiceai-\(name)",
        identity: ServiceIdentity(id: "3f2a91c04d7e", incarnation: "1"),
        state: state,
        health: health,
        startedAt: state == .running ? now.wall - .seconds(up) : nil,
        restarts: restarts,
        isOneShot: oneShot,
        image: "voiceai/\(name):1.4",
        detail: ""
      )
    }
    return ServicesSnapshot(
      runtime: "compose voiceai",
      services: [
        service("backend", up: 8_050, backend), service("celery-worker", up: 8_050), service("celery-beat"),
        service("postgres", state: postgres), service("redis"), service("rabbitmq", restarts: 1),
        service("prometheus"), service("alertmanager"), service("grafana", .none), service("frontend"),
        service("nginx", .none), service("minio"),
        service("createbuckets", .none, state: .exited(code: 0), oneShot: true),
      ]
    )
  }

  static func queues(depth: Int, orphan: Int) -> QueuesSnapshot {
    var main = QueuesSnapshot.Queue(
      vhost: "voiceai",
      name: "celery",
      ready: max(0, depth - 16),
      unacked: min(16, depth),
      consumers: 4,
      publishRate: depth > 1_000 ? 31 : 12,
      ackRate: depth > 1_000 ? 19 : 14,
      published: 90_000,
      consumerNames: ["172.18.0.7:51234 -> 172.18.0.5:5672"]
    )
    main.lately = QueuesSnapshot.Queue.Rates(
      published: depth > 1_000 ? 31 : 12,
      acked: depth > 1_000 ? 19 : 14,
      span: .seconds(60)
    )
    let other = QueuesSnapshot.Queue(
      vhost: "voiceai",
      name: "default",
      ready: orphan,
      unacked: 0,
      consumers: 0
    )
    return QueuesSnapshot(
      vhost: "voiceai",
      mainQueue: "celery",
      queues: [main, other],
      hidden: 3,
      oldest: ["celery": .seconds(depth > 1_000 ? 250 : 2)]
    )
  }

  static func queueFacts(depth: Int, orphan: Int) -> [Observation] {
    let origin = Origin(
      source: "rabbitmq",
      query: "GET http://localhost:15672/api/queues",
      excerpt: "{\"name\":\"celery\",\"messages_ready\":\(depth)}"
    )
    let state: FactState = depth > 1_000 ? .crit : depth > 500 ? .warn : .ok
    return [
      Observation(
        "queue.depth",
        .number(Double(depth)),
        state: state,
        word: state == .ok ? "" : "> 1000",
        kind: .health,
        origin: origin,
        isDrawn: true
      ),
      Observation("queue.celery.ready", .number(Double(max(0, depth - 16))), origin: origin),
      Observation(
        "queue.default.depth",
        .number(Double(orphan)),
        state: orphan > 0 ? .crit : .ok,
        kind: .health,
        origin: origin,
        isDrawn: true
      ),
    ]
  }

  static func rivals(_ depth: Double?, _ tasks: Double?) -> [Observation] {
    let origin = Origin(source: "prometheus", query: "max(queue_depth)")
    return [
      Observation(
        "prom.queue_depth",
        depth.map(FactValue.number),
        word: "no such series",
        origin: origin,
        isDrawn: true
      ),
      Observation(
        "prom.celery_tasks_in_queue",
        tasks.map(FactValue.number),
        word: "no such series",
        origin: origin,
        isDrawn: true
      ),
    ]
  }

  static func database(latency: Double?, runs: Int, low: Int) -> [Observation] {
    let origin = Origin(source: "postgres", query: "SELECT …")
    return [
      Observation(
        "runs.attention",
        .number(Double(runs)),
        state: runs > 0 ? .warn : .ok,
        kind: .health,
        origin: origin
      ),
      Observation("runs.stuck", .number(runs > 0 ? 1 : 0), origin: origin),
      Observation(
        "runs.failures",
        .number(runs > 0 ? 68 : 0),
        origin: Origin(source: "postgres", query: "SELECT reason, count(*) FROM g GROUP BY reason")
      ),
      Observation(
        "validations.low_24h",
        .number(Double(low)),
        state: low > 17 ? .warn : .ok,
        kind: .health,
        origin: origin
      ),
      Observation(
        "provider.latency",
        latency.map(FactValue.number),
        unit: .milliseconds,
        state: (latency ?? 0) > 5_000 ? .warn : .ok,
        word: latency == nil ? "no steps in 15 min" : "p95 of 15 min",
        kind: latency == nil ? .info : .health,
        origin: origin
      ),
    ]
  }
}
