import DataSources
import Facts

/// The facts that sources and the console itself give, for the checks of rules before anything is asked.
struct KnownFacts {
  private let families: [FactFamily]
  /// The sources before whose facts nothing stands.
  private let firstSources: Set<String>

  /// What the sources of a catalogue give, those further of a kind in these environments, and the console.
  init(_ catalog: SourceCatalog, _ environments: [EnvironmentSettings]) {
    let further = environments.flatMap { environment in
      environment.sources.flatMap { source -> [FactFamily] in
        guard let qualifier = environment.qualifier(of: source) else { return [] }
        return Swift.type(of: source.settings).facts.map { $0.qualified(by: qualifier) }
      }
    }
    firstSources = Set(
      environments.flatMap { environment in
        environment.sources.filter { environment.qualifier(of: $0) == nil }.map(\.id)
      }
    )
    families = catalog.kinds.flatMap { $0.facts } + further + Self.own
  }

  private static let own: [FactFamily] = [
    .other("service.*.state"), .other("service.*.liveness"), .number("service.*.latency", .milliseconds),
    .number("service.*.uptime", .seconds), .number("service.*.restarts"), .number("service.*.cpu", .percent),
    .number("service.*.memory", .bytes), .other("probe.*.*"), .other("source.*.state"),
    .number("source.*.age", .seconds), .other("alert.*.firing"), .number("credentials.*.age", .seconds),
  ]

  /// The known facts among these names, with a value of their type, to try expressions on.
  func samples(of names: some Sequence<FactName>) -> FactTable {
    var table = FactTable()
    for name in names {
      guard let sample = family(of: name)?.sample else { continue }
      table.set(name, sample.value, unit: sample.unit)
    }
    return table
  }

  /// The unit of a fact; a bare number's for one that isn't known.
  func unit(of name: FactName) -> FactUnit {
    family(of: name)?.sample?.unit ?? .one
  }

  /// The known name that an unknown one is nearly; nil for a known one and for one that is far from all.
  func meant(by name: FactName) -> String? {
    let segments = name.segments
    guard family(of: name) == nil, segments.first != "prom" else { return nil }
    let rest = FactName(segments: Array(segments.dropFirst()))
    if let first = segments.first, firstSources.contains(first), family(of: rest) != nil {
      return rest.description
    }
    let candidates = families.filter { $0.segments.count == segments.count }.map { family in
      zip(family.segments, segments).map { $0 == "*" ? $1 : $0 }.joined(separator: ".")
    }
    return DidYouMean.nearest(segments.joined(separator: "."), among: candidates)
  }

  private func family(of name: FactName) -> FactFamily? {
    families.first { family in
      family.segments.count == name.segments.count
        && zip(family.segments, name.segments).allSatisfy { $0 == "*" || $0 == $1 }
    }
  }
}
