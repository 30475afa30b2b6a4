/// The state of a fact: every value on the screen is in exactly one of these six.
///
/// The order of the cases is the order of badness used for "the worst of all":
/// `crit > error, stale, nodata > warn > ok` (see ``severity``).
public enum FactState: String, Sendable, Equatable, CaseIterable {
  /// The value is known and within its limits.
  case ok
  /// The value is known and beyond its warning limit.
  case warn
  /// The value is known and beyond its critical limit, or a probe has failed.
  case crit
  /// There never was a value, or the source answered and has none.
  case nodata
  /// Nothing failed, yet the newest good sample is too old.
  case stale
  /// The last attempt failed; a last good value may still be shown with its age.
  case error

  /// Whether the state tells a present value (`ok`, `warn`, `crit`).
  public var isKnown: Bool {
    switch self {
    case .ok, .warn, .crit: true
    case .nodata, .stale, .error: false
    }
  }

  /// Rank for "the worst of all": 0 ok, 1 warn, 2 unknown in any of its forms, 3 crit.
  public var severity: Int {
    switch self {
    case .ok: 0
    case .warn: 1
    case .nodata, .stale, .error: 2
    case .crit: 3
    }
  }

  /// The word that stands beside the glyph, in the screen's capitals.
  public var word: String {
    switch self {
    case .ok: "OK"
    case .warn: "WARN"
    case .crit: "CRIT"
    case .nodata: "NO DATA"
    case .stale: "STALE"
    case .error: "ERROR"
    }
  }

  /// The worse of two states; of two equally bad ones the first.
  public static func worse(_ left: FactState, _ right: FactState) -> FactState {
    right.severity > left.severity ? right : left
  }
}
