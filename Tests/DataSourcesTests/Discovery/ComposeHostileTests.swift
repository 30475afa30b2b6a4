import DataSources
import Testing

@Suite struct ComposeHostileTests {
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
