internal import Facts
internal import Operations

/// What is said of an alert in its row.
struct AlertWords {
  let alert: AlertStatus
  let context: PanelContext

  var name: StyledText {
    StyledText(glyphOf: alert.factState).then(" ")
      .then(alert.name, alert.state == .firing ? .strong : .text)
  }

  /// `FIRING 9m`, `PENDING 0:14 of 2:00`, `inactive`, and what nobody can tell.
  var state: StyledText {
    switch alert.state {
    case .inactive: StyledText("inactive", .muted)
    case .resolved: StyledText(alert.word, .muted)
    case .unknown: StyledText(alert.word, Style(role: .nodata))
    case .pending: StyledText("PENDING ", .state(.warn)).then(alert.word, .state(.warn))
    case .firing:
      StyledText(alert.word, Style.state(alert.notSeenFor == nil ? alert.factState : .stale).bold)
    }
  }

  var since: SafeText {
    alert.since.map { context.shortTime($0) } ?? ""
  }

  /// What is judged; nothing where it isn't known: the state says why.
  var value: StyledText {
    if alert.state == .unknown { return StyledText("–", .muted) }
    return StyledText(alert.value, alert.state == .firing ? .strong : .text)
  }
}
