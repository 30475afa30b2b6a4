import DataSources
import Facts
import Operations
import Panels

/// How everything is, as text and as JSON: the same facts as the screen shows.
struct StatusReport {
  /// The environment.
  let environment: EnvironmentInfo
  /// What is known.
  let monitor: Monitor
  /// The facts that are told as measures, beside what counts.
  let measures: [FactName]
  /// What services are judged by.
  let profiles: [ServiceProfile]
  /// The sources that are asked.
  let asked: Set<String>
  /// When it is told.
  let now: Moment
  /// What follows from what is known.
  private let derived: Derived

  init(
    environment: EnvironmentInfo,
    monitor: Monitor,
    measures: [FactName],
    profiles: [ServiceProfile] = [],
    asked: Set<String> = [],
    now: Moment
  ) {
    self.environment = environment
    self.monitor = monitor
    self.measures = measures
    self.profiles = profiles
    self.asked = asked
    self.now = now
    derived = monitor.derived(at: now.monotonic)
  }

  /// The worst of all health facts.
  var worst: FactState { health.worst }

  /// Lines for people, without colour: the state as a word, never only as a colour.
  func plain() -> String {
    var lines = [headline()]
    lines += section("services", services.map(serviceLine))
    lines += section("queues", queueLines())
    lines += section("measures", measureLines())
    lines += section("sources that are not well", sourceLines())
    return lines.joined(separator: "\n")
  }

  /// The names are clipped: a long one must not push the worst state out of sight.
  private func headline() -> String {
    let told = health.phrases.map { "\($0.state.word) \($0.text)" }
    let names = [environment.label, environment.project].filter { !$0.isEmpty }
      .map { SafeText($0).clipped(toColumns: 24).string }
    return "\(names.joined(separator: " "))  \(told.isEmpty ? "NO DATA" : told.joined(separator: "  "))"
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines
  }

  /// The services as the screen lists them; what is measured of them stands among the measures.
  private var services: [ServiceEntry] { derived.services.entries.filter { $0.measure == nil } }

  private func worstFirst<Row>(_ rows: [Row], _ state: (Row) -> FactState) -> [Row] {
    rows.enumerated().sorted { left, right in
      (-state(left.element).severity, left.offset) < (-state(right.element).severity, right.offset)
    }.map(\.element)
  }

  private func row(_ state: FactState, _ name: String, _ rest: [String]) -> String {
    let tail = rest.filter { !$0.isEmpty }.joined(separator: "  ")
    return "  \(padded(state.word, 8))\(padded(name, 22))\(tail)"
  }

  /// What is said of a probe: one that nobody has heard is not "starting".
  private func word(of probe: ServiceStatus.ProbeOutcome, _ status: ServiceStatus) -> String {
    let known = profiles.first { $0.name == status.service }?.probes.first { $0.name == probe.name }
    guard let known, !probe.state.isKnown, monitor.world.status(of: known.source)?.isStarting ?? true else {
      return probe.word
    }
    return asked.contains(known.source) ? "no answer yet" : "not asked"
  }

  /// What is said of a service that runs, and of which nothing is known because its own check was not heard; nil
  /// for any other.
  func silence(of status: ServiceStatus) -> String? {
    guard status.state == .nodata, status.reading?.health != .starting,
      let probe = status.probes.first(where: { $0.isOwn && !$0.state.isKnown })
    else { return nil }
    let word = word(of: probe, status)
    return word == probe.word ? nil : word
  }

  private func safe(_ text: String) -> String { SafeText(text).string }

  private func padded(_ text: String, _ width: Int) -> String {
    let safe = SafeText(text)
    return safe.string + String(repeating: " ", count: max(1, width - safe.widthInColumns))
  }

  /// What is said of a service: while the runtime is silent, what was so of one that no probe knows is so no more.
  private func word(of service: ServiceEntry) -> String {
    let status = service.status
    guard service.state != status.state else { return silence(of: status) ?? status.word }
    return fact(service.facts[0])?.word ?? service.state.word
  }

