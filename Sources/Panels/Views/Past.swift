internal import Facts
internal import Operations

/// What the timeline knows of a row.
enum Past {
  /// How far about a change its surroundings are told.
  private static let span = 120.0
  /// The most lines that are told of them.
  private static let most = 16
  /// The newest change of `subject` that was seen, not done.
  static func lastChange(of subject: String, _ context: PanelContext) -> TimelineEntry? {
    context.world.snapshot(TimelineSnapshot.self)?.value.entries
      .first { $0.subject == subject && $0.kind != .act }
  }

  /// ` since 09:17:20 (1m)`; empty where no change to this state was seen.
  ///
  /// The age goes in steps so that an idle screen does not change.
  static func since(_ subject: String, _ state: FactState, _ context: PanelContext) -> SafeText {
    guard let change = lastChange(of: subject, context), change.state == state else { return "" }
    return since(change.time, orBefore: change.isFirstSight, context)
  }

  /// `22:16:00 (7m)`: since when `subject` has been in that state; empty where no change to it was seen.
  static func told(since subject: String, _ state: FactState, _ context: PanelContext) -> SafeText {
    SafeText(String(since(subject, state, context).string.dropFirst(" since ".count)))
  }

  /// The same of a time that is known.
  static func told(since time: WallTime, _ context: PanelContext) -> SafeText {
    SafeText(String(since(time, context).string.dropFirst(" since ".count)))
  }

  /// As ``since(_:_:_:)`` of a time that is known.
  static func since(_ time: WallTime, orBefore isBound: Bool = false, _ context: PanelContext) -> SafeText {
    let age = Duration.seconds(max(0, context.now.wall.secondsSince1970 - time.secondsSince1970))
    let bound = isBound ? " or before" : ""
    return " since \(context.time(time))\(bound) (\(SafeText(Format.titleAge(age, interval: .zero))))"
  }

  /// What happened to `subject`, and to others within two minutes of `time`, newest first.
  static func changes(
    of subject: String = "",
    about time: WallTime?,
    _ context: PanelContext
  ) -> [DetailPage.Change] {
    let entries = context.world.snapshot(TimelineSnapshot.self)?.value.entries ?? []
    let near = entries.filter { entry in
      if !subject.isEmpty, entry.subject == subject { return true }
      guard let time else { return false }
      return (entry.time.secondsSince1970 - time.secondsSince1970).magnitude <= span
    }
    let more = near.count - most
    return near.prefix(most).map { line($0, context) }
      + (more > 0 ? [DetailPage.Change(head: "  ", text: StyledText("+\(more) more", .muted))] : [])
  }

  /// `22:16:00 ▲ you  alert queue-warning firing`.
  private static func line(_ entry: TimelineEntry, _ context: PanelContext) -> DetailPage.Change {
    let row = TimelineRow(id: "", entry: entry, isLeftOpen: false)
    let head = StyledText(context.time(entry.time), .muted).then(" ") + row.glyph
    let who = entry.who.isEmpty ? StyledText() : StyledText(entry.who, .accent).then("  ")
    return DetailPage.Change(head: head.then("  "), text: who + row.text)
  }
}
