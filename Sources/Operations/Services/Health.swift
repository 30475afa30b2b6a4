public import Facts

/// What counts now, where it is found, and how it is said: header, tabs, `status` and exit codes read this
/// alone, so that they never tell different things.
public struct Health: Sendable, Equatable {
  /// Where something that counts is found.
  public enum Area: Int, Sendable, Hashable, CaseIterable {
    /// The services, and what is measured of them.
    case services
    /// The broker's queues.
    case queues
    /// Runs, their success and the provider that makes them fail.
    case runs
    /// Scores of answers.
    case validations
  }

  /// One thing that counts.
  public struct Item: Sendable, Hashable {
    /// The fact that tells it.
    public let fact: Fact
    /// Where it is found.
    public let area: Area
    /// The service that is CRIT, or the source that fails, and explains why nothing is known of it: then it
    /// is not counted beside that.
    public let because: String?
  }

  /// What is counted, in full and for where there is little room.
  public struct Part: Sendable, Hashable, ExpressibleByStringLiteral {
    /// In full: `5 of 8 services (1 cause)`.
    public let text: SafeText
    /// Without what stands aside: `5 of 8 services`.
    public let plain: SafeText
    /// In few letters: `5/8 services`.
    public let brief: SafeText

    /// Makes a part; it is said in the same words everywhere unless `brief` tells fewer.
    public init(_ plain: String, aside: String = "", brief: String? = nil) {
      text = SafeText(plain + aside)
      self.plain = SafeText(plain)
      self.brief = SafeText(brief ?? plain)
    }

    /// Makes a part that is said in the same words everywhere.
    public init(stringLiteral text: String) { self.init(text) }

    /// `3 of 8 services`, `3/8 services`.
    init(_ number: Int, of all: String, aside: String = "") {
      let count = Format.count(number)
      self.init("\(count) of \(all)", aside: aside, brief: "\(count)/\(all)")
    }
  }

  /// One thing that the header says: how bad, and what.
  public struct Phrase: Sendable, Hashable {
    /// How bad it is.
    public let state: FactState
    /// What is counted, what matters most first: `1 of 8 services`, `46 runs`, `34 % pass`.
    public let parts: [Part]

    /// Makes a phrase.
    public init(_ state: FactState, _ parts: [Part]) {
      self.state = state
      self.parts = parts
    }

    /// All of it: `46 runs, 34 % pass`.
    public var text: SafeText { SafeText(parts.map(\.text.string).joined(separator: ", ")) }
  }

  /// Everything that counts, in no order.
  public let items: [Item]
  /// The services that are checked: one that is down because of another is among them, one without any check
  /// is not.
  public let services: Services

  /// What is to be said, the worst first; what is well is one phrase at the end.
  public private(set) var phrases: [Phrase] = []
  /// What is measured of services and does not stand in the row of one: found in the services' view.
  public private(set) var measures: [Item] = []
  /// The worst state in each area that has anything.
  private var states: [Area: FactState] = [:]

  /// How many services there are, and how many of them are in which state.
  public struct Services: Sendable, Hashable {
    /// How many there are.
    public let all: Int
    /// How many are in each state; one that is down because of another is CRIT as that one is.
    fileprivate let states: [FactState: Int]
    /// How many of those that are CRIT are so because of another.
    fileprivate let explained: Int

    /// How many are in the worst of their states, of all: `5/8` as the header says it; all of them when all are
    /// well: `8`.
    public var brief: SafeText {
      let worst = states.keys.max { $0.severity < $1.severity } ?? .ok
      let count = Format.count(states[worst] ?? 0)
      return worst == .ok ? SafeText(count) : SafeText("\(count)/\(Format.count(all))")
    }
  }

