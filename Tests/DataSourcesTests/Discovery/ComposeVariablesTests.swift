import DataSources
import Testing

@Suite struct ComposeVariablesTests {
  private let variables = ComposeVariables(process: ["A": "a", "E": ""], file: ["A": "file", "F": "f"])

  private func interpolated(_ text: String) -> (String, ComposeVariables.Trouble) {
    var trouble = ComposeVariables.Trouble()
    return (variables.interpolate(text, &trouble), trouble)
  }

  @Test(arguments: [
    "${", "${}", "a ${ b", "${-x}", "${{A}}", "${?}", "${A", "${A:-", "${A!}", "${A:}", "${1}",
  ])
  func bracesThatAreNoVariableAreToldAndMissNothing(_ text: String) {
    let (_, trouble) = interpolated(text)
    #expect(trouble.missing.isEmpty && trouble.problems.count == 1)
  }

  @Test(arguments: [
    ("$A ${A} $F", "a a f"), ("${E:-d} ${E-d}", "d "), ("${U:-d} ${U-d}", "d d"), ("${U:-${A}x}", "ax"),
    ("${A:+r} ${U:+r} ${E+r} ${E:+r}", "r  r "), ("$$A $$$$", "$A $$"), ("$U|${U}", "|"), ("${A:?e}", "a"),
    ("100$ $1 $", "100$ $1 $"), ("é${A}ü", "éaü"),
  ])
  func textsAreInterpolated(text: String, expected: String) {
    #expect(interpolated(text).0 == expected)
  }

  @Test func whatIsMissingIsGathered() {
    let (_, trouble) = interpolated("$X ${Y:?must} ${Z:-fine} ${E:?must} ${A:-$W} ${V:-$W}")
    #expect(trouble.missing == ["X", "W"])
    #expect(trouble.problems == ["Y", "E"].map { "the required variable \($0) is not set" })
  }

  @Test func deepNestingIsHarmless() {
    #expect(!interpolated(String(repeating: "${U:-", count: 50_000)).1.problems.isEmpty)
  }
}
