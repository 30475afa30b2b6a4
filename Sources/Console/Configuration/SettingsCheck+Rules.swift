import DataSources
import Facts

/// The conditions of a configuration: names that nobody gives, units that don't fit, limits the wrong way round.
extension SettingsCheck {
  static func alertConditions(
    _ settings: Settings,
    _ root: YAMLNode,
    _ known: KnownFacts,
    _ context: inout ReadContext
  ) {
    for alert in settings.alerts {
      let body = root["alerts"]?[alert.name]
      guard let rule = try? Rule(parsing: alert.when) else { continue }
      if let node = body?["when"] { facts(of: rule.condition, node, known, &context) }
      guard let text = alert.clear, let clear = try? Condition(parsing: text) else { continue }
      if let node = body?["clear"] { facts(of: clear, node, known, &context) }
      guard let place = body?["clear"] ?? body?["when"] else { continue }
      if canBothHold(rule.condition, clear, known) {
        context.report(
          "`clear` holds where `when` does: the alert would fire and resolve at once",
          at: place.location
        )
      }
    }
  }

  /// A liveness check knows its reply alone, a quick test its reply and the execution.
  static func replyConditions(_ settings: Settings, _ root: YAMLNode, _ context: inout ReadContext) {
    for environment in settings.environments {
      let services = root["environments"]?[environment.name]?["services"]
      for service in environment.services {
        guard let node = services?[service.name]?["liveness"]?["when"], let text = service.liveness?.when
        else { continue }
        names(of: text, node, among: ["status", "latency"], or: ["header", "body"], &context)
      }
    }
    if let node = root["quick_test"]?["passed"] {
      let inside = ["header", "body", "execution"]
      names(of: settings.quickTest.passed, node, among: ["status", "latency"], or: inside, &context)
    }
  }

  private static func names(
    of text: String,
    _ node: YAMLNode,
    among whole: [String],
    or domains: [String],
    _ context: inout ReadContext
  ) {
    guard let condition = try? Condition(parsing: text) else { return }
    for name in condition.names.sorted() {
      let first = name.segments.first ?? ""
      guard name.segments.count == 1 ? !whole.contains(first) : !domains.contains(first) else { continue }
      let known = whole + domains.map { "\($0).…" }
      let meant = DidYouMean.suffix(first, among: whole + domains)
      context.report(
        "nothing is called `\(Found.shown(name.description))` here, expected \(listed(known))\(meant)",
        at: place(of: name.description, in: text, node)
      )
    }
    var table = FactTable()
    table.set("status", .number(200))
    table.set("latency", .number(1), unit: .milliseconds)
    if let misfit = condition.check(table) {
      context.report(misfit.message, at: place(ofByte: misfit.offset, in: text, node))
    }
  }

  static func facts(
    of condition: Condition,
    _ node: YAMLNode,
    _ known: KnownFacts,
    _ context: inout ReadContext
  ) {
    let text = node.text ?? condition.text
    if let misfit = condition.check(known.samples(of: condition.names)) {
      context.report(misfit.message, at: place(ofByte: misfit.offset, in: text, node))
    }
    for name in condition.names.sorted() {
      guard let meant = known.meant(by: name) else { continue }
      context.warn(
        "no fact is called `\(Found.shown(name.description))`, did you mean `\(Found.shown(meant))`?",
        at: place(of: name.description, in: text, node)
      )
    }
  }

  /// Whether two conditions about one and the same number are true of the same value.
  ///
  /// Only values around the limits that are written can tell; a value found is proof, none found is not.
  private static func canBothHold(_ one: Condition, _ other: Condition, _ known: KnownFacts) -> Bool {
    guard one.names.count == 1, one.names == other.names, one.patterns.isEmpty, other.patterns.isEmpty,
      let name = one.names.first
    else { return false }
    let limits = numbers(in: one.text) + numbers(in: other.text)
    let scales = [1, 1_000, 60_000, 60, 3_600, 0.001, 0.01, 1_024, 1_048_576, 1_073_741_824, 1_000_000]
    let values = limits.flatMap { limit in
      scales.flatMap { [limit * $0, limit * $0 * 0.999, limit * $0 * 1.001] }
    }
    return values.contains { value in
      var table = FactTable()
      table.set(name, .number(value), unit: known.unit(of: name))
      return one.evaluate(table) == .yes && other.evaluate(table) == .yes
    }
  }

  private static func numbers(in text: String) -> [Double] {
    text.split { !$0.isNumber && $0 != "." }.compactMap { Double($0) }
  }

  /// Where a name stands in an expression; the expression's place when it is written with escapes.
  static func place(of name: String, in text: String, _ node: YAMLNode) -> Location {
    let bytes = Array(text.utf8)
    let word = Array(name.utf8)
    let offset = bytes.indices.first { bytes[$0...].starts(with: word) }
    return offset.map { place(ofByte: $0, in: text, node) } ?? node.location
  }

  static func place(ofByte offset: Int, in text: String, _ node: YAMLNode) -> Location {
    guard let start = node.scalar?.textOffset else { return node.location }
    let characters = String(decoding: text.utf8.prefix(offset), as: UTF8.self).unicodeScalars.count
    return node.location.advanced(by: start + characters)
  }
}
