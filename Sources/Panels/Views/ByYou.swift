internal import Facts
internal import Operations

/// What the operator did to a service lately.
enum ByYou {
  /// How long an act is still worth a column.
  private static let span: Duration = .seconds(1_800)

  /// `30s ago`, in steps so that an idle screen does not change; empty if nothing was done: a refused act
  /// is none.
  static func text(service: String, _ context: PanelContext) -> StyledText {
    guard let act = context.world.snapshot(TimelineSnapshot.self)?.value.ownActs[service] else {
      return StyledText()
    }
    guard let at = act.at else { return StyledText("clock changed", .muted) }
    let age = max(.zero, context.now.monotonic - at)
    guard age < span else { return StyledText() }
    return StyledText("\(Format.titleAge(age, interval: .zero)) ago", .accent)
  }
}
