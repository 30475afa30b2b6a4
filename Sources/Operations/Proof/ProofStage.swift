public import Facts

/// The parts of a proof that must hold together: those of the target, or of one service that needs it.
public struct ProofStage: Sendable, Hashable {
  /// How the parts stand together.
  public enum Standing: Sendable, Hashable {
    /// Every part has held, on values, as often as needed.
    case proven
    /// Every part has held that can be told at all; the first that can't.
    case unproven(ProofPart)
    /// A part has failed, and waiting can't change it.
    case failed(ProofPart)
    /// Nobody will ever know a part, and waiting can't change it.
    case unknown(ProofPart)
    /// Not decided yet.
    case open
  }

  /// The service that it is about; nil for the target itself.
  public var subject: String?
  /// The parts, in the order in which they are shown.
  public var parts: [ProofPart]
  /// Since when it is waited for.
  public var since: MonotonicTime
  /// How long it may take.
  public var within: Duration

  /// Makes a stage.
  public init(subject: String? = nil, parts: [ProofPart], since: MonotonicTime, within: Duration) {
    self.subject = subject
    self.parts = parts
    self.since = since
    self.within = within
  }

  /// How the parts stand together: the one place that says when a proof holds.
  ///
  /// Without a part that holds nothing is proven, not even "done, unproven".
  public var standing: Standing {
    if let part = parts.first(where: { $0.isFinal && $0.failure != nil }) { return .failed(part) }
    if let part = parts.first(where: { $0.isFinal && $0.failure == nil && !$0.isHeld }) {
      return .unknown(part)
    }
    guard parts.contains(where: \.isHeld), parts.allSatisfy({ $0.isHeld || $0.untellable != nil }) else {
      return .open
    }
    return parts.first { !$0.isHeld }.map(Standing.unproven) ?? .proven
  }

  /// How it stands once its time is up: known to be wrong is failed, anything else that is open unknown.
  public func standing(at now: MonotonicTime) -> Standing {
    let standing = standing
    guard standing == .open, now - since >= within else { return standing }
    if let part = parts.first(where: { $0.failure != nil }) { return .failed(part) }
    return .unknown(parts.first { !$0.isHeld } ?? ProofPart("anything"))
  }

  /// How many rounds in a row all parts have held, of those that the most demanding part needs.
  var rounds: (held: Int, needed: Int) {
    let needed = parts.map(\.needed).max() ?? 1
    let held = parts.map { $0.isHeld ? needed : $0.held }.min() ?? 0
    return (held, needed)
  }

  /// Where it stands, for the screen.
  func view(at now: MonotonicTime) -> GateView {
    GateView(
      probes: parts.map {
        GateView.Probe(
          SafeText($0.name),
          value: SafeText($0.evidence.word, limit: 200),
          state: $0.evidence.state
        )
      },
      held: rounds.held,
      needed: rounds.needed,
      elapsed: now - since,
      deadline: within
    )
  }
}
