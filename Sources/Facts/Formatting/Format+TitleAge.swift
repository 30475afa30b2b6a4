extension Format {
  /// The age in a panel's title: `live`, then `3s`, `10s`, `20s`, … `1m`, `2m`, … in steps so wide that an idle
  /// screen sends no byte but with its clock.
  ///
  /// - Parameters:
  ///   - age: the age of the newest sample; nil if there never was one, which reads as `–`.
  ///   - interval: how often the source is asked; younger than 1.5 of it is `live`.
  /// - Returns: at most four columns.
  public static func titleAge(_ age: Duration?, interval: Duration) -> String {
    guard let age else { return absent }
    guard age >= liveLimit(interval) else { return "live" }
    guard let step = titleSteps.last(where: { $0 <= age }) else { return duration(titleSteps[0]) }
    guard step == titleSteps.last else { return duration(step) }
    return "\(age.components.seconds / 86_400)d"
  }

  private static func liveLimit(_ interval: Duration) -> Duration {
    interval * 3 / 2
  }

  /// Ascending; from a day on every day is a step.
  private static let titleSteps: [Duration] =
    [3, 10, 20, 30, 40, 50].map { .seconds($0) }
    + (1..<60).map { .seconds($0 * 60) }
    + (1...24).map { .seconds($0 * 3_600) }
}
