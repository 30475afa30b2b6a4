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
    let age = Duration.seconds(max(0, context.now.wall.secondsSince1970 - act.time.secondsSince1970))
    guard age < span else { return StyledText() }
    return StyledText("\(Format.titleAge(age, interval: .zero)) ago", .accent)
  }
}
