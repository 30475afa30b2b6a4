internal import Facts

/// Histories as small bars and as values for charts.
enum Trend {
  /// A fact's last while as bars; empty where there is no history.
  static func text(
    _ name: FactName,
    over length: Duration,
    width: Int,
    _ context: PanelContext,
    style: Style = .muted
  ) -> StyledText {
    guard let ring = context.history[name], !ring.isEmpty else { return StyledText() }
    let values = ring.buckets(
      width,
      over: length,
      endingAt: context.now.monotonic,
      holdingFor: hold(name, context),
      reduction: .mean
    )
    let known = values.compactMap { $0 }
    guard let greatest = known.max() else { return StyledText() }
    // The usual stands at half the height, so that a peak is seen and a steady value is no wall.
    let usual = known.reduce(0, +) / Double(known.count)
    return Sparkline(values, top: max(greatest, usual * 2), style: style).text(width: width)
  }

  /// How long a value holds without a newer one: until it would be stale.
  static func hold(_ name: FactName, _ context: PanelContext) -> Duration {
    let source = context.world.facts.fact(name, at: context.now.monotonic)?.origin.source
    let interval = source.flatMap { context.world.status(of: $0)?.interval }
    return FactStore.staleAfter(interval ?? .seconds(5))
  }

  /// The shortest of the usual windows that holds all samples, 30 minutes at most, and its name.
  static func window(of ring: HistoryRing, _ context: PanelContext) -> (length: Duration, label: SafeText) {
    let oldest = ring.samples.first.map { context.now.monotonic - $0.time } ?? .zero
    for minutes in [5, 15] where oldest <= .seconds(minutes * 60) {
      return (.seconds(minutes * 60), "-\(minutes)m")
    }
    return (.seconds(1_800), "-30m")
  }
}
