import DataSources
import TestSupport
import Testing

@testable import Console

@Suite struct ConfigurationSweepTests {
  @Test func mutationsOfAConfigurationAreReadOrRefusedAtAPlace() {
    var read = 0
    let mutation = Mutation(
      of: exampleConfiguration,
      pieces: [
        "{", "}", "[", "]", ": ", ", ", "\n", "  ", "env", "for 2m", "queue.depth", "class: ", "type: ",
        "rabbitmq",
        "file: /x", "command: [x]", "*a", "&a ", "<<: ", "-1m", "99999999999d",
      ]
    )
    let failures = Sweep(seed: 1, cases: 1_000).failures(of: mutation) { bytes in
      guard let node = try? YAMLReader.read(bytes, file: "c") else { return nil }
      read += 1
      return Self.problem(of: node, kind: .user)
    }
    #expect(failures == [])
    #expect(read > 50)
  }

  /// Exchanges nodes of a good configuration at random.
  @Test func shuffledConfigurationsAreReadOrRefusedAtAPlace() throws {
    let root = try YAMLReader.read(exampleConfiguration, file: "c")
    var pool: [YAMLNode] = []
    Self.collect(root, into: &pool)
    let seeds: (inout SeededGenerator) -> [UInt8] = { generator in
      let bits = generator.next()
      return (0..<8).map { UInt8(truncatingIfNeeded: bits >> (8 * UInt64($0))) }
    }
    let failures = Sweep(seed: 20_000, cases: 1_000).failures(seeds) { bytes in
      var generator = SeededGenerator(state: bytes.reduce(0) { $0 << 8 | UInt64($1) })
      let node = Self.shuffled(root, pool, &generator)
      return Self.problem(of: node, kind: Bool.random(using: &generator) ? .user : .project)
    }
    #expect(failures == [])
  }

  /// Nil if the node is a configuration that prints as what it is, or is refused at places.
  private static func problem(of node: YAMLNode, kind: ConfigurationLayer.Kind) -> String? {
    do {
      let configuration = try Configuration.read([ConfigurationLayer(kind, node)])
      let printed = try YAMLReader.read(ConfigCommand.print(configuration), file: "p")
      let again = try Configuration.read([ConfigurationLayer(.user, printed)])
      return again.settings.withoutLocations == configuration.settings.withoutLocations
        ? nil : "it prints as another configuration"
    } catch let failure as Configuration.Failure {
      let areLocated = failure.problems.allSatisfy { $0.location.line >= 1 && !$0.message.isEmpty }
      return areLocated && !failure.problems.isEmpty ? nil : "refused without a place"
    } catch {
      return "what it prints can't be read: \(error)"
    }
  }

  private static func collect(_ node: YAMLNode, into pool: inout [YAMLNode]) {
    pool.append(node)
    for element in node.elements ?? [] { collect(element, into: &pool) }
    for entry in node.entries ?? [] { collect(entry.value, into: &pool) }
  }

  private static func shuffled(
    _ node: YAMLNode,
    _ pool: [YAMLNode],
    _ generator: inout SeededGenerator
  ) -> YAMLNode {
    if Int.random(in: 0..<60, using: &generator) == 0 { return generator.pick(pool) }
    var copy = node
    if let elements = node.elements {
      copy.content = .sequence(elements.map { shuffled($0, pool, &generator) })
    } else if let entries = node.entries {
      let kept = entries.filter { _ in Int.random(in: 0..<40, using: &generator) > 0 }
      copy.content = .mapping(
        kept.map {
          YAMLEntry(key: $0.key, keyLocation: $0.keyLocation, value: shuffled($0.value, pool, &generator))
        }
      )
    }
    return copy
  }
}
