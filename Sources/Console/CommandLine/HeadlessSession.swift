import DataSources
import Facts
import Operations

/// A session without a screen: what every command that looks at an environment shares.
@LoopActor final class HeadlessSession {
  /// The time that a command gives to sources that don't answer.
  static let patience = Duration.seconds(8)
  /// The time for a second look at a queue where messages wait: a broker counts every 5 s what was acknowledged.
  private static let secondLook = Duration.seconds(6)

  let session: Session
  let arguments: Arguments
  private(set) var monitor: Monitor
  private let asked: Set<String>

  /// Takes an open session that doesn't poll yet, to ask the sources that `isAsked` chooses.
  init(
    _ session: Session,
    _ arguments: Arguments,
    asking isAsked: (SourceDescriptor) -> Bool = { _ in true }
  ) {
    self.session = session
    self.arguments = arguments
    let descriptors = session.descriptors.filter(isAsked)
    asked = Set(descriptors.map(\.id))
    monitor = session.makeMonitor(of: descriptors)
  }

  /// Begins to poll.
  func begin() {
    session.terminal = PlainTerminal()
    session.start(asking: asked, world: { self.monitor.world }) { self.monitor.apply($0) }
  }

  /// Begins to poll and returns when every source has ended its first poll, or the time is over.
  ///
  /// Where one of these facts takes a second look, which tells whether a worker works, it waits for that as well.
  func hear(within limit: Duration = patience, deciding names: [FactName] = []) async {
    begin()
    let deadline = LoopActor.now().monotonic + limit
    while !monitor.hasHeardAll, LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(20))
    }
    let end = min(deadline, LoopActor.now().monotonic + Self.secondLook)
    while LoopActor.now().monotonic < end {
      let undecided = undecided(names)
      guard !undecided.isEmpty else { return }
      // The broker's own count may come at any moment: it is asked more often than it is polled.
      await LoopActor.sleep(for: .seconds(1))
      for source in undecided { session.scheduler?.pollNow(source) }
      await LoopActor.sleep(for: .milliseconds(100))
    }
  }

  /// The sources of which one look doesn't tell one of these facts: messages wait, and whether their worker works
  /// shows only in what it acknowledges by and by.
  private func undecided(_ names: [FactName]) -> Set<String> {
    var sources: Set<String> = []
    for profile in session.profiles {
      for probe in profile.probes {
        guard let progress = probe.progress, let fact = facts.fact(probe.fact), fact.value == nil,
          fact.absence == .starting, facts.fact(progress.left)?.knownValue?.number ?? 0 > 0,
          names.contains(where: { $0 == probe.fact || session.feeds(probe.source, stateOf: $0) })
        else { continue }
        sources.insert(probe.source)
      }
    }
    return sources
  }

  /// The same for what is named: a name that nothing bears ends it as soon as that is known.
  /// - Throws: `usage` for such a name, `unavailable` if it could not be found out.
  func hear(naming words: [String], of kinds: [TargetKind]) async throws(ConsoleFailure) {
    begin()
    let deadline = LoopActor.now().monotonic + Self.patience
    while true {
      let isOver = monitor.hasHeardAll || LoopActor.now().monotonic >= deadline
      try check(words, of: kinds, isOver: isOver)
      if isOver { return }
      await LoopActor.sleep(for: .milliseconds(20))
    }
  }

  /// A name that nothing is called is a slip of the hand, not something that went away.
  /// - Throws: `usage` as soon as what exists is known; `unavailable` if it isn't once it `isOver`.
  func check(_ words: [String], of kinds: [TargetKind], isOver: Bool) throws(ConsoleFailure) {
    guard !kinds.isEmpty, !words.isEmpty else { return }
    let known = known(kinds)
    for word in words {
      if let failure = known.failure(word, isOver: isOver) { throw failure }
    }
  }

  /// The names of all that is listed and not well.
  /// - Throws: `unavailable` if who would tell is silent.
  func waiting(_ kinds: [TargetKind]) throws(ConsoleFailure) -> [String] {
    let known = known(kinds)
    if let failure = known.silence("which there are") { throw failure }
    return known.waiting
  }

  private func known(_ kinds: [TargetKind]) -> KnownNames {
    let settings = kinds.contains(.service) ? session.profiles.map(\.name) : []
    return KnownNames(kinds, in: monitor.world, at: LoopActor.now(), settings: settings)
  }

  /// The facts as they stand now.
  var facts: FactView { FactView(monitor.world.facts, at: LoopActor.now().monotonic) }

  /// The report of everything that is known now.
  var report: StatusReport {
    StatusReport(
      environment: session.info,
      monitor: monitor,
      measures: session.options.environment.measures,
      profiles: session.profiles,
      asked: asked,
      now: LoopActor.now()
    )
  }

  /// The fact that a word names: a service's name stands for its state; nil if there is none.
  func fact(_ word: String) -> Fact? {
    let name = try? FactName(parsing: word)
    return facts.fact(FactName("service", word, "state")) ?? name.flatMap(facts.fact)
  }

  /// What is said of a fact: of a service whose own check was not heard that it was not.
  func told(_ fact: Fact) -> String {
    let judged = monitor.services?.services.first { FactName("service", $0.service, "state") == fact.name }
    return judged.flatMap(report.silence) ?? fact.word
  }

  /// Whether nobody that could tell anything is silent, so that what isn't known is misspelt.
  var knowsAll: Bool { monitor.hasHeardAll && monitor.failingSources.isEmpty }

  /// `; did you mean 'backend'?`, or nothing, among services and facts, by their names or what people call them.
  func hint(_ word: String) -> String {
    let facts = monitor.world.facts.facts(at: LoopActor.now().monotonic)
    return Self.hint(word, among: services + facts.map(\.name.description))
  }

  nonisolated static func hint(_ word: String, among names: [String]) -> String {
    let near = DidYouMean.clause(word, among: names)
    guard near.isEmpty else { return near }
    let called = CalledFacts.answering(word)
    let held = word.count > 2 ? names.filter { $0.contains(word.lowercased()) } : []
    let found =
      called.map { "'\($0.name)' (\($0.words[0]))" }
      + held.filter { name in !called.contains { $0.name == name } }.map { "'\(SafeText($0))'" }
    return found.isEmpty ? "" : "; did you mean \(found.prefix(3).joined(separator: " or "))?"
  }

  /// The services by name, those of the settings included.
  var services: [String] {
    let judged = monitor.services?.services.map(\.service) ?? []
    return judged + session.profiles.map(\.name).filter { !judged.contains($0) }
  }
}

extension SourceDescriptor {
  /// Whether it must be asked to tell one of these facts or services.
  ///
  /// Ten logins a minute are allowed to everybody together: one is spent only for a fact that is printed.
  @LoopActor func isNeeded(for names: some Collection<FactName>, in session: Session) -> Bool {
    guard logsIn else { return true }
    return names.contains { name in
      declares.contains { $0.name == name } || (name.segments.first == "source" && name.segments.contains(id))
        || session.feeds(id, stateOf: name)
    }
  }
}
