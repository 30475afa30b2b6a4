import DataSources
import TestSupport
import Testing

@Suite struct YAMLSweepTests {
  private static let pieces = [
    "a", "b: ", "- ", "\n", "  ", "\t", "[", "]", "{", "}", ", ", ": ", "&x ", "*x", "<<: ", "'", "\"",
    "|\n", ">-\n", "!!str ", "!t ", "---\n", "...\n", "? ", "%YAML 1.2\n", "# c\n", "\\x", "\u{FEFF}", "é",
    "\0", "\u{85}", "~", "1e9",
  ]

  private static func heap(_ generator: inout SeededGenerator) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<Int.random(in: 0..<60, using: &generator) {
      bytes += Array(generator.pick(pieces).utf8)
      if Int.random(in: 0..<40, using: &generator) == 0 {
        bytes.append(UInt8.random(in: 0...255, using: &generator))
      }
    }
    return bytes
  }

  /// A node with a place, or an error with a place and words.
  private static func problem(_ bytes: [UInt8]) -> String? {
    do throws(YAMLError) {
      let node = try YAMLReader.read(bytes, file: "f")
      return node.location.line >= 1 && node.location.column >= 1 ? nil : "a node at \(node.location)"
    } catch {
      if error.message.isEmpty { return "an error without words" }
      return error.location.line >= 1 && error.location.column >= 1 ? nil : "an error at \(error.location)"
    }
  }

  @Test func heapsOfTokensAreReadOrRefusedAtAPlace() {
    #expect(Sweep(seed: 1, cases: 6_000).failures(Self.heap, check: Self.problem) == [])
  }

  @Test func mutationsOfAGoodFileAreReadOrRefusedAtAPlace() {
    let mutation = Mutation(
      of:
        "version: 1\nx: &a {b: [1, 'two', \"three\"], c: |\n    text\n  }\ny: {<<: *a, d: 2m}\nz:\n- é\n- >\n  f\n",
      pieces: Self.pieces
    )
    #expect(Sweep(seed: 1_000, cases: 4_000).failures(of: mutation, check: Self.problem) == [])
  }

  @Test func scalarsMeanSomethingWhateverTheyAre() {
    let mutation = Mutation(
      of: "0x7F",
      "-1_000",
      "0o17",
      "1.5e3",
      ".inf",
      "-.INF",
      ".nan",
      "true",
      "~",
      "2026-11-24",
      "1:30",
      pieces: ["0x", "0o", "_", "+", "e", ".", "!!int ", "!!float ", "!!bool "]
    )
    let failures = Sweep(seed: 2_000, cases: 3_000).failures(of: mutation) { bytes in
      guard let node = try? YAMLReader.read(bytes, file: "f"), case .scalar(let scalar) = node.content else {
        return nil
      }
      _ = scalar.resolved(tag: node.tag)
      return nil
    }
    #expect(failures == [])
  }
}
