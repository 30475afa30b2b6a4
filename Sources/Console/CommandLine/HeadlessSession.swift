import DataSources
import Facts
import Operations

/// A session without a screen: what every command that looks at an environment shares.
@LoopActor final class HeadlessSession {
  /// The time that a command gives to sources that don't answer.
  static let patience = Duration.seconds(8)

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
    session.start(asking: asked, world: { self.monitor.world }) { self.monitor.apply($0) }
  }

  /// Begins to poll and returns when every source has ended its first poll, or the time is over.
  func hear(within limit: Duration = patience) async {
    begin()
    let deadline = LoopActor.now().monotonic + limit
    while !monitor.hasHeardAll, LoopActor.now().monotonic < deadline {
      await LoopActor.sleep(for: .milliseconds(20))
    }
  }

  /// The facts as they stand now.
  var facts: FactView { FactView(monitor.world.facts, at: LoopActor.now().monotonic) }

  /// The report of everything that is known now.
  var report: StatusReport {
    StatusReport(
      environment: session.info,
      monitor: monitor,
      measures: session.options.environment.measures,
      now: LoopActor.now()
    )
  }

  /// The fact that a word names: a service's name stands for its state; nil if there is none.
  func fact(_ word: String) -> Fact? {
    let name = try? FactName(parsing: word)
    return facts.fact(FactName("service", word, "state")) ?? name.flatMap(facts.fact)
  }

  /// Whether nobody that could tell anything is silent, so that what isn't known is misspelt.
  var knowsAll: Bool { monitor.hasHeardAll && monitor.failingSources.isEmpty }

  /// `; did you mean 'backend'?`, or nothing, among services and facts.
  func hint(_ word: String) -> String {
    let facts = monitor.world.facts.facts(at: LoopActor.now().monotonic)
    return DidYouMean.clause(word, among: services + facts.map(\.name.description))
  }

  /// The services by name, those of the settings included.
  var services: [String] {
    let judged = monitor.services?.services.map(\.service) ?? []
    return judged + session.profiles.map(\.name).filter { !judged.contains($0) }
  }

  /// A name that nothing is called is a slip of the hand, not a service that went away.
  /// - Throws: `usage`, as soon as the services are known.
  func checkService(_ word: String) throws(ConsoleFailure) {
    guard let judged = monitor.services?.services, !judged.isEmpty, monitor.failingSources.isEmpty,
      !services.contains(word), !judged.contains(where: { $0.name == word })
    else { return }
    let hint = DidYouMean.clause(word, among: services)
    throw ConsoleFailure(message: "switchboard: no service is called \(SafeText(word))\(hint)", code: .usage)
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
