/// The limits beyond which results of tests are a reason to look.
public struct TestLimits: Sendable, Hashable {
  /// Below this share of executions that pass it is WARN: `runs.pass_warn`.
  public var passWarning = 0.95
  /// Below this it is CRIT: `runs.pass_crit`.
  public var passCritical = 0.80
  /// With fewer executions a share says nothing: `runs.pass_of`.
  public var passLeast = 10
  /// Above this share of validations of low confidence it is WARN: `validations.low_share`.
  public var lowShare = 0.2

  /// Makes limits: 0.95, 0.80, 10 and a fifth.
  public init() {}
}
