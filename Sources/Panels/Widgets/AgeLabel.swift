internal import Facts

/// The words for an age, in steps so that an idle screen does not change.
public enum AgeLabel {
  private static let steps: [(seconds: Double, word: SafeText)] = [
    (3, "3s"), (10, "10s"), (30, "30s"), (60, "1m"), (120, "2m"), (300, "5m"), (600, "10m"), (1_800, "30m"),
    (3_600, "1h"), (7_200, "2h"), (21_600, "6h"), (43_200, "12h"), (86_400, "1d"), (172_800, "2d"),
    (604_800, "7d"),
  ]

  /// `live` while younger than 1.5 intervals, then the greatest step that has passed; nil is "never".
  public static func label(age: Duration?, interval: Duration) -> StyledText {
    guard let age else { return StyledText("never", Style(role: .nodata)) }
    if age.seconds < interval.seconds * 1.5 { return StyledText("live", .muted) }
    let word = steps.last { $0.seconds <= age.seconds }?.word ?? "3s"
    return StyledText(word, Style(role: .warn))
  }

  /// When the label of `age` changes next; nil if it never will.
  public static func nextChange(age: Duration, interval: Duration) -> Duration? {
    let live = interval.seconds * 1.5
    if age.seconds < live { return .seconds(live) - age }
    return steps.first { $0.seconds > age.seconds }.map { .seconds($0.seconds) - age }
  }
}