  /// Looks at a world as it stands at `now`.
  public init(_ world: World, at now: MonotonicTime) {
    let statuses = world.snapshot(ServiceStatuses.self)?.value.services ?? []
    let dead = Dead(statuses)
    let failing = Set(world.facts.sources.filter { $0.value.failure != nil }.keys)
    let told = world.facts.health(at: now).map { fact in
      // What is silent because its service is down counts with it; a value of its own counts by itself.
      let isOwn = fact.state.isKnown || Self.isService(fact.name)
      let area = Self.area(of: fact.name.plain)
      guard !isOwn else { return Item(fact: fact, area: area, because: nil) }
      let source = fact.origin.source
      let cause = dead.cause(of: source, fact.name) ?? (failing.contains(source) ? source : nil)
      return Item(fact: fact, area: area, because: cause)
    }
    // A source that fails counts once, whatever it tells, even if nothing of it counts while it is well.
    let view = FactView(world.facts, at: now)
    let silent = failing.sorted().compactMap { source -> Item? in
      view.fact(FactName("source", source, "state")).map { fact in
        Item(fact: fact, area: .services, because: dead.cause(of: source, fact.name))
      }
    }
    items = told + silent
    let states = told.filter { Self.isService($0.fact.name) }
    let counted = Set(states.compactMap { $0.fact.name.segments.dropFirst().first })
    let explained = Set(statuses.filter { $0.because != nil }.map(\.service)).subtracting(counted)
    services = Services(
      all: counted.count + explained.count,
      states: states.reduce(into: explained.isEmpty ? [:] : [.crit: explained.count]) {
        $0[$1.fact.state, default: 0] += 1
      },
      explained: explained.count
    )
    // Every frame and key asks for these.
    phrases = allPhrases
    measures = items.filter { $0.area == .services && !Self.isService($0.fact.name) }
      .sorted { $0.fact.name < $1.fact.name }
    self.states = items.reduce(into: [:]) { states, item in
      states[item.area] = FactState.worse(states[item.area] ?? .ok, item.fact.state)
    }
  }

  /// Whether a fact tells how a service is.
  private static func isService(_ name: FactName) -> Bool { name.segments.first == "service" }

  /// The services that are down and so explain that sources are silent, the first of them first.
  private struct Dead {
    private var names: [String] = []
    private var places: [String: Int] = [:]
    private var readers: [String: Int] = [:]

    init(_ statuses: [ServiceStatus]) {
      for status in statuses where status.state == .crit {
        let place = names.count
        names.append(status.service)
        places[status.service] = places[status.service] ?? place
        for reader in status.readers { readers[reader] = readers[reader] ?? place }
      }
    }

    func cause(of source: String, _ name: FactName) -> String? {
      guard !names.isEmpty else { return nil }
      let known = [readers[source]] + Health.names(behind: name, of: source).map { places[$0] }
      return known.compactMap { $0 }.min().map { names[$0] }
    }
  }

  private static func area(of name: FactName) -> Area {
    switch name.segments.first {
    case "queue": .queues
    case "runs", "provider": .runs
    case "validations": .validations
    default: .services
    }
  }

  /// The names by which the service behind a fact may go.
  private static func names(behind name: FactName, of source: String) -> [String] {
    // A further source of a kind reads another service than the kind's own.
    guard name.qualifier == nil else { return [source] }
    let family = name.segments.first ?? ""
    return [source, family == "prom" ? "prometheus" : family]
  }

  /// What counts, without what counts with its service.
  public var counted: [Item] { items.filter { $0.because == nil } }

  /// How many things are in each state; a state without any is left out.
  public var counts: [FactState: Int] {
    counted.reduce(into: [:]) { $0[$1.fact.state, default: 0] += 1 }
  }

  /// The worst state of all; no data when nothing counts.
  public var worst: FactState {
    counted.map(\.fact.state).max { $0.severity < $1.severity } ?? .nodata
  }

  /// The worst state in an area: its view's tab.
  ///
  /// What is silent because of a dead service is silent here, too.
  public func state(_ area: Area) -> FactState { states[area] ?? .ok }

