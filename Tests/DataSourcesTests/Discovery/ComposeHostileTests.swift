import DataSources
import Testing

@Suite struct ComposeHostileTests {
  @Test(arguments: 0..<12)
  func noMutationOfAComposeFileTraps(seed: Int) {
    var generator = SeededGenerator(state: UInt64(seed))
    let good = Array(stackCompose.utf8)
    let pieces = [
      "$", "${", "}", ":", "-", "[", "]", "{", "\n", "\"", "0", "99999999999999999999", "*env", "!reset ",
      "é",
    ]
    var read = 0
    for _ in 0..<120 {
      var bytes = good
      for _ in 0..<Int.random(in: 1..<4, using: &generator) {
        let place = Int.random(in: 0..<bytes.count, using: &generator)
        bytes.replaceSubrange(
          place..<place,
          with: Array((pieces.randomElement(using: &generator) ?? "").utf8)
        )
      }
      let project = try? ComposeReader.read(
        [.init(path: "c", bytes: bytes)],
        directory: "/",
        variables: ComposeVariables()
      )
      guard let project else { continue }
      read += 1
      let environment = Discovery(project: project).settings.environments[0]
      #expect(Set(environment.sources.map(\.id)).count == environment.sources.count)
    }
    #expect(read > 0)
  }

  @Test(arguments: [
    "services: []", "services: {a: null}", "services: {a: [1]}",
    "services: {a: {ports: {x: y}, environment: 3}}",
    "services: {a: {depends_on: 1, env_file: {path: [x]}, healthcheck: 1, command: {a: b}}}", "name: [x]",
    "services: {a: {ports: [{target: 80, published: 0}, {target: x}, [1], null, -1]}}",
    "services: {a: {environment: [null, '', '=', 'A']}}",
  ])
  func oddShapesAreReadLeniently(text: String) throws {
    let project = try readCompose([text])
    #expect(project.services.allSatisfy { $0.ports.isEmpty && $0.dependsOn.allSatisfy { $0 == "1" } })
  }
}