  private func serviceLine(_ service: ServiceEntry) -> String {
    let status = service.status
    let failed = status.probes.filter { $0.state != .ok }
    return row(
      service.state,
      status.name,
      [
        padded(word(of: service), 16), safe(status.detail),
        status.because.map { "because \(safe($0))" } ?? "",
        status.probes.isEmpty ? "" : "\(status.passed)/\(status.probes.count)",
        status.latency.map { Format.latency(.seconds($0 / 1_000)) } ?? "",
        ServiceLine.uptime(status, at: now).map { "up \($0)" } ?? "",
        // One that is the service's own word is told already; one without an answer is never only a number.
        failed.count == 1 && failed[0].state == status.state
          ? "" : failed.map { "\($0.name): \(word(of: $0, status))" }.joined(separator: ", "),
      ]
    )
  }

  private func queueLines() -> [String] {
    // Without them the depth stands among the measures, with the reason why nobody knows it.
    var rows: [(state: FactState, line: String)] = []
    for stamped in monitor.world.snapshots(QueuesSnapshot.self) {
      for queue in stamped.value.queues { rows.append(queueLine(queue, stamped)) }
    }
    return worstFirst(rows) { $0.state }.map { $0.line }
  }

  private func queueLine(
    _ queue: QueuesSnapshot.Queue,
    _ stamped: World.Stamped<QueuesSnapshot>
  ) -> (state: FactState, line: String) {
    let name = depth(of: queue, stamped)
    let known = fact(name)
    let state = known?.state ?? .nodata
    var words = [queue.ready.map { "\(Format.count($0)) ready" } ?? "no statistics yet"]
    if let unacked = queue.unacked { words.append("\(Format.count(unacked)) unacked") }
    if let consumers = queue.consumers { words.append("\(consumers) consumer\(consumers == 1 ? "" : "s")") }
    words.append(known?.word ?? "")
    if monitor.world.status(of: stamped.source)?.failure != nil {
      words.append("as of \(Format.age(now.monotonic - stamped.sampledAt)) ago")
    }
    return (state, row(state, name.subject, words))
  }

  /// The measures, and whatever else counts and stands in no other line: the header must not count what is
  /// not told.
  private func measureLines() -> [String] {
    let queues = monitor.world.snapshots(QueuesSnapshot.self).flatMap { stamped in
      stamped.value.queues.map { depth(of: $0, stamped) }
    }
    let told = Set(measures + queues)
    let further = health.items.map(\.fact.name).filter { name in
      !["service", "source"].contains(name.segments.first) && !told.contains(name)
    }
    let facts = (measures + further.sorted()).compactMap(fact)
    return worstFirst(facts) { $0.kind == .health ? $0.state : .ok }.map(factLine)
  }

  private func depth(of queue: QueuesSnapshot.Queue, _ stamped: World.Stamped<QueuesSnapshot>) -> FactName {
    FactName("queue", stamped.value.segment(of: queue), "depth")
      .qualified(by: monitor.world.status(of: stamped.source)?.qualifier)
  }

  private func factLine(_ fact: Fact) -> String {
    let value = fact.value.map { Format.value($0, unit: fact.unit) } ?? "–"
    let age =
      fact.state == .error || fact.state == .stale
      ? fact.age(at: now.monotonic).map { "\(Format.age($0)) old" } ?? "never had a value" : ""
    return row(fact.state, fact.name.description, [padded(value, 12), fact.word, age])
  }

  private func sourceLines() -> [String] {
    monitor.world.facts.sources.keys.sorted().compactMap { id in
      guard let status = monitor.world.status(of: id) else { return nil }
      guard let failure = status.failure else {
        let (state, word) = status.standing(at: now.monotonic)
        return status.isWell ? nil : "  \(padded(SafeText(id).string, 20))\(state.word): \(SafeText(word))"
      }
      let since = status.failingSince.map { " since \(Format.timestamp($0.wall))" } ?? ""
      return "  \(padded(id, 20))\(failure.word) at \(SafeText(failure.address))\(since)\n"
        + "  \(padded("", 20))\(SafeText(failure.detail, limit: 200))\n"
        + "  \(padded("", 20))\(failure.advice)"
    }
  }

