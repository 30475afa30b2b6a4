import DataSources
import Testing

@Suite struct ComposeVariablesTests {
  private let variables = ComposeVariables(process: ["A": "a", "E": ""], file: ["A": "file", "F": "f"])

  @Test(arguments: ["${", "${}", "a ${ b", "${-x}", "${{A}}", "${?}"])
  func bracesWithoutANameMissNothing(_ text: String) {
    var missing: Set<String> = []
    _ = ComposeVariables().interpolate(text, missing: &missing)
    #expect(missing.isEmpty)
  }

  @Test(arguments: [
    ("$A ${A} $F", "a a f"), ("${E:-d} ${E-d}", "d "), ("${U:-d} ${U-d}", "d d"), ("${U:-${A}x}", "ax"),
    ("${A:+r} ${U:+r} ${E+r} ${E:+r}", "r  r "), ("$$A $$$$", "$A $$"), ("$U|${U}", "|"), ("${A:?e}", "a"),
    ("100$ $1 $", "100$ $1 $"), ("${A", "a"), ("${", ""), ("${A:-", "a"), ("é${A}ü", "éaü"),
  ])
  func textsAreInterpolated(text: String, expected: String) {
    var missing: Set<String> = []
    #expect(variables.interpolate(text, missing: &missing) == expected)
  }

  @Test func whatIsMissingIsGathered() {
    var missing: Set<String> = []
    _ = variables.interpolate("$X ${Y:?must} ${Z:-fine} ${E:?must} ${A:-$W} ${V:-$W}", missing: &missing)
    #expect(missing == ["X", "Y", "E", "W"])
  }

  @Test func deepNestingIsHarmless() {
    var missing: Set<String> = []
    let text = String(repeating: "${U:-", count: 50_000)
    #expect(!variables.interpolate(text, missing: &missing).isEmpty)
  }

  @Test func environmentFilesAreRead() {
    let text =
      "# c\nA=1\n B = two words # note\nC='$A'\nD=\"${A}x\"\nexport G=$F\nbad\n=x\n1X=y\nH=a#b\nI=\r\nJ=${A}${B}"
    let expected = [
      "A": "1", "B": "two words", "C": "$A", "D": "1x", "G": "f", "H": "a#b", "I": "", "J": "1two words",
    ]
    #expect(ComposeVariables.parseEnvFile(text, over: ComposeVariables(file: ["F": "f"])) == expected)
  }
}
