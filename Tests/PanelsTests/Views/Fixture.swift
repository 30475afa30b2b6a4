import DataSources
import Facts
import Operations
import Panels

/// Worlds for pictures: the same clock, sources and services in every one of them.
enum Fixture {
  static let now = Moment(
    monotonic: MonotonicTime(nanoseconds: 10_000_000_000_000),
    wall: WallTime(secondsSince1970: 1_700_000_580)
  )

  /// Wall time in UTC, as the console shows it.
  static let clock = PanelClock.utc

  static func ago(_ seconds: Double) -> Moment {
    Moment(monotonic: now.monotonic - .seconds(seconds), wall: now.wall - .seconds(seconds))
  }

  static let intervals: [(id: String, seconds: Int)] = [
    ("runtime", 2), ("rabbitmq", 5), ("postgres", 10), ("prometheus", 10), ("redis", 5), ("backend", 2),
  ]

  static let author = AuditAuthor(user: "anna", host: "ops1", process: 1)

  static func monitor() -> Monitor {
    var monitor = Monitor(
      assessor: ServiceAssessor(profiles: [
        profile(
          "backend",
          needs: ["postgres", "redis", "rabbitmq"],
          probes: ["liveness", "postgres", "redis", "canary"]
        ),
        profile("celery-worker", needs: ["rabbitmq", "redis"], probes: ["rabbitmq"]),
        profile("postgres", probes: ["postgres"]), profile("redis", probes: ["redis"]),
        profile("rabbitmq", probes: ["rabbitmq"]), profile("frontend", probes: ["liveness"]),
      ]),
      alerts: [],
      author: author
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

  private static let declared: [String: [FactDeclaration]] = [
    "rabbitmq": [FactDeclaration("queue.depth", kind: .health)],
    "postgres": [
      FactDeclaration("runs.attention", kind: .health), FactDeclaration("validations.low_24h", kind: .health),
      FactDeclaration("provider.latency", kind: .health, unit: .milliseconds),
    ],
    "prometheus": [FactDeclaration("prom.queue_depth"), FactDeclaration("prom.celery_tasks_in_queue")],
  ]

  private static func profile(_ name: String, needs: [String] = [], probes: [String]) -> ServiceProfile {
    ServiceProfile(
      name: name,
      needs: needs,
      probes: probes.map { probe in
        ServiceProfile.Probe(
          probe,
          probe == "liveness" ? FactName("service", name, "liveness") : FactName("probe", name, probe),
          source: probe
        )
      }
    )
  }

  static func report(
    _ source: String,
    at moment: Moment,
    _ observations: [Observation] = [],
    snapshots: [any Snapshot] = []
  ) -> SourceReport {
    SourceReport(
      source: source,
      startedAt: moment,
      endedAt: moment,
      result: .success(SourceReading(observations, snapshots: snapshots))
    )
  }

  static func failure(
    _ source: String,
    _ code: SourceFailure.Code,
    since: Double,
    address: String,
    detail: String = ""
  ) -> SourceReport {
    SourceReport(
      source: source,
      startedAt: ago(since),
      endedAt: ago(since),
      result: .failure(SourceFailure(code, at: address, detail: detail))
    )
  }

  static func context(_ monitor: Monitor, isASCII: Bool = false) -> PanelContext {
    var world = monitor.world
    if monitor.hasHeardAll {
      world.conclude(alerts, by: "alerts", at: now.monotonic)
      var told = timeline.entries
      if monitor.services?.service("postgres")?.state == .crit { told.insert(postgresDown, at: 2) }
      let timeline = TimelineSnapshot(entries: told, leftOpen: timeline.leftOpen)
      world.conclude(timeline, by: "timeline", at: now.monotonic)
    }
    return PanelContext(
      world: world,
      now: now,
      history: monitor.history,
      isASCII: isASCII,
      clock: clock
    )
  }

  static func model(_ monitor: Monitor, width: Int, height: Int, isASCII: Bool = false) -> ScreenModel {
    let sources = monitor.sourceStates
    var header = HeaderModel(
      label: "DEV",
      color: "blue",
      project: "voiceai",
      health: monitor.health(at: now.monotonic).phrases,
      sourcesWell: sources.well,
      sources: sources.all,
      runtime: "compose",
      clock: "22:23"
    )
    header.interval = ""
    var model = ScreenModel(
      width: width,
      height: height,
      context: context(monitor, isASCII: isASCII),
      header: header
    )
    let worst = OverviewPanel().worst(model.context)
    model.focus = worst.view
    var local = PanelLocal()
    local.selection = worst.item
    model.locals[worst.view] = local
    model.hints = [
      KeyHint("r", "restart"), KeyHint("t", "quick test"), KeyHint("l", "logs"), KeyHint("i", "where from"),
    ]
    return model
  }
}
