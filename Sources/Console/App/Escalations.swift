import DataSources
import Facts
import Operations
import Panels

/// The text with which somebody else is told of an act that did not help: whom, what, since when, and what was tried.
enum Escalations {
  /// Acts of the last so many seconds are told as tried.
  private static let window = 3_600.0

  /// The service that an act was about, or that works on its queue; nil if there is none.
  static func service(of act: ProgressModel, _ state: AppState) -> ServiceStatus? {
    let world = state.monitor.world
    for target in [act.subject, act.target] {
      switch target.kind {
      case .service:
        let services = world.snapshot(ServiceStatuses.self)?.value.services ?? []
        return services.first { $0.name == target.name } ?? services.first { $0.service == target.subject }
      case .queue: return world.worker(of: target.subject)
      default: continue
      }
    }
    return nil
  }

  /// The text as a sheet, which `c` copies.
  static func sheet(of act: ProgressModel, _ verdict: Verdict, _ state: AppState) -> SheetModel {
    let lines = text(of: act, verdict, state)
    var sheet = SheetModel(
      title: "ESCALATE \(SafeText(act.target.name))",
      lines: lines.enumerated().map { StyledText($1, $0 == 0 ? .strong : .text) }
    )
    sheet.copy = lines.map(\.string).joined(separator: "\n")
    return sheet
  }

  static func text(of act: ProgressModel, _ verdict: Verdict, _ state: AppState) -> [SafeText] {
    let (severity, message) = message(of: act, state)
    let (world, now) = (state.monitor.world, state.now)
    let filled = EscalationMessage.text(
      message,
      severity,
      state.monitor.escalation,
      world,
      at: now.monotonic
    ) { _ in nil }
    let place = [state.environment.label, state.environment.project].filter { !$0.isEmpty }
    var lines = [filled[0], SafeText("\(place.joined(separator: " ")), \(Format.timestamp(now.wall))")]
    lines += [standing(of: act, state)].compactMap { $0 }
    lines += filled.dropFirst()
    lines.append("tried:")
    let tried = tried(on: act.target, state)
    // The log is read every few seconds: the act that has just ended may not stand in it yet.
    if !tried.contains(where: { $0.isLast }) { lines.append("  \(act.plan.title): \(verdict.headline)") }
    return lines + tried.map(\.line)
  }

  /// What is wrong and since when, as far as it is known.
  private static func standing(of act: ProgressModel, _ state: AppState) -> SafeText? {
    guard let status = service(of: act, state) else { return nil }
    let words = [status.state.word, status.word, status.detail].filter { !$0.isEmpty }.joined(separator: " ")
    let because = status.because.map { ", because \($0)" } ?? ""
    let timeline = state.monitor.world.snapshot(TimelineSnapshot.self)?.value.entries ?? []
    let change = timeline.first { $0.kind == .service && $0.subject == status.name }
    let since =
      change.map { " since \(Format.timestamp($0.time))\($0.isFirstSight ? " or before" : "")" } ?? ""
    return SafeText("\(status.name) is \(words)\(since)\(because)", limit: 300)
  }

  /// The message of the runbook that fits, else the shipped one, and its severity.
  private static func message(of act: ProgressModel, _ state: AppState) -> (severity: String, text: String) {
    let shipped = RunbookLibrary.shipped.runbook("escalate").map(\.steps) ?? []
    var steps = shipped
    if case .prepare(let script, _)? = RunbookFit.fitting(act, state) { steps = script.steps + shipped }
    for step in steps {
      // A message with places for what was never asked here would be sent with holes.
      if case .escalate(let severity) = step.kind, !hasInputs(step.text) { return (severity, step.text) }
    }
    return ("P1", "")
  }

  private static func hasInputs(_ text: String) -> Bool {
    StepReader.places(of: text).contains { !$0.contains(".") }
  }

  /// What the audit log tells of the last hour, with the ids by which it is found there.
  private static func tried(
    on target: ActionTarget,
    _ state: AppState
  ) -> [(line: SafeText, isLast: Bool)] {
    let entries = state.monitor.world.snapshot(AuditTrail.self)?.value.entries ?? []
    let begun = state.lastAct?.startedAt.wall
    return entries.compactMap { entry in
      let record = entry.record
      guard record.event == .end, record.target == target.name,
        state.now.wall.secondsSince1970 - record.time.secondsSince1970 < window
      else { return nil }
      let verdict = [record.verdict ?? "unknown", record.reason].filter { !$0.isEmpty }.joined(
        separator: ": "
      )
      let who = "\(Format.timestamp(record.time)) \(entry.author.person)"
      let line = "  \(who) \(record.action) \(record.target): \(verdict) (audit \(record.act))"
      return (
        SafeText(line, limit: 400), begun.map { record.time.secondsSince1970 >= $0.secondsSince1970 } ?? false
      )
    }
  }
}
