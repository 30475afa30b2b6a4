internal import Facts

/// When results of tests are a reason to look: the one place where that is decided.
struct TestHealth {
  let limits: TestLimits

  /// A run that needs attention is a reason to look.
  func attention(_ count: Int) -> FactState { count > 0 ? .warn : .ok }

  /// Too few executions are no reason to worry, and none to be sure: then there is no rate, and the fact doesn't
  /// count.
  func pass(good: Int, of ended: Int) -> (state: FactState, kind: FactKind) {
    guard ended >= limits.passLeast, ended > 0 else { return (.nodata, .info) }
    let share = Double(good) / Double(ended)
    return (share < limits.passCritical ? .crit : share < limits.passWarning ? .warn : .ok, .health)
  }

  /// Of how many scored answers too many are low.
  func low(_ count: Int, of scored: Int) -> FactState {
    Double(count) > Double(scored) * limits.lowShare ? .warn : .ok
  }
}
