import DataSources
import Facts
import Operations
import Panels

/// New values of a credential that are being asked for, one variable after the other.
struct CredentialAsking: Hashable, Sendable {
  /// A variable, and whether it may be shown as it is typed.
  struct Field: Hashable, Sendable {
    var name: String
    var isVisible: Bool
  }

  /// What was asked for, of which service or credential.
  var request: ActionRequest
  /// What is still to be asked for; the first is being.
  var open: [Field]
  /// The variables for which a value was given.
  var given: [String] = []
}

/// The prompt for new values: what is typed is shown as its length, and goes from here to whoever writes it.
enum CredentialKeys {
  /// Opens the prompt for the first of the variables that are asked for; where none can be, a step is refused.
  static func open(
    _ state: inout AppState,
    _ request: ActionRequest,
    _ result: Result<[CredentialAsking.Field], Refusal>
  ) -> [Effect] {
    guard request == state.awaitedPlan else { return [] }
    state.awaitedPlan = nil
    switch result {
    case .failure(let refusal):
      state.say(refusal.sentence, .warn, stays: true)
      guard let step = state.runStep, step.request == request else { return [] }
      return [.run(.refuse(step.step, refusal.sentence.string))]
    case .success(let fields):
      guard state.overlays.isEmpty, state.prompt == nil, state.act == nil else {
        state.say("new values are not asked for over what is open; ask again", .warn, stays: true)
        return []
      }
      state.message = nil
      show(&state, CredentialAsking(request: request, open: fields))
    }
    return []
  }

  private static func show(_ state: inout AppState, _ asking: CredentialAsking) {
    guard let field = asking.open.first else { return }
    var prompt = PromptModel(
      lead: "new \(SafeText(field.name)): ",
      note: "Enter: empty leaves it as it is · Esc nothing is done"
    )
    prompt.isMasked = !field.isVisible
    state.prompt = prompt
    state.promptPurpose = .credentials(asking)
  }

  /// Takes the value of the first; after the last one the preview is made.
  static func entered(_ state: inout AppState, _ asking: CredentialAsking, _ text: String) -> [Effect] {
    var asking = asking
    var effects: [Effect] = []
    if !text.isEmpty, let field = asking.open.first {
      if let reason = reason(against: text) {
        state.say(reason, .warn)
        return []
      }
      effects.append(.giveCredential(name: field.name, value: text))
      asking.given.append(field.name)
    }
    asking.open.removeFirst()
    PromptKeys.close(&state)
    guard asking.open.isEmpty else {
      show(&state, asking)
      return effects
    }
    guard !asking.given.isEmpty else {
      state.say("no new value was given: nothing was done", .warn)
      return effects
    }
    state.say("preparing the preview: rotate credentials")
    let request = RotateCredentials.request(of: asking.given)
    if state.runStep?.request == asking.request { state.runStep?.request = request }
    return effects + [.plan(request)]
  }

  /// Why a text can't be taken as a value; nil if it can: nothing of it may be lost on the way.
  static func reason(against text: String) -> SafeText? {
    guard text.count <= 1_024 else {
      return "it is longer than this prompt takes: switchboard rotate takes it"
    }
    return CredentialValue.reason(against: Secret(text)).map { "the new value \(SafeText($0))" }
  }
}
