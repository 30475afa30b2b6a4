import DataSources
import Facts

@testable import Operations

extension Fixture {
  static let postgresDown = TimelineEntry(
    time: ago(90).wall,
    kind: .service,
    state: .crit,
    text: "postgres CRIT: refused",
    subject: "postgres"
  )

  static let alerts = AlertsSnapshot(alerts: [
    alert(
      "queue-critical",
      "queue.depth > 1000 for 2m",
      .critical,
      .firing,
      since: 540,
      needed: 120,
      value: "1,259",
      escalate: "P1"
    ),
    alert(
      "queue-warning",
      "queue.depth > 500 for 5m",
      .warning,
      .firing,
      since: 420,
      needed: 300,
      value: "1,259",
      notSeen: 45
    ),
    alert(
      "provider-slow",
      "provider.latency > 5s for 5m",
      .warning,
      .pending,
      since: 192,
      needed: 300,
      value: "6.1 s"
    ),
    alert(
      "redis-memory",
      "redis.memory > 1GiB for 5m",
      .warning,
      .unknown,
      needed: 300,
      unknown: "redis.memory refused"
    ),
    alert("stuck-runs", "runs.stuck > 3 for 10m", .warning, .inactive, needed: 600, value: "1"),
  ])

  private static func alert(
    _ name: SafeText,
    _ rule: SafeText,
    _ severity: AlertSeverity,
    _ state: AlertStatus.State,
    since: Double? = nil,
    needed: Int,
    value: SafeText = "",
    unknown: SafeText? = nil,
    notSeen: Int? = nil,
    escalate: String? = nil
  ) -> AlertStatus {
    AlertStatus(
      name: name,
      rule: rule,
      severity: severity,
      state: state,
      since: since.map { now.wall - .seconds($0) },
      elapsed: since.map { .seconds($0) },
      needed: .seconds(needed),
      value: value,
      unknownReason: unknown,
      notSeenFor: notSeen.map { .seconds($0) },
      runbook: "high-queue-depth",
      escalate: escalate,
      facts: ["queue.depth"]
    )
  }

  static let timeline = TimelineSnapshot(
    entries: [
      entry(29, .act, .ok, "✓", "you", "restart celery-worker: done, recovered in 8.2 s", "celery-worker"),
      entry(46, .act, .ok, "▸", "you", "restart celery-worker (disruptive)", "celery-worker"),
      entry(420, .alert, .warn, nil, "", "alert queue-warning firing", "queue-warning"),
      entry(540, .alert, .crit, nil, "", "alert queue-critical firing", "queue-critical"),
      entry(1_300, .source, .error, nil, "", "source redis can't be read: refused", "redis"),
      entry(3_700, .act, .ok, "✓", "anna@ops2", "quick test: done, passed in 41 s", "dev"),
    ],
    leftOpen: [entry(7_200, .act, .error, "?", "you", "restart postgres (disruptive)", "postgres")]
  )

  private static func entry(
    _ ago: Double,
    _ kind: TimelineEntry.Kind,
    _ state: FactState,
    _ glyph: String?,
    _ who: SafeText,
    _ text: SafeText,
    _ subject: String
  ) -> TimelineEntry {
    TimelineEntry(
      time: now.wall - .seconds(ago),
      at: now.monotonic - .seconds(ago),
      kind: kind,
      state: state,
      glyph: glyph,
      who: who,
      text: text,
      subject: subject
    )
  }
}
