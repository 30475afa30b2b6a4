import DataSources
import Testing

/// A small generator with a seed, so that a failure can be repeated.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

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

  @Test(arguments: 0..<40)
  func noBytesTrap(seed: Int) {
    var generator = SeededGenerator(state: UInt64(seed))
    let pieces = [
      "a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ", ", ": ", "&x ", "*x", "<<: ", "'", "\"",
      "|\n", ">-\n", "!!str ", "!t ", "---\n", "...\n", "? ", "%YAML 1.2\n", "# c\n", "\\x", "\u{FEFF}", "é",
      "\0",
      "\u{85}", "~", "1e9",
    ]
    for _ in 0..<250 {
      var bytes: [UInt8] = []
      for _ in 0..<Int.random(in: 0..<60, using: &generator) {
        bytes += Array((pieces.randomElement(using: &generator) ?? "").utf8)
        if Int.random(in: 0..<40, using: &generator) == 0 {
          bytes.append(UInt8.random(in: 0...255, using: &generator))
        }
      }
      do {
        let node = try YAMLReader.read(bytes, file: "f")
        #expect(node.location.line >= 1 && node.location.column >= 1)
      } catch {
        #expect(error.location.line >= 1 && error.location.column >= 1)
        #expect(!error.message.isEmpty)
      }
    }
  }

  @Test(arguments: 0..<10)
  func noMutationOfAGoodFileTraps(seed: Int) {
    let good = Array(
      "version: 1\nx: &a {b: [1, 'two', \"three\"], c: |\n    text\n  }\ny: {<<: *a, d: 2m}\nz:\n- é\n- >\n  f\n"
        .utf8
    )
    var generator = SeededGenerator(state: UInt64(1_000 + seed))
    for _ in 0..<400 {
      var bytes = good
      for _ in 0..<Int.random(in: 1..<5, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
          in: 0...255,
          using: &generator
        )
      }
      _ = try? YAMLReader.read(bytes, file: "f")
    }
  }
}