  private func fact(_ name: FactName) -> Fact? {
    monitor.world.facts.fact(name, at: now.monotonic)
  }

  /// What `counts` counts: what is only information, and what is silent because of something else, is left out.
  static let countsOf =
    "facts and sources whose `counted` is true; the others inform, or are silent because of one that counts"

  private var health: Health { derived.health }

  private var counted: Set<FactName> { Set(health.counted.map(\.fact.name)) }

  /// The same as one JSON object; without ages and time two looks at the same are equal.
  func json(withAges: Bool = true) -> JSONBody {
    let (counts, counted) = (health.counts, counted)
    return .object([
      .init("environment", .string(environment.name)),
      .init("at", withAges ? .string(Format.timestamp(now.wall)) : .null),
      .init("worst", .string(worst.rawValue)),
      .init("exit", .integer(Int(ExitCode(worst: worst).rawValue))),
      .init(
        "counts",
        .object(FactState.allCases.map { .init($0.rawValue, .integer(counts[$0] ?? 0)) })
      ),
      .init("counts_of", .string(Self.countsOf)),
      .init("services", .array(services.map(serviceJSON))),
      .init(
        "facts",
        .array(monitor.world.facts.facts(at: now.monotonic).map { json(of: $0, withAge: withAges, counted) })
      ),
      .init(
        "sources",
        .array(monitor.world.facts.sources.keys.sorted().compactMap { sourceJSON($0, counted) })
      ),
    ])
  }

  private func serviceJSON(_ service: ServiceEntry) -> JSONBody {
    let status = service.status
    return .object([
      .init("name", .string(status.name)),
      .init("state", .string(service.state.rawValue)),
      .init("word", .string(service.state == status.state ? status.word : word(of: service))),
      .init("kind", .string(status.kind.rawValue)),
      .init("runtime", .string(ServiceAssessor.runtimeWord(status.reading))),
      .init("because", status.because.map { .string($0) } ?? .null),
      .init("latency_ms", status.latency.map { .number($0) } ?? .null),
      .init(
        "started_at",
        status.reading?.startedAt.map { .string(Format.timestamp($0)) } ?? .null
      ),
      .init(
        "probes",
        .array(
          status.probes.map {
            .object([
              .init("name", .string($0.name)), .init("state", .string($0.state.rawValue)),
              .init("word", .string($0.word)),
            ])
          }
        )
      ),
    ])
  }

  /// One fact as a JSON object.
  func json(of fact: Fact) -> JSONBody { json(of: fact, withAge: true, counted) }

  private func json(of fact: Fact, withAge: Bool, _ counted: Set<FactName>) -> JSONBody {
    let value: JSONBody =
      switch fact.value {
      case .number(let number): .number(number)
      case .text(let text): .string(text)
      case .flag(let flag): .bool(flag)
      case nil: .null
      }
    return .object([
      .init("name", .string(fact.name.description)), .init("value", value),
      .init("unit", .string(fact.unit.rawValue)), .init("state", .string(fact.state.rawValue)),
      .init("word", .string(fact.word)), .init("kind", .string(fact.kind.rawValue)),
      .init("counted", .bool(counted.contains(fact.name))),
      .init("age_s", withAge ? fact.age(at: now.monotonic).map { .number($0.seconds) } ?? .null : .null),
    ])
  }

  private func sourceJSON(_ id: String, _ counted: Set<FactName>) -> JSONBody? {
    guard let status = monitor.world.status(of: id) else { return nil }
    let (state, word) = status.standing(at: now.monotonic)
    return .object([
      .init("id", .string(id)), .init("ok", .bool(state == .ok)), .init("state", .string(state.rawValue)),
      .init("word", .string(word)),
      .init("counted", .bool(counted.contains(FactName("source", id, "state")))),
      .init("address", status.failure.map { .string($0.address) } ?? .null),
      .init("detail", status.failure.map { .string($0.detail) } ?? .null),
      .init("since", status.failingSince.map { .string(Format.timestamp($0.wall)) } ?? .null),
    ])
  }
}
