/// Words as a shell would take them: to show and to copy, never to run.
public enum ShellWords {
  /// The words as one line.
  public static func line(_ words: [String]) -> String { words.map(word).joined(separator: " ") }

  /// A word as every shell takes it for one.
  private static func word(_ word: String) -> String {
    let isPlain = word.allSatisfy { character in
      character.isASCII && (character.isLetter || character.isNumber || "-_./:=@%+,".contains(character))
    }
    return isPlain && !word.isEmpty ? word : "'\(word.replacing("'", with: #"'\''"#))'"
  }
}
