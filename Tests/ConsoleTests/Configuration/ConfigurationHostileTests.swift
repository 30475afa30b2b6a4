import DataSources
import Testing

@testable import Console

/// A small generator with a seed, so that a failure can be repeated.
private struct Seeded: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ (state >> 29)
  }
}

@Suite struct ConfigurationHostileTests {
  @Test func messagesAreHarmlessToATerminal() throws {
    let told = try problems(#"{"\e[31mred\u202e": 1, "sources": {"r": {"type": "\e]0;x\a"}}}"#).joined(
      separator: "\n"
    )
    #expect(told.contains("␛[31mred"))
    #expect(!told.unicodeScalars.contains { $0.value == 0x1B || $0.value == 0x202E || $0.value == 7 })
  }

  /// Exchanges nodes of a good configuration at random: what is read is read or refused, never trapped on.
  @Test(arguments: 0..<12)
  func shuffledConfigurationsAreReadOrRefused(seed: Int) throws {
    var generator = Seeded(state: UInt64(seed) &+ 1)
    let root = try YAMLReader.read(exampleConfiguration, file: "c")
    var pool: [YAMLNode] = []
    collect(root, into: &pool)
    var refused = 0
    for _ in 0..<150 {
      let node = shuffled(root, pool, &generator)
      let kind: ConfigurationLayer.Kind = Bool.random(using: &generator) ? .user : .project
      do {
        let configuration = try Configuration.read([ConfigurationLayer(kind, node)])
        let printed = try YAMLReader.read(ConfigCommand.print(configuration), file: "p")
        let again = try Configuration.read([ConfigurationLayer(.user, printed)])
        #expect(again.settings.withoutLocations == configuration.settings.withoutLocations)
      } catch let failure as Configuration.Failure {
        refused += 1
        #expect(!failure.problems.isEmpty)
      }
    }
    #expect(refused > 0)
  }

  private func collect(_ node: YAMLNode, into pool: inout [YAMLNode]) {
    pool.append(node)
    for element in node.elements ?? [] { collect(element, into: &pool) }
    for entry in node.entries ?? [] { collect(entry.value, into: &pool) }
  }

  private func shuffled(_ node: YAMLNode, _ pool: [YAMLNode], _ generator: inout Seeded) -> YAMLNode {
    if Int.random(in: 0..<60, using: &generator) == 0 { return pool.randomElement(using: &generator) ?? node }
    var copy = node
    if let elements = node.elements {
      copy.content = .sequence(elements.map { shuffled($0, pool, &generator) })
    } else if let entries = node.entries {
      let kept = entries.filter { _ in Int.random(in: 0..<40, using: &generator) > 0 }
      copy.content = .mapping(
        kept.map {
          YAMLEntry(
            key: $0.key,
            keyLocation: $0.keyLocation,
            value: shuffled($0.value, pool, &generator)
          )
        }
      )
    }
    return copy
  }
}
