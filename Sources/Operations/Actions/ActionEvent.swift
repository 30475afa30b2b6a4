public import Facts

/// What happens to an act while it runs, in order; `refused`, `changed` and `ended` are last.
public enum ActionEvent: Sendable, Hashable {
  /// It was not begun; nothing changed.
  case refused(Refusal)
  /// That it is not begun is on disk, under this id; `refused` follows.
  case refusalRecorded(String)
  /// It was not begun, since what matters about its target has changed: the plan to ask about, once.
  case changed(Plan, what: SafeText)
  /// Of several targets, the next one's turn has come: its number, of how many, and its name.
  case step(Int, of: Int, SafeText)
  /// The intent is on disk.
  case recorded
  /// The request is on its way.
  case acting
  /// What is being sent, where an act has more than one way: the last one is what was answered.
  case sent(SafeText)
  /// The request was answered after this time; the proof begins.
  case acted(Duration)
  /// Something to know on the way: `404 for POST …, used the next route`.
  case note(SafeText)
  /// Where the proof stands.
  case gate(GateView)
  /// Where the recovery of a service that depends on the target stands.
  case then(ThenView)
  /// It is over.
  case ended(Verdict)

  /// Whether nothing follows.
  public var isLast: Bool {
    switch self {
    case .refused, .changed, .ended: true
    case .refusalRecorded, .step, .recorded, .acting, .sent, .acted, .note, .gate, .then: false
    }
  }
}

/// Where a gate stands: what is asked, what it said last and how much is left.
public struct GateView: Sendable, Hashable {
  /// One thing that is asked again and again.
  public struct Probe: Sendable, Hashable {
    /// What is asked: `new start`, `liveness`, `postgres`.
    public var name: SafeText
    /// What it said last: `passes`, `refused`, `waiting`.
    public var value: SafeText
    /// Whether it holds now; unknown counts neither way.
    public var state: FactState

    /// Makes a probe.
    public init(_ name: SafeText, value: SafeText, state: FactState) {
      self.name = name
      self.value = value
      self.state = state
    }
  }

  /// The probes.
  public var probes: [Probe]
  /// How many rounds in a row have held.
  public var held: Int
  /// How many must.
  public var needed: Int
  /// Since the act's end.
  public var elapsed: Duration
  /// The time that the proof may take.
  public var deadline: Duration

  /// Makes a view.
  public init(
    probes: [Probe],
    held: Int,
    needed: Int,
    elapsed: Duration,
    deadline: Duration
  ) {
    self.probes = probes
    self.held = held
    self.needed = needed
    self.elapsed = elapsed
    self.deadline = deadline
  }
}

/// Where the recovery of a dependent service stands.
public struct ThenView: Sendable, Hashable {
  /// The service.
  public var service: SafeText
  /// Its own probes; `deadline` is the time it is waited for.
  public var gate: GateView

  /// Makes a view.
  public init(service: SafeText, gate: GateView) {
    self.service = service
    self.gate = gate
  }
}
