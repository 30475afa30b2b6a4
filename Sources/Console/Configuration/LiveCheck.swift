import DataSources
import Facts
import Operations

/// What only the running stack knows of a configuration: its services and its facts.
enum LiveCheck {
  /// What doesn't fit what was heard; nothing is said against what a silent source would have told.
  ///
  /// - Parameters:
  ///   - configuration: what was read, with its places.
  ///   - environment: the environment that was asked.
  ///   - services: the services that its runtime tells; nil when it told none.
  ///   - facts: the facts that were heard.
  /// - Returns: the problems, in the order of their places.
  static func problems(
    _ configuration: Configuration,
    _ environment: EnvironmentSettings,
    services: [String]?,
    facts: [Fact]
  ) -> [ConfigurationProblem] {
    var problems: [ConfigurationProblem] = []
    let root = ["environments", environment.name, "services"]
    for service in environment.services {
      guard let services else { break }
      let known = services + environment.sources.map(\.id)
      if let place = configuration.origins[root + [service.name]], !known.contains(service.name) {
        problems.append(unknown("service", service.name, among: services, at: place))
      }
      for (key, names) in [("needs", service.needs ?? []), ("then", service.then ?? [])] {
        guard let place = configuration.origins[root + [service.name, key]] else { continue }
        for name in names where !known.contains(name) {
          problems.append(unknown("service", name, among: services, at: place))
        }
      }
    }
    let table = FactTable(facts)
    for alert in configuration.settings.alerts {
      guard let place = alert.location, let rule = try? Rule(parsing: alert.when) else { continue }
      if let misfit = rule.condition.check(table) {
        problems.append(ConfigurationProblem(misfit.message, at: place))
      }
      for name in rule.condition.names.sorted() where !facts.isEmpty && table.fact(name) == nil {
        problems.append(unknown("fact", name.description, among: facts.map(\.name.description), at: place))
      }
    }
    return problems.sorted()
  }

  private static func unknown(
    _ kind: String,
    _ name: String,
    among names: [String],
    at place: Location
  ) -> ConfigurationProblem {
    let meant = DidYouMean.suffix(name, among: names.sorted())
    return ConfigurationProblem(
      "the stack tells of no \(kind) `\(Found.shown(name))`\(meant)",
      at: place,
      severity: .warning
    )
  }
}
