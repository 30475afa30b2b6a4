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
  /// The facts that are told as measures.
  let measures: [FactName]
  /// When it is told.
  let now: Moment

  /// The worst of all health facts.
  var worst: FactState { monitor.worst(at: now.monotonic) }

  /// Lines for people, without colour: the state as a word, never only as a colour.
  func plain() -> String {
    var lines = [headline()]
    lines += section("services", monitor.services?.services.map(serviceLine) ?? [])
    lines += section("queues", queueLines())
    lines += section("measures", measureLines())
    lines += section("sources that are not well", sourceLines())
    return lines.joined(separator: "\n")
  }

  /// The names are clipped: a long one must not push the worst state out of sight.
  private func headline() -> String {
    let told = monitor.health(at: now.monotonic).phrases.map { "\($0.state.word) \($0.text)" }
    let names = [environment.label, environment.project].filter { !$0.isEmpty }
      .map { SafeText($0).clipped(toColumns: 24).string }
    return "\(names.joined(separator: " "))  \(told.isEmpty ? "NO DATA" : told.joined(separator: "  "))"
  }

  private func section(_ title: String, _ lines: [String]) -> [String] {
    lines.isEmpty ? [] : ["", title] + lines
  }

  private func row(_ state: FactState, _ name: String, _ rest: [String]) -> String {
    let tail = rest.filter { !$0.isEmpty }.joined(separator: "  ")
    return "  \(padded(state.word, 8))\(padded(name, 20))\(tail)"
  }

  private func safe(_ text: String) -> String { SafeText(text).string }

  private func padded(_ text: String, _ width: Int) -> String {
    let safe = SafeText(text)
    return safe.string + String(repeating: " ", count: max(1, width - safe.widthInColumns))
  }

  private func serviceLine(_ status: ServiceStatus) -> String {
    let failed = status.probes.filter { $0.state != .ok }
    return row(
      status.state,
      status.name,
      [
        padded(status.word, 16), safe(status.detail),
        status.because.map { "because \(safe($0))" } ?? "",
        status.probes.isEmpty ? "" : "\(status.passed)/\(status.probes.count)",
        status.latency.map { Format.latency(.seconds($0 / 1_000)) } ?? "",
        ServiceLine.uptime(status, at: now).map { "up \($0)" } ?? "",
        // One that is the service's own word is told already; one without an answer is never only a number.
        failed.count == 1 && failed[0].state == status.state
          ? "" : failed.map { "\($0.name): \($0.word)" }.joined(separator: ", "),
      ]
    )
  }

  private func queueLines() -> [String] {
    // Without them the depth stands among the measures, with the reason why nobody knows it.
    monitor.world.snapshots(QueuesSnapshot.self).flatMap { stamped in
      let status = monitor.world.status(of: stamped.source)
      return stamped.value.queues.map { queue in
        let segment = stamped.value.segment(of: queue)
        let name = FactName("queue", segment, "depth").qualified(by: status?.qualifier)
        let known = fact(name)
        return row(
          known?.state ?? .nodata,
          name.subject,
          [
            queue.ready.map { "\(Format.count($0)) ready" } ?? "no statistics yet",
            queue.unacked.map { "\(Format.count($0)) unacked" } ?? "",
            queue.consumers.map { "\($0) consumer\($0 == 1 ? "" : "s")" } ?? "", known?.word ?? "",
            status?.failure == nil ? "" : "as of \(Format.age(now.monotonic - stamped.sampledAt)) ago",
          ]
        )
      }
    }
  }

  private func measureLines() -> [String] {
    measures.compactMap(fact).map(factLine)
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

  /// The same as one JSON object; without ages and time two looks at the same are equal.
  func json(withAges: Bool = true) -> JSONBody {
    let counts = monitor.health(at: now.monotonic).counts
    return .object([
      .init("environment", .string(environment.name)),
      .init("at", withAges ? .string(Format.timestamp(now.wall)) : .null),
      .init("worst", .string(worst.rawValue)),
      .init("exit", .integer(Int(ExitCode(worst: worst).rawValue))),
      .init(
        "counts",
        .object(FactState.allCases.map { .init($0.rawValue, .integer(counts[$0] ?? 0)) })
      ),
      .init("services", .array((monitor.services?.services ?? []).map(serviceJSON))),
      .init(
        "facts",
        .array(monitor.world.facts.facts(at: now.monotonic).map { json(of: $0, withAge: withAges) })
      ),
      .init("sources", .array(monitor.world.facts.sources.keys.sorted().compactMap(sourceJSON))),
    ])
  }

  private func serviceJSON(_ status: ServiceStatus) -> JSONBody {
    .object([
      .init("name", .string(status.name)),
      .init("state", .string(status.state.rawValue)),
      .init("word", .string(status.word)),
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
  func json(of fact: Fact, withAge: Bool = true) -> JSONBody {
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
      .init("age_s", withAge ? fact.age(at: now.monotonic).map { .number($0.seconds) } ?? .null : .null),
    ])
  }

  private func sourceJSON(_ id: String) -> JSONBody? {
    guard let status = monitor.world.status(of: id) else { return nil }
    let (state, word) = status.standing(at: now.monotonic)
    return .object([
      .init("id", .string(id)), .init("ok", .bool(state == .ok)), .init("state", .string(state.rawValue)),
      .init("word", .string(word)),
      .init("address", status.failure.map { .string($0.address) } ?? .null),
      .init("detail", status.failure.map { .string($0.detail) } ?? .null),
      .init("since", status.failingSince.map { .string(Format.timestamp($0.wall)) } ?? .null),
    ])
  }
}
