import DataSources
import Facts
import Panels

@testable import Operations

extension Fixture {
  /// Names that try to steer the terminal, to run backwards, to be wide or to never end.
  static let hostileNames = [
    "\u{1B}[31mred\u{1B}[0m\u{07}", "\u{9B}2J\u{90}q", "\u{202E}gnihton\u{202C}", "日本語のとても長いサービス名",
    "e\u{301}\u{301}\u{301}\u{301}\u{301}\u{301}x",
    "👩‍👩‍👧‍👦🇩🇪", String(repeating: "A", count: 65_536), "a\nb\tc\0d", "",
  ]

  /// Everything that can have a name has a bad one.
  static func hostile() -> Monitor {
    var monitor = monitor()
    let services = hostileNames.map { name in
      ServiceReading(
        name: name,
        instance: name,
        identity: ServiceIdentity(id: name, incarnation: name),
        state: .other(name),
        health: .none,
        startedAt: now.wall + .seconds(1e9),
        restarts: .max,
        image: name,
        detail: name
      )
    }
    monitor.apply(
      report(
        "runtime",
        at: ago(1),
        snapshots: [ServicesSnapshot(runtime: hostileNames[0], services: services)]
      )
    )
    let queues = hostileNames.map { name in
      var queue = QueuesSnapshot.Queue(
        vhost: "voiceai",
        name: name,
        ready: .max / 4,
        unacked: 0,
        consumers: 0,
        publishRate: .infinity,
        ackRate: -1
      )
      queue.lately = QueuesSnapshot.Queue.Rates(published: .infinity, acked: -1, span: .seconds(60))
      return queue
    }
    monitor.apply(
      report(
        "rabbitmq",
        at: ago(1),
        [
          Observation(
            "queue.depth",
            .number(.infinity),
            state: .crit,
            kind: .health,
            origin: hostileOrigin,
            isDrawn: true
          )
        ],
        snapshots: [
          QueuesSnapshot(vhost: hostileNames[1], mainQueue: hostileNames[0], queues: queues, hidden: .max)
        ]
      )
    )
    let rows = hostileNames.enumerated().map { index, name in
      RunRow(
        id: "\(index) \(name)",
        kind: .execution,
        name: SafeText(name),
        status: SafeText(name),
        reason: SafeText(name),
        createdAt: now.wall,
        updatedAt: now.wall,
        executions: .max,
        failedExecutions: .max,
        failedValidations: .max,
        attention: [.status]
      )
    }
    let low = hostileNames.enumerated().map { index, name in
      ValidationRow(
        id: "\(index) \(name)",
        score: -5,
        asrScore: .nan,
        scenario: SafeText(name),
        language: SafeText(name),
        expected: SafeText(name),
        heard: SafeText(name),
        reason: SafeText(name),
        executionID: name,
        createdAt: now.wall
      )
    }
    monitor.apply(
      report(
        "postgres",
        at: ago(1),
        database(latency: .infinity, runs: 9, low: 9),
        snapshots: [
          RunsSnapshot(table: hostileNames[2], window: .zero, total: .max, rows: rows),
          ValidationsSnapshot(
            measure: hostileNames[3],
            window: .seconds(-5),
            threshold: 0.5,
            total: 0,
            scored: .max,
            low: 9,
            scores: ScoreHistogram([0: .max / 2]),
            lowest: low
          ),
        ]
      )
    )
    monitor.apply(
      failure("prometheus", .rejected, since: 5, address: hostileNames[0], detail: hostileNames[6])
    )
    monitor.tick(at: now)
    return monitor
  }

  /// A context whose alerts and timeline have bad names, too.
  static func hostileModel(width: Int, height: Int, isASCII: Bool = false) -> ScreenModel {
    var model = model(hostile(), width: width, height: height, isASCII: isASCII)
    let alerts = hostileNames.map { name in
      AlertStatus(
        name: SafeText(name),
        rule: SafeText(name),
        severity: .critical,
        state: .firing,
        since: now.wall,
        elapsed: .seconds(-1),
        needed: .zero,
        value: SafeText(name),
        unknownReason: nil,
        notSeenFor: nil,
        runbook: name,
        escalate: name,
        facts: []
      )
    }
    let entries = hostileNames.map { name in
      TimelineEntry(
        time: now.wall,
        kind: .note,
        state: .crit,
        glyph: name,
        who: SafeText(name),
        text: SafeText(name),
        subject: name
      )
    }
    model.context.world.conclude(
      AlertsSnapshot(alerts: alerts, unreadable: hostileNames.map { SafeText($0) }),
      by: "alerts",
      at: now.monotonic
    )
    model.context.world.conclude(
      TimelineSnapshot(entries: entries, leftOpen: entries, failure: "no"),
      by: "timeline",
      at: now.monotonic
    )
    model.header.label = SafeText(hostileNames[2])
    model.header.project = SafeText(hostileNames[6])
    model.header.runtime = SafeText(hostileNames[6])
    return model
  }

  private static let hostileOrigin = Origin(
    source: "rabbitmq",
    query: hostileNames[0],
    excerpt: hostileNames[6]
  )

  /// Every source answers and has nothing to tell.
  static func empty() -> Monitor {
    var monitor = Monitor(assessor: ServiceAssessor(profiles: []), alerts: [], author: author)
    monitor.introduce(
      ["runtime", "rabbitmq", "postgres"].map {
        SourceDescriptor(id: $0, kind: $0, address: "", interval: .seconds(5), deadline: .seconds(2))
      }
    )
    monitor.apply(
      report("runtime", at: ago(1), snapshots: [ServicesSnapshot(runtime: "compose voiceai", services: [])])
    )
    monitor.apply(
      report(
        "rabbitmq",
        at: ago(1),
        snapshots: [QueuesSnapshot(vhost: "voiceai", mainQueue: "celery", queues: [])]
      )
    )
    monitor.apply(
      report(
        "postgres",
        at: ago(1),
        database(latency: nil, runs: 0, low: 0),
        snapshots: [noRuns, noValidations]
      )
    )
    return monitor
  }

  static func emptyModel(width: Int, height: Int) -> ScreenModel {
    var model = model(empty(), width: width, height: height)
    model.context.world.conclude(AlertsSnapshot(alerts: []), by: "alerts", at: now.monotonic)
    model.context.world.conclude(TimelineSnapshot(), by: "timeline", at: now.monotonic)
    return model
  }

  /// The busy world two minutes later, when nothing has been heard since.
  static func staleModel(width: Int, height: Int) -> ScreenModel {
    let later = now + .seconds(120)
    var monitor = busy()
    monitor.tick(at: later)
    var model = model(monitor, width: width, height: height)
    model.context.now = later
    return model
  }
}
