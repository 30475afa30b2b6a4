public import Facts

/// Why an action was not begun.
///
/// Nothing was changed.
public enum Refusal: Error, Sendable, Hashable {
  /// The console may only look; `canLift` tells whether `:write` opens it.
  case readOnly(why: SafeText, canLift: Bool)
  /// The record could not be written, so the act was not begun.
  case auditUnwritable(path: SafeText, cause: SafeText)
  /// Whoever else acts on the target can't be told, so the act was not begun.
  case lockUnavailable(path: SafeText, cause: SafeText)
  /// The target is another one than the preview showed; what changed.
  case targetChanged(SafeText)
  /// Something is already acting on it; what.
  case busy(SafeText)
  /// The plan was made in another environment; its name.
  case wrongEnvironment(SafeText)
  /// The target is not there any more; its name.
  case gone(SafeText)
  /// It can't be planned: a source is missing or does not answer; why.
  case notPossible(SafeText)

  /// Whether `:write` opens it.
  public var canBeLifted: Bool {
    switch self {
    case .readOnly(_, let canLift): canLift
    case .auditUnwritable, .lockUnavailable, .targetChanged, .busy, .wrongEnvironment, .gone, .notPossible:
      false
    }
  }

  /// The reason as a sentence: what, why and what to do.
  public var sentence: SafeText {
    switch self {
    case .readOnly(let why, let canLift):
      canLift ? "read-only: \(why). :write 10m REASON opens it" : "read-only: \(why)"
    case .auditUnwritable(let path, let cause):
      "refused: the audit log \(path) can't be written (\(cause)); looking still works"
    case .lockUnavailable(let path, let cause):
      "refused: the lock \(path) can't be taken (\(cause)); looking still works"
    case .targetChanged(let what): "refused: \(what)"
    case .busy(let what): "refused: \(what)"
    case .wrongEnvironment(let name): "refused: this was planned in \(name)"
    case .gone(let name): "refused: \(name) is gone"
    case .notPossible(let why): "not possible: \(why)"
    }
  }
}
