import DataSources
import Facts
import Foundation
import Testing

/// The compose CLI of this machine, and stand-ins for those that can't be had.
@Suite struct ComposeCommandTests {
  init() { EventLoop.runOnOwnThread() }

  /// A directory with one compose file, and its plain reading; gone afterwards.
  private func withProject(
    _ text: String,
    _ body: @LoopActor (ComposeProject, String) async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("sb-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: root) }
    try text.write(toFile: root + "/docker-compose.yml", atomically: true, encoding: .utf8)
    let plain = try #require(Discovery.find(from: root, variables: [:]).project)
    try await body(plain, root)
  }

  private func script(_ text: String, in directory: String) throws -> [String] {
    let path = directory + "/cli"
    try ("#!/bin/sh\n" + text).write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return [path]
  }

  @Test @LoopActor func theReadingOfTheOlderProgramIsTheSame() async throws {
    let text = """
      version: "2.4"
      services:
        base: {image: "redis:7", ports: ["127.0.0.1:7001:6379"]}
        cache: {extends: {service: base}, depends_on: [base]}
      """
    try await withProject(text) { plain, _ in
      let reading = await ComposeCommand.read(plain, programs: [["docker-compose"]])
      guard case .project(let project, let program) = reading else {
        Issue.record("\(reading)")
        return
      }
      #expect(program == "docker-compose")
      #expect(project.name == plain.name)
      #expect(project.files == plain.files)
      let cache = try #require(project.services.first { $0.name == "cache" })
      #expect(SourceCatalog.standard.kind(of: cache)?.type == "redis")
      #expect(cache.image == plain.services.last?.image)
      #expect(cache.dependsOn == ["base"])
      #expect(cache.ports == [ComposePort(hostAddress: "127.0.0.1", published: 7001, target: 6379)])
    }
  }

  @Test @LoopActor func aRejectionComesInTheProgramsOwnWords() async throws {
    try await withProject("services: {db: {image: postgres, colour: blue}}") { plain, _ in
      let reading = await ComposeCommand.read(plain, programs: [["docker-compose"]])
      guard case .rejected(let words) = reading else {
        Issue.record("\(reading)")
        return
      }
      #expect(words.string.hasPrefix("docker-compose rejects it: "))
    }
  }

  @Test @LoopActor func aMissingProgramAndAMissingPluginAreAbsent() async throws {
    try await withProject("services: {db: {image: postgres}}") { plain, root in
      let noPlugin = try script("echo \"docker: 'compose' is not a docker command.\" >&2; exit 1", in: root)
      #expect(await ComposeCommand.read(plain, programs: [[root + "/nothing"], noPlugin]) == .absent)
    }
  }

  @Test @LoopActor func theOutputOfTheNewerProgramIsRead() async throws {
    try await withProject("services: {db: {image: postgres}}") { plain, root in
      let output = """
        name: told
        services:
          db:
            image: postgres:15
            environment: {POSTGRES_PASSWORD: p$$w}
            depends_on: {cache: {condition: service_healthy, required: true}}
            ports:
              - {mode: ingress, target: 5432, published: "5433", protocol: tcp}
        """
      let program = try script("cat <<'EOF'\n\(output)\nEOF", in: root)
      guard case .project(let project, _) = await ComposeCommand.read(plain, programs: [program]) else {
        Issue.record("not read")
        return
      }
      #expect(project.name == "told")
      #expect(project.services[0].ports == [ComposePort(published: 5433, target: 5432)])
      #expect(project.services[0].environment == ["POSTGRES_PASSWORD": "p$w"])
      #expect(project.services[0].dependsOn == ["cache"])
    }
  }

  @Test @LoopActor func whatItListsIsActiveWhateverProfilesItBears() async throws {
    try await withProject("services: {db: {image: postgres, profiles: [infra]}}") { plain, root in
      #expect(plain.services.map(\.isActive) == [false])
      let output = "name: told\nservices:\n  db:\n    image: postgres\n    profiles: [infra]\n"
      let program = try script("cat <<'EOF'\n\(output)\nEOF", in: root)
      guard case .project(let project, _) = await ComposeCommand.read(plain, programs: [program]) else {
        Issue.record("not read")
        return
      }
      #expect(project.services.map(\.isActive) == [true])
    }
  }

  @Test(
    arguments: [
      ("services:\n  db: [", "line 3: expected a value and the closing bracket"),
      ("[]", "line 1: expected a mapping with `services`"), ("name: told", "line 1: it has no services"),
    ])
  @LoopActor func outputThatCanNotBeReadSaysWhereAndWhy(_ output: String, reason: String) async throws {
    try await withProject("services: {db: {image: postgres}}") { plain, root in
      let program = try script("cat <<'EOF'\n\(output)\nEOF", in: root)
      #expect(
        await ComposeCommand.read(plain, programs: [program])
          == .rejected(SafeText("the output of \(program[0]) config can't be read: \(reason)"))
      )
    }
  }

  @Test @LoopActor func aProgramThatHangsIsGivenUp() async throws {
    try await withProject("services: {db: {image: postgres}}") { plain, root in
      let program = try script("exec sleep 60", in: root)
      let reading = await ComposeCommand.read(plain, programs: [program], deadline: .milliseconds(100))
      guard case .rejected(let words) = reading else {
        Issue.record("\(reading)")
        return
      }
      #expect(words.string.hasSuffix("timed out"))
    }
  }
}
