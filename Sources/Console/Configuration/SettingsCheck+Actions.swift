import DataSources
import Facts

/// What actions of somebody's own must have: a program, and a meaning for each name between braces.
extension SettingsCheck {
  static func actions(
    _ settings: Settings,
    _ root: YAMLNode,
    _ known: KnownFacts,
    _ context: inout ReadContext
  ) {
    for action in settings.actions {
      guard let node = root["actions"]?[action.name] else { continue }
      if !action.name.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "-_".contains($0)) }) {
        context.report(
          "`\(Found.shown(action.name))` is a word of the command line, expected letters, digits, - and _",
          at: action.location ?? node.location
        )
      }
      if let run = node["run"], action.run.first ?? "" == "" {
        context.report("found no program, expected one and its arguments", at: run.location)
      }
      let names = (action.scope == .environment ? [] : ["target"]) + action.inputs
      for (word, element) in zip(action.run, node["run"]?.elements ?? []) {
        var single = action
        single.run = [word]
        for name in single.placeholders where !names.contains(name) {
          let meant = DidYouMean.suffix(name, among: names)
          context.report(
            "nothing stands for `{\(Found.shown(name))}`, expected \(listed(names))\(meant)",
            at: element.location
          )
        }
      }
      // What runs is what stands there: which program it is no input decides.
      if let first = action.run.first, let element = node["run"]?.elements?.first {
        var program = action
        program.run = [first]
        if !program.placeholders.isEmpty {
          context.report("the program itself must be told", at: element.location)
        }
      }
      if let text = action.gate, let place = node["gate"], let gate = try? Gate(parsing: text) {
        facts(of: gate.condition, place, known, &context)
      }
    }
  }
}
