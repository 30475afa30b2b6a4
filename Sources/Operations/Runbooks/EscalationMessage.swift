public import DataSources
public import Facts

/// The words with which somebody else is told: whom, and what the facts say now.
public enum EscalationMessage {
  /// A message as a runbook has it, its places filled with what was asked for and with facts; first whom it is for.
  public static func text(
    _ text: String,
    _ severity: String,
    _ escalation: [EscalationSettings],
    _ world: World,
    at now: MonotonicTime,
    input: (String) -> String?
  ) -> [SafeText] {
    let facts = FactView(world.facts, at: now)
    let filled = InputNames.filled(text) { name in
      if let value = input(name) { return value }
      guard let name = try? FactName(parsing: name) else { return nil }
      guard let fact = facts.fact(name) else { return "unknown" }
      let value = Format.value(of: fact)
      return fact.state.isKnown || fact.value == nil ? value : "\(value) (\(fact.state.word))"
    }
    return [call(severity, escalation)] + StepReader.lines(filled)
  }

  /// Whom to tell at a severity, and how soon.
  private static func call(_ severity: String, _ escalation: [EscalationSettings]) -> SafeText {
    guard let level = escalation.first(where: { $0.level == severity }) else {
      return "\(SafeText(severity)): the configuration's `escalation` doesn't say whom to tell"
    }
    return "\(SafeText(severity)): \(AlertEngine.call(level))"
  }
}
