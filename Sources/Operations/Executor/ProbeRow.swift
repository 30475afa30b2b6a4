internal import DataSources
internal import Facts

/// How often in a row one service's own probes have passed, by samples that may count.
struct ProbeRow: Sendable, Hashable {
  /// What the newest sample of a probe says.
  enum Answer: Sendable, Hashable {
    case waiting
    case passes(String)
    /// Known to fail.
    case fails(String)
    /// Not known this time: an error, a 429.
    case unclear(String)
    /// Nobody here can ever tell: no login, a refused user.
    case untellable(String)

    var word: String {
      switch self {
      case .waiting: "waiting"
      case .passes(let word), .fails(let word), .unclear(let word), .untellable(let word): word
      }
    }

    var state: FactState {
      switch self {
      case .waiting: .nodata
      case .passes: .ok
      case .fails: .crit
      case .unclear: .error
      case .untellable: .nodata
      }
    }
  }

  private struct Track: Sendable, Hashable {
    var answer = Answer.waiting
    var held = 0
    var countedAt: MonotonicTime?
  }

  let profile: ServiceProfile
  private let needed: Int
  private let spacing: Duration
  private var tracks: [FactName: Track] = [:]

  init(_ profile: ServiceProfile, needed: Int, spacing: Duration) {
    self.profile = profile
    self.needed = needed
    self.spacing = spacing
    for probe in profile.probes { tracks[probe.fact] = Track() }
  }

  /// Begins anew: what was seen before belongs to another life of the service.
  mutating func forget() {
    for name in tracks.keys { tracks[name] = Track() }
  }

  /// Takes the report of one of the probes' sources; a sample begun before `earliest` proves nothing.
  mutating func take(_ report: SourceReport, earliest: MonotonicTime) {
    let start = report.startedAt.monotonic
    guard start >= earliest else { return }
    switch report.result {
    case .success(let reading):
      for observation in reading.observations { note(Self.answer(observation), observation.name, start) }
    case .failure(let failure):
      // A failing source tells nothing of its facts; those of other sources are left alone.
      for probe in profile.probes where owner[probe.fact] == report.source {
        note(.unclear(failure.word), probe.fact, start)
      }
    }
    if case .success(let reading) = report.result {
      for observation in reading.observations where tracks[observation.name] != nil {
        owner[observation.name] = report.source
      }
    }
  }

  private var owner: [FactName: String] = [:]

  private mutating func note(_ answer: Answer, _ name: FactName, _ start: MonotonicTime) {
    guard var track = tracks[name] else { return }
    track.answer = answer
    switch answer {
    case .passes, .untellable:
      if let last = track.countedAt, start - last < spacing { break }
      track.held += 1
      track.countedAt = start
    case .fails, .unclear, .waiting:
      track.held = 0
      track.countedAt = nil
    }
    tracks[name] = track
  }

  private static func answer(_ observation: Observation) -> Answer {
    switch observation.state {
    case .ok, .warn: .passes(observation.word.isEmpty ? "passes" : observation.word)
    case .crit: .fails(observation.word.isEmpty ? "fails" : observation.word)
    case .nodata:
      // A rate limit passes; a missing login or right does not.
      observation.word.hasPrefix("429") || observation.word == "starting"
        ? .unclear(observation.word) : .untellable(observation.word)
    case .stale, .error: .unclear(observation.word)
    }
  }

  /// The probes with what they said last, in the profile's order.
  var answers: [(name: String, answer: Answer)] {
    profile.probes.map { ($0.name, tracks[$0.fact]?.answer ?? .waiting) }
  }

  /// How often in a row all have held, at most as often as needed.
  var held: Int {
    min(needed, tracks.values.map(\.held).min() ?? 0)
  }

  /// Whether every probe has passed, or surely can't be told, as often as needed.
  var isSettled: Bool { !tracks.isEmpty && held >= needed }

  /// The probes that can't be told, once settled: what keeps a proof from being one.
  var untellable: [(name: String, word: String)] {
    answers.compactMap { name, answer in
      guard case .untellable(let word) = answer else { return nil }
      return (name, word)
    }
  }

  /// The first probe that is known to fail.
  var failing: (name: String, word: String)? {
    for (name, answer) in answers {
      if case .fails(let word) = answer { return (name, word) }
    }
    return nil
  }

  /// The first probe that nobody can tell now, or has not told anything yet.
  var unclear: (name: String, word: String)? {
    for (name, answer) in answers {
      switch answer {
      case .unclear(let word): return (name, word)
      case .waiting: return (name, "gave no answer")
      case .passes, .fails, .untellable: continue
      }
    }
    return nil
  }

  /// The rows of the gate's view.
  var view: [GateView.Probe] {
    answers.map { name, answer in
      GateView.Probe(SafeText(name), value: SafeText(answer.word), state: answer.state)
    }
  }
}
