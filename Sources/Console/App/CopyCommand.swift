import DataSources
import Facts

/// What copies in the terminal's place: a program and its arguments, which reads the text.
struct CopyCommand: Sendable, Hashable {
  private let words: [String]

  /// The command that `SWITCHBOARD_COPY` names; nil: none.
  init?(_ variables: [String: String]) {
    words = variables["SWITCHBOARD_COPY"]?.split(separator: " ").map(String.init) ?? []
    if words.isEmpty { return nil }
  }

  /// Gives it a text; what became of it.
  @LoopActor func give(_ text: String) async -> AppEvent {
    let name = SafeText(words.first ?? "")
    do throws(SourceFailure) {
      let result = try await ChildProcess.run(
        ChildCommand(words, input: Array(text.utf8), deadline: .seconds(5))
      )
      guard result.isSuccess else {
        let why = SafeText(utf8: result.stderr, limit: 100)
        return .copied("\(name) failed, nothing was copied: \(why)", isWell: false)
      }
      return .copied("given to \(name): \(Self.shown(text))", isWell: true)
    } catch {
      return .copied("\(name) \(SafeText(error.word)), nothing was copied", isWell: false)
    }
  }

  /// What became of a text that only the terminal could take: whether it did it tells nobody.
  static func told(isSent: Bool, _ text: String) -> AppEvent {
    guard isSent else { return .copied("the terminal takes no copy now", isWell: false) }
    return .copied("sent to the terminal's clipboard: \(shown(text))  (c again shows it)", isWell: true)
  }

  private static func shown(_ text: String) -> SafeText { SafeText(text, limit: 200) }
}
