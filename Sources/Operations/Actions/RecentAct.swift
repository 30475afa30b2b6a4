internal import Facts

extension PlanRow {
  /// So long it matters to who would act now that somebody acted.
  private static let recent = Duration.seconds(900)

  /// `last   restart by anna@box 40 s ago: done`; nil if nobody acted on any of the targets lately.
  ///
  /// An act of another host is told by that host's clock.
  init?(lastActOn targets: [ActionTarget], among acts: [AuditEntry], now: WallTime) {
    let names = Set(targets.map(\.name))
    let last = acts.filter { $0.record.event == .end && names.contains($0.record.target) }
      .max { $0.record.time < $1.record.time }
    guard let last else { return nil }
    let ago = Duration.seconds(now.secondsSince1970 - last.record.time.secondsSince1970)
    guard abs(ago.seconds) < Self.recent.seconds else { return nil }
    let verb = ActionCatalog.title(of: last.record.action)
    let what = targets.count > 1 ? "\(verb) of \(last.record.target)" : verb
    let who = "\(last.author.person)@\(last.author.host)"
    let time = Format.duration(max(.zero, ago))
    self.init("last", SafeText("\(what) by \(who) \(time) ago: \(last.record.verdict ?? "unknown")"))
  }
}
