import DataSources
import Testing

@Suite struct YAMLHostileTests {
  @Test func aliasBombIsRefused() {
    var text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    for level in 1...9 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) [\(aliases)]\n"
    }
    #expect(yamlError(text) == "f.yaml:5:15: more than 20000 values, aliases counted as often as used")
  }

  @Test func mergeBombIsRefused() {
    var text = "a0: &a0 {k0: 1, k1: 2, k3: 3, k4: 4}\n"
    for level in 1...12 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 9).joined(separator: ", ")
      text += "a\(level): &a\(level) {<<: [\(aliases)]}\n"
    }
    #expect(yamlError(text).contains("more than 20000 values"))
  }

  @Test func deepNestingIsRefused() {
    let flow = String(repeating: "[", count: 100_000)
    #expect(yamlError(flow).hasSuffix("nested deeper than 64 levels"))
    let block = (0..<80).map { String(repeating: " ", count: $0) + "a:\n" }.joined()
    #expect(yamlError(block).hasSuffix("nested deeper than 64 levels"))
  }

  @Test func deepNestingByAliasesIsRefused() {
    var text = "a0: &a0 [x]\n"
    for level in 1...70 { text += "a\(level): &a\(level) [*a\(level - 1)]\n" }
    #expect(yamlError(text).hasSuffix("nested deeper than 64 levels by this alias"))
  }

  @Test func aHugeFileIsRefused() {
    let text = String(repeating: "#", count: (1 << 20) + 1)
    #expect(yamlError(text) == "f.yaml:1:1: the file is larger than 1 MiB")
  }

  @Test func aMillionValuesAreRefused() {
    #expect(yamlError("[" + String(repeating: "1,", count: 30_000) + "]").contains("more than 20000 values"))
  }
}
