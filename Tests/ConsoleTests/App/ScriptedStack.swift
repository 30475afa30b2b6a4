import DataSources
import Facts
import Operations
import Panels

@testable import Console

/// A small stack whose sources are scripted: what each of them tells when it is asked.
struct ScriptedStack {
  /// Why Postgres can't be reached; nil while it answers.
  var postgresFailure: SourceFailure?
  /// The depth of the main queue.
  var depth = 12
  /// The sources that never end a poll.
  var mute: Set<String> = []
  /// The services in the runtime's order.
  var services = ["backend", "celery-worker", "postgres", "redis"]
  /// Which life of each service runs; a restart begins the next.
  var incarnation = 1
  /// The services that don't run.
  var stopped: Set<String> = []

  static let start = Moment(
    monotonic: MonotonicTime(nanoseconds: 10_000_000_000_000),
    wall: WallTime(secondsSince1970: 1_700_000_580)
  )

  static let postgresRefused = SourceFailure(
    .refused,
    at: "postgresql://localhost:5433/voiceai_testing",
    detail: "Connection refused"
  )

  private static let intervals = [
    ("runtime", 2), ("api", 2), ("probe.postgres", 2), ("rabbitmq", 5), ("postgres", 10),
  ]

  static let profiles = [
    ServiceProfile(
      name: "backend",
      needs: ["postgres"],
      dangerClass: 1,
      probes: [
        .init("liveness", "service.backend.liveness", source: "api"),
        .init("postgres", "probe.backend.postgres", source: "probe.postgres"),
      ]
    ),
    ServiceProfile(name: "celery-worker"),
    ServiceProfile(
      name: "postgres",
      then: ["backend"],
      probes: [.init("postgres", "probe.postgres.postgres", source: "probe.postgres")]
    ),
    ServiceProfile(name: "redis"),
  ]

  static func monitor() -> Monitor {
    let declared: [String: [FactDeclaration]] = [
      "api": [FactDeclaration("service.backend.liveness")],
      "probe.postgres": [
        FactDeclaration("probe.postgres.postgres"), FactDeclaration("probe.backend.postgres"),
      ],
      "rabbitmq": [FactDeclaration("queue.depth", kind: .health)],
      "postgres": [FactDeclaration("runs.attention")],
    ]
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: profiles),
      alerts: [
        AlertSettings(
          name: "queue-critical",
          when: "queue.depth > 1000 for 2m",
          severity: .critical,
          clear: "queue.depth < 900"
        )
      ],
      author: AuditAuthor(user: "anna", host: "ops1", process: 1)
    )
    monitor.introduce(
      intervals.map { id, seconds in
        SourceDescriptor(
          id: id,
          kind: id,
          address: "http://localhost",
          interval: .seconds(seconds),
          deadline: .seconds(2),
          declares: declared[id] ?? []
        )
      }
    )
    return monitor
  }

  /// What the polls that are due so many seconds after the start bring.
  func reports(second: Int, at moment: Moment) -> [SourceReport] {
    // Real polls take some time, now less, now more.
    let begun = moment + .milliseconds(-100 * (second * 7 % 5))
    return Self.intervals.filter { second % $0.1 == 0 && !mute.contains($0.0) }.map { id, _ in
      SourceReport(source: id, startedAt: begun, endedAt: moment, result: result(of: id))
    }
  }

  private func result(of source: String) -> Result<SourceReading, SourceFailure> {
    let origin = Origin(source: source, query: "GET http://localhost/\(source)", excerpt: "{}")
    switch source {
    case "runtime":
      return .success(
        SourceReading([], snapshots: [ServicesSnapshot(runtime: "compose voiceai", services: readings)])
      )
    case "api":
      return .success(SourceReading([passes("service.backend.liveness", nil, origin)]))
    case "probe.postgres":
      let word = postgresFailure?.word
      return .success(
        SourceReading([
          passes("probe.postgres.postgres", word, origin), passes("probe.backend.postgres", word, origin),
        ])
      )
    case "rabbitmq": return .success(queues(origin))
    default:
      if let postgresFailure { return .failure(postgresFailure) }
      return .success(runs(origin))
    }
  }

  private func passes(_ name: FactName, _ failure: String?, _ origin: Origin) -> Observation {
    Observation(
      name,
      .flag(failure == nil),
      state: failure == nil ? .ok : .crit,
      word: failure ?? "passes",
      origin: origin
    )
  }

  var readings: [ServiceReading] {
    services.map { name in
      ServiceReading(
        name: String(name.prefix { $0 != " " }),
        instance: "voiceai-\(name)",
        identity: identity(of: name),
        state: stopped.contains(name) ? .stopped : .running,
        health: stopped.contains(name) ? .none : .healthy,
        startedAt: Self.start.wall - .seconds(266_000),
        restarts: 0
      )
    }
  }

  /// The identity by which a service is frozen.
  func identity(of name: String) -> ServiceIdentity {
    ServiceIdentity(id: name, incarnation: "\(incarnation)")
  }

  private func queues(_ origin: Origin) -> SourceReading {
    let queue = QueuesSnapshot.Queue(
      vhost: "voiceai",
      name: "celery",
      ready: depth,
      unacked: 0,
      consumers: 4
    )
    let state: FactState = depth > 1_000 ? .crit : depth > 500 ? .warn : .ok
    return SourceReading(
      [
        Observation(
          "queue.depth",
          .number(Double(depth)),
          state: state,
          kind: .health,
          origin: origin,
          isDrawn: true
        )
      ],
      snapshots: [QueuesSnapshot(vhost: "voiceai", mainQueue: "celery", queues: [queue])]
    )
  }

  private func runs(_ origin: Origin) -> SourceReading {
    let row = RunRow(
      id: "0d1b5c10-6d6d-4ef5-9c3a-2f4c1a0b9e70",
      kind: .run,
      name: "Nightly regression",
      status: "failed",
      reason: "Text-to-speech generation failed",
      createdAt: Self.start.wall - .seconds(3_000),
      updatedAt: Self.start.wall - .seconds(3_000),
      executions: 12,
      failedExecutions: 4,
      failedValidations: 0,
      attention: [.status, .executions]
    )
    return SourceReading(
      [Observation("runs.attention", .number(1), state: .warn, kind: .health, origin: origin)],
      snapshots: [RunsSnapshot(table: "suite_runs", window: .seconds(86_400), total: 1, rows: [row])]
    )
  }
}
