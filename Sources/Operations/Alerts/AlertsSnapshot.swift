public import DataSources
public import Facts

/// One alert rule of the console's own and where it stands.
public struct AlertStatus: Sendable, Hashable {
  /// Where an alert stands.
  public enum State: Sendable, Hashable {
    /// The condition does not hold.
    case inactive
    /// The condition holds, but not long enough yet.
    case pending
    /// The condition has held long enough.
    case firing
    /// It was firing and is over.
    case resolved
    /// Nobody can tell whether the condition holds.
    case unknown
  }

  /// The rule's name.
  public var name: SafeText
  /// The rule as it is written: `queue.depth > 1000 for 2m`.
  public var rule: SafeText
  /// How bad it is.
  public var severity: AlertSeverity
  /// Where it stands.
  public var state: State
  /// Since when the condition holds (pending, firing), or when it was over (resolved); nil else.
  public var since: WallTime?
  /// How long it is since then; nil without `since`.
  public var elapsed: Duration?
  /// How long the condition must hold.
  public var needed: Duration
  /// The value that the condition turns on: `1,243`; empty if it has none.
  public var value: SafeText
  /// Why nobody can tell: `queue.depth refused`; nil while it is known.
  public var unknownReason: SafeText?
  /// How long nobody has been able to tell, of a firing or unknown alert; nil while somebody can, or if
  /// nobody ever could.
  public var notSeenFor: Duration?
  /// The runbook to open; nil: none.
  public var runbook: String?
  /// The escalation level; nil: none.
  public var escalate: String?
  /// Whom that level calls, where, and how soon they answer; may be empty.
  public var call: SafeText = ""
  /// The facts that the rule reads, for `i`.
  public var facts: [FactName]

  /// What the alert's row and its view's tab are coloured by.
  public var factState: FactState {
    switch state {
    case .inactive, .resolved: .ok
    case .unknown: .nodata
    case .pending: severity == .info ? .ok : .warn
    case .firing:
      switch severity {
      case .info: .ok
      case .warning: .warn
      case .critical: .crit
      }
    }
  }

  /// The words of its row: `FIRING 9m`, `0:14 of 2:00`, `ok`, `NO DATA queue.depth refused`.
  public var word: SafeText {
    switch state {
    case .inactive: "ok"
    case .resolved: "resolved \(SafeText(elapsed.map { Format.age($0) } ?? "")) ago"
    case .pending: SafeText(Format.progress(elapsed ?? .zero, of: needed))
    case .unknown:
      "NO DATA \(unknownReason ?? "")\(notSeenFor.map { ", not seen for \(Format.age($0))" } ?? "")"
    case .firing:
      if let notSeenFor {
        "FIRING, not seen for \(SafeText(Format.age(notSeenFor)))"
      } else {
        "FIRING \(SafeText(Format.age(elapsed ?? .zero)))"
      }
    }
  }
}

/// The console's own alerts, the worst first.
public struct AlertsSnapshot: Snapshot {
  /// The alerts: firing, pending, unknown, resolved, inactive; critical before warning in each.
  public var alerts: [AlertStatus]
  /// Rules that could not be read, with the reason; they are never evaluated.
  public var unreadable: [SafeText]

  /// Makes a snapshot.
  public init(alerts: [AlertStatus], unreadable: [SafeText] = []) {
    self.alerts = alerts
    self.unreadable = unreadable
  }

  /// The alerts that fire.
  public var firing: [AlertStatus] { alerts.filter { $0.state == .firing } }

  /// The worst state of all alerts.
  public var worst: FactState {
    alerts.map(\.factState).reduce(.ok, FactState.worse)
  }
}
