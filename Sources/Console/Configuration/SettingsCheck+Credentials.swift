import DataSources
import Facts

/// What credentials must have: variables of their own, and a pattern that is one.
extension SettingsCheck {
  static func credentials(
    _ settings: Settings,
    _ root: YAMLNode,
    _ known: KnownFacts,
    _ context: inout ReadContext
  ) {
    for credential in settings.credentials {
      guard let node = root["credentials"]?[credential.name] else { continue }
      for (name, element) in zip(credential.variables, node["variables"]?.elements ?? []) {
        let others = settings.credentials.filter { $0.name != credential.name && $0.variables.contains(name) }
        if let other = others.first {
          context.report(
            "`\(Found.shown(name))` is of `\(Found.shown(other.name))` as well, expected one",
            at: element.location
          )
        }
      }
      for (name, element) in zip(credential.visible, node["visible"]?.elements ?? [])
      where !credential.variables.contains(name) {
        let meant = DidYouMean.suffix(name, among: credential.variables)
        context.report(
          "`\(Found.shown(name))` is none of its variables, expected \(listed(credential.variables))\(meant)",
          at: element.location
        )
      }
      if let place = node["errors"] {
        do throws(LinePattern.Failure) {
          _ = try LinePattern(credential.errors)
        } catch {
          context.report("found no regular expression: \(error.message)", at: place.location)
        }
      }
      if let text = credential.gate, let place = node["gate"], let gate = try? Gate(parsing: text) {
        facts(of: gate.condition, place, known, &context)
      }
    }
  }
}