  private var allPhrases: [Phrase] {
    let counted = Dictionary(grouping: counted, by: \.fact.state)
    let bad = ([.crit, .error, .stale, .nodata, .warn] as [FactState]).compactMap { state -> Phrase? in
      guard let items = counted[state] else { return nil }
      let parts = Area.allCases.flatMap { area in words(of: area, items.filter { $0.area == area }) }
      return parts.isEmpty ? nil : Phrase(state, parts)
    }
    let well = counted[.ok] ?? []
    guard !well.isEmpty else { return bad }
    let text = services.states[.ok].map { Self.count($0, "service") } ?? Self.count(well.count, "measure")
    return bad + [Phrase(.ok, [Part(text)])]
  }

  /// What is said of those things of an area that are in the same state.
  private func words(of area: Area, _ here: [Item]) -> [Part] {
    guard !here.isEmpty else { return [] }
    switch area {
    case .services:
      let bad = here.first { Self.isService($0.fact.name) }?.fact.state
      let others = here.filter { !Self.isService($0.fact.name) }
        .map { item in
          // A source's own state goes by the source: `source prometheus`.
          let segments = item.fact.name.segments
          return (segments.first == "source" ? segments.dropLast() : segments[...]).joined(separator: " ")
        }.sorted()
      return (bad.map { [serviceCount($0)] } ?? [])
        + (others.count > 2 ? [Self.count(others.count, "measure")] : others).map { Part($0) }
    case .queues:
      let all = items.count { $0.area == .queues }
      let told = Self.count(all, "queue")
      return [all > 1 ? Part(here.count, of: told) : Part(told)]
    case .runs:
      let order: [FactName] = ["runs.attention", "runs.success_rate_5m"]
      func place(_ item: Item) -> Int { order.firstIndex(of: item.fact.name.plain) ?? order.count }
      return Self.inOrder(here).sorted { place($0) < place($1) }
        .map { Part(Self.qualified(Self.run($0), $0)) }
    case .validations:
      return Self.inOrder(here).map { item in
        Part(Self.qualified(Self.number(item.fact).map { "\($0) low scores" } ?? "scores", item))
      }
    }
  }

  /// `5 of 8 services (1 cause)`: those that are down, and how many of them explain the others.
  private func serviceCount(_ state: FactState) -> Part {
    let count = services.states[state] ?? 0
    let hasExplained = state == .crit && services.explained > 0
    let causes = hasExplained ? " (\(Self.count(count - services.explained, "cause")))" : ""
    return Part(count, of: Self.count(services.all, "service"), aside: causes)
  }

  /// The first source's before those of further ones: the same at every look.
  private static func inOrder(_ items: [Item]) -> [Item] {
    items.sorted { left, right in
      let (first, second) = (left.fact.name, right.fact.name)
      return (first.qualifier ?? "", first) < (second.qualifier ?? "", second)
    }
  }

  private static func qualified(_ words: String, _ item: Item) -> String {
    item.fact.name.qualifier.map { "\($0) \(words)" } ?? words
  }

  private static func run(_ item: Item) -> String {
    switch item.fact.name.plain {
    case "runs.attention":
      guard let number = number(item.fact) else { return "runs" }
      return "\(number) \(number == "1" ? "run" : "runs")"
    case "runs.success_rate_5m":
      guard let rate = item.fact.knownValue?.number else { return "pass rate" }
      return "\(Format.number((rate * 100).rounded(.down))) % pass"
    default:
      let shown = item.fact.knownValue.map { " \(Format.value($0, unit: item.fact.unit))" } ?? ""
      return "\(item.fact.name.plain.segments.first ?? "")\(shown)"
    }
  }

  private static func number(_ fact: Fact) -> String? {
    fact.knownValue?.number.map { Format.count(Int($0)) }
  }

  private static func count(_ number: Int, _ noun: String) -> String {
    "\(Format.count(number)) \(noun)\(number == 1 ? "" : "s")"
  }
}
