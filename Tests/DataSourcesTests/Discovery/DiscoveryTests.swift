import DataSources
import Facts
import Foundation
import Testing

@Suite struct DiscoveryTests {
  /// A directory with these files, gone afterwards.
  private func withFiles(_ files: [String: String], _ body: (String) throws -> Void) throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("sb-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: root) }
    for (name, text) in files {
      let path = root + "/" + name
      try FileManager.default.createDirectory(
        atPath: (path as NSString).deletingLastPathComponent,
        withIntermediateDirectories: true
      )
      try text.write(toFile: path, atomically: true, encoding: .utf8)
    }
    try body(root)
  }

  @Test func filesAreFoundUpwardsWithOverrideAndVariables() throws {
    let files = [
      "docker-compose.yml": "services: {db: {image: postgres, ports: ['${PORT}:5432'], env_file: db.env}}",
      "docker-compose.override.yml": "services: {db: {container_name: '${NAME}-db'}}",
      ".env": "PORT=7000\nNAME=file\nCOMPOSE_PROJECT_NAME=named",
      "db.env": "POSTGRES_PASSWORD=x", "a/b/.keep": "",
    ]
    try withFiles(files) { root in
      let discovery = Discovery.find(from: root + "/a/b", variables: ["HOME": "/nowhere", "NAME": "process"])
      let project = try #require(discovery.project)
      #expect(discovery.notes.isEmpty)
      #expect(project.name == "named")
      #expect(project.directory == root)
      #expect(project.files == [root + "/docker-compose.yml", root + "/docker-compose.override.yml"])
      #expect(project.services[0].containerName == "process-db")
      #expect(project.services[0].ports == [ComposePort(published: 7000, target: 5432)])
      #expect(project.services[0].environment == ["POSTGRES_PASSWORD": "x"])
    }
  }

  @Test func theSearchEndsAtARepositoryRoot() throws {
    try withFiles(["compose.yaml": "services: {}", "r/.git/HEAD": "", "r/s/x": ""]) { root in
      #expect(Discovery.find(from: root + "/r/s", variables: [:]).project == nil)
      #expect(
        Discovery.find(from: root + "/r/s", variables: ["COMPOSE_FILE": "../../compose.yaml"]).project != nil
      )
    }
  }

  @Test func withoutAFileTheRunbooksPortsAreUsed() throws {
    try withFiles([".git/HEAD": ""]) { root in
      let discovery = Discovery.find(from: root, variables: [:])
      #expect(discovery.notes == ["no compose file found: the runbook's ports on this machine are used"])
      let environment = try #require(discovery.settings.environments.first)
      #expect(
        environment.sources.map { "\($0.id) \($0.settings.address ?? "")" } == [
          "api http://localhost:8000", "prometheus http://localhost:9090", "rabbitmq http://localhost:15672",
          "postgres postgresql://postgres@localhost:5433,localhost:5432/voiceai_testing",
          "redis redis://localhost:6379/0", "alertmanager http://localhost:9093",
        ]
      )
      #expect(environment.runtime == .compose(project: "voiceai", engine: nil, files: []))
      #expect(!environment.isProduction)
    }
  }

  @Test func aBrokenFileIsToldAndTheRunbooksPortsAreUsed() throws {
    try withFiles(["compose.yaml": "services:\n\tx: 1"]) { root in
      let discovery = Discovery.find(from: root, variables: [:])
      #expect(discovery.project == nil)
      #expect(
        discovery.notes == [
          "\(root)/compose.yaml:2:1: a tab can't indent: use spaces: the project is not known, nothing can be changed; the runbook's ports are shown"
        ]
      )
      let environment = try #require(discovery.settings.environments.first)
      #expect(environment.readOnly)
      #expect(environment.runtime == .none)
    }
  }

  @Test func somebodyElsesFileIsToldAndLeavesNothingToChange() throws {
    try withFiles(["compose.yaml": "services: {}", "sub/x": ""]) { root in
      try FileManager.default.setAttributes([.ownerAccountID: 4_711], ofItemAtPath: root + "/compose.yaml")
      let discovery = Discovery.find(from: root + "/sub", variables: [:])
      #expect(discovery.refusal == SafeText("\(root)/compose.yaml belongs neither to this user nor to root"))
      #expect(discovery.settings.environments[0].readOnly)
      #expect(discovery.settings.environments[0].runtime == .none)
    }
  }

  @Test(arguments: ["include: [x.yaml]", "services: {a: {extends: {file: x.yaml, service: b}}}"])
  func whatTheFilesLeadToMustBeOurs(text: String) throws {
    try withFiles(["compose.yaml": text, "x.yaml": "services: {b: {image: b}}"]) { root in
      try FileManager.default.setAttributes([.ownerAccountID: 4_711], ofItemAtPath: root + "/x.yaml")
      let refusal = Discovery.find(from: root, variables: [:]).refusal?.string ?? ""
      #expect(refusal.hasSuffix("\(root)/x.yaml: belongs neither to this user nor to root"))
    }
  }

  @Test(arguments: [".env", "compose.yaml"])
  func whatCanNotBeReadIsToldByItself(name: String) throws {
    try withFiles(["compose.yaml": "services: {a: {image: a}}"]) { root in
      try? FileManager.default.removeItem(atPath: root + "/" + name)
      try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true)
      let discovery = Discovery.find(from: root, variables: [:])
      #expect(discovery.project == nil)
      #expect(discovery.refusal == SafeText("\(root)/\(name) is no regular file"))
      #expect(discovery.settings.environments[0].readOnly)
    }
  }
}
