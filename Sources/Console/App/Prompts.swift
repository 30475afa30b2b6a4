import Facts
import Operations
import Panels

/// What stands on the last line in place of some hints.
struct LastMessage: Sendable {
  var model: MessageModel
  /// When it goes away by itself; nil stays until a key is pressed.
  var until: MonotonicTime?
  /// Which one it is: the same words said again are another.
  var number: Int
  /// Whether a frame with it was sent.
  var isPainted = false
}

/// What a prompt or palette is for.
enum PromptPurpose: Hashable, Sendable {
  /// Narrows the rows of a view, or the lines of its open page; Esc gives the former filter back.
  case filter(ViewID, isPage: Bool, former: String)
  /// An argument of an action, without which it can't be planned.
  case argument(ActionRequest, String)
  /// Something that is told of a run.
  case run(RunPrompt)
  /// Takes new values of a credential, one after the other.
  case credentials(CredentialAsking)
  /// A statement for the database of that source; which of those before is shown, and what was typed before that.
  case statement(source: String, back: Int?, draft: String)
  /// The time of the lines of logs to go to.
  case logTime
}
