import DataSources
import Facts

/// What a schema can't say: names that must exist elsewhere, keys that exclude each other.
enum SettingsCheck {
  /// Notes what does not fit together; `root` is the merged configuration, for the places.
  static func check(
    _ configuration: Configuration,
    _ root: YAMLNode,
    _ surroundings: Surroundings,
    _ known: KnownFacts,
    _ context: inout ReadContext
  ) {
    let settings = configuration.settings
    choice("theme", settings.theme, surroundings.themes, root, &context)
    let names = settings.environments.map(\.name)
    if let name = settings.defaultEnvironment, let node = root["default"], !names.contains(name) {
      let meant = DidYouMean.suffix(name, among: names)
      context.report(
        "no environment `\(Found.shown(name))`, expected \(listed(names))\(meant)",
        at: node.location
      )
    }
    for environment in settings.environments {
      guard let node = root["environments"]?[environment.name] else { continue }
      services(environment, node, &context)
      references(environment, configuration.projects[environment.name], node, &context)
      addresses(environment, node, &context)
    }
    alerts(settings, root, &context)
    alertConditions(settings, root, known, &context)
    replyConditions(settings, root, &context)
    actions(settings, root, known, &context)
    credentials(settings, root, known, &context)
  }

  /// A name of something that ships with the console.
  private static func choice(
    _ key: String,
    _ name: String,
    _ names: [String]?,
    _ root: YAMLNode,
    _ context: inout ReadContext
  ) {
    guard let names, let node = root[key], !names.contains(name) else { return }
    let meant = DidYouMean.suffix(name, among: names)
    context.report("no \(key) `\(Found.shown(name))`, expected \(listed(names))\(meant)", at: node.location)
  }

  private static func services(
    _ environment: EnvironmentSettings,
    _ node: YAMLNode,
    _ context: inout ReadContext
  ) {
    let ids = environment.sources.map(\.id)
    let web = environment.sources.filter { $0.settings.webAddress != nil }.map(\.id)
    for service in environment.services {
      guard let body = node["services"]?[service.name] else { continue }
      if let probe = service.probe, let place = body["probe"], !ids.contains(probe) {
        let meant = DidYouMean.suffix(probe, among: ids)
        context.report(
          "no source `\(Found.shown(probe))`, expected \(listed(ids))\(meant)",
          at: place.location
        )
      }
      guard let liveness = service.liveness, let place = body["liveness"] else { continue }
      if let source = liveness.source, let written = place["source"], !web.contains(source) {
        let meant = DidYouMean.suffix(source, among: web)
        context.report(
          "no http source `\(Found.shown(source))`, expected \(listed(web))\(meant)",
          at: written.location
        )
      }
      if (liveness.source == nil) == (liveness.url == nil) {
        let found = liveness.url == nil ? "found neither `source` nor `url`" : "found both `source` and `url`"
        context.report("\(found), expected `source` with `path`, or `url`", at: place.location)
      }
    }
  }

  private static func alerts(_ settings: Settings, _ root: YAMLNode, _ context: inout ReadContext) {
    let levels = settings.escalation.map(\.level)
    for alert in settings.alerts {
      guard let node = root["alerts"]?[alert.name] else { continue }
      if alert.when.isEmpty, node["when"] == nil {
        context.report("`when` is missing, expected \(ValueType<String>.rule.expected)", at: node.location)
      }
      if let level = alert.escalate, let place = node["escalate"], !levels.contains(level) {
        let meant = DidYouMean.suffix(level, among: levels)
        context.report(
          "no escalation level `\(Found.shown(level))`, expected \(listed(levels))\(meant)",
          at: place.location
        )
      }
    }
  }

  static func listed(_ names: [String]) -> String {
    switch names.count {
    case 0: "none, since none is configured"
    case 1: "`\(names[0])`"
    default: "one of " + names.map { "`\($0)`" }.joined(separator: ", ")
    }
  }
}
