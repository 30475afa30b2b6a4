/// What the form of a word tells: words of grammar and forms of verbs belong to statements, not to what fills them in.
struct WordForms {
  private let grammar: Set<UInt64>
  private let failures: Set<UInt64>
  private let units: Set<UInt64>
  private let slots: Set<UInt64>

  /// Makes the tables.
  init() {
    func table(_ words: String) -> Set<UInt64> {
      Set(words.split(separator: " ").map { StableHash.of(String($0)) })
    }
    grammar = table(
      """
      a an the this that these those it its no not none any all some each every and or but nor if then else than so as \
      is are was were be been being am has have had having do does did done can cannot could will would shall should \
      may might must in on at by for from to of off out up down over under with without within into onto upon about \
      after before between during since until while when where why how what which who whose there here too very still \
      again already yet only also just now never always more less most least other another same such both either \
      neither per via due because
      """
    )
    failures = table(
      """
      fail fails failed failure failures Failed Failure Fail error Error errors ERROR Errors exception Exception cannot \
      Cannot can't Can't couldn't Couldn't unable Unable could Could refused denied rejected aborted crashed
      """
    )
    units = table("B KB kB MB GB TB KiB MiB GiB TiB ns us µs ms s sec secs min h d % bytes")
    slots = table("from to for by on at via From To For By On At Via state status user host named called")
  }

  /// Whether it is a word of grammar.
  func isGrammar(_ hash: UInt64) -> Bool { grammar.contains(hash) }

  /// Whether it says that something failed.
  func saysFailure(_ hash: UInt64) -> Bool { failures.contains(hash) }

  /// Whether it is the unit of a number.
  func isUnit(_ hash: UInt64) -> Bool { units.contains(hash) }

  /// Whether a value often follows it.
  func opensSlot(_ hash: UInt64) -> Bool { slots.contains(hash) }

  /// Whether it is spelt as a form of a verb or an adverb is (`started`, `stopping`, `remotely`), or as an error's type: what
  /// states, not what fills in.
  static func states(_ word: UnsafeRawBufferPointer) -> Bool {
    word.count >= 5 && (ends(word, "ed") || ends(word, "ing") || ends(word, "ly") || namesError(word))
  }

  /// Whether it is spelt as the type of an error is: `psycopg2.OperationalError`.
  static func namesError(_ word: UnsafeRawBufferPointer) -> Bool {
    ends(word, "Error") || ends(word, "Exception") || ends(word, "Warning") || ends(word, "Timeout")
  }

  private static func ends(_ word: UnsafeRawBufferPointer, _ suffix: StaticString) -> Bool {
    let count = suffix.utf8CodeUnitCount
    guard word.count > count else { return false }
    return (0..<count).allSatisfy { word[word.count - count + $0] == suffix.utf8Start[$0] }
  }
}
