import DataSources
import Facts
import Foundation
import TestSupport
import Testing

@testable import Console

@Suite struct ConfigurationFilesTests {
  @Test func filesAreFoundInOrder() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "config/switchboard/config.yaml",
      "theme: light\nrefresh: 1s\nvalidations: {threshold: 0.1}"
    )
    try directory.write("work/.switchboard.yaml", "theme: mono\nvalidations: {threshold: 0.2}")
    try directory.write("work/a/b/x", "")
    let other = try directory.write("other.yaml", "theme: default")
    var files = ConfigurationFiles(
      variables: ["HOME": directory.root, "XDG_CONFIG_HOME": directory.path("config")],
      workingDirectory: directory.path("work/a/b"),
      isTrusted: { _, _ in false }
    )
    let without = try files.read(checks: .none).settings
    #expect(without.theme == "mono" && without.thresholds.validationThreshold == 0.2)
    #expect(without.refreshInterval == .seconds(1))
    files.variables["SWITCHBOARD_CONFIG"] = other
    #expect(try files.read(checks: .none).settings.theme == "default")
  }

  @Test func theSearchEndsAtTheRepositoryAndAtHome() throws {
    let directory = try TemporaryDirectory()
    try directory.write(".switchboard.yaml", "theme: x")
    try directory.write("repository/.git/HEAD", "")
    try directory.write("repository/sub/x", "")
    try directory.write("home/sub/x", "")
    let find = {
      UpwardSearch.find([".switchboard.yaml"], from: directory.path($0), home: directory.path("home"))
    }
    #expect(find("repository/sub") == nil)
    #expect(find("home/sub") == nil)
    #expect(find(".")?.name == ".switchboard.yaml")
  }

  @Test func unreadableFilesAreAllTold() throws {
    let directory = try TemporaryDirectory()
    let user = try directory.write("switchboard/config.yaml", "a: [")
    let files = ConfigurationFiles(
      variables: ["XDG_CONFIG_HOME": directory.root, "SWITCHBOARD_CONFIG": directory.path("none.yaml")],
      workingDirectory: directory.root,
      isTrusted: { _, _ in false }
    )
    let failure = #expect(throws: Configuration.Failure.self) { try files.read(checks: .none) }
    #expect(
      failure?.problems.map(\.description) == [
        "\(user):2:1: expected a value and the closing bracket",
        "\(directory.path("none.yaml")): No such file or directory; "
          + "correct the path that -c or SWITCHBOARD_CONFIG names, or leave it out",
      ]
    )
  }

  @Test func whatIsNoFileIsToldByItsPathAlone() throws {
    let directory = try TemporaryDirectory()
    try directory.write("file", "")
    try directory.write("large.yaml", String(repeating: "#", count: 1 << 20) + "\n")
    try FileManager.default.createSymbolicLink(
      atPath: directory.path("loop.yaml"),
      withDestinationPath: directory.path("loop.yaml")
    )
    let reasons = [
      (".", "is no regular file; expected one YAML file of at most 1 MiB"),
      ("large.yaml", "is larger than 1048576 bytes; expected one YAML file of at most 1 MiB"),
      ("loop.yaml", "Too many levels of symbolic links; let this user read it, or name another file"),
      (
        "file/x.yaml",
        "Not a directory; correct the path that -c or SWITCHBOARD_CONFIG names, or leave it out"
      ),
    ]
    for (name, reason) in reasons {
      let files = ConfigurationFiles(
        variables: ["SWITCHBOARD_CONFIG": directory.path(name)],
        workingDirectory: directory.root,
        isTrusted: { _, _ in false }
      )
      let failure = #expect(throws: Configuration.Failure.self) { try files.read(checks: .none) }
      #expect(failure?.description == "\(directory.path(name)): \(reason)")
    }
  }
}

@Suite struct SecretResolverTests {
  private func resolved(
    _ reference: SecretReference,
    for address: String = "redis://localhost",
    home: String? = nil
  ) async -> String {
    let resolver = SecretResolver(home: home) { $0 == "SET" ? "from variable" : nil }
    do {
      let secret = try await resolver.secret(reference, for: address) { arguments throws(SourceFailure) in
        Array(arguments.joined(separator: " ").utf8) + Array("\nsecond".utf8)
      }
      return secret.reveal { $0 }
    } catch {
      return error.code == .misconfigured ? error.detail : "another code"
    }
  }

  @Test func referencesLeadToSecrets() async throws {
    let directory = try TemporaryDirectory()
    let path = try directory.write("secret", "from file\r\nsecond\n")
    #expect(await resolved(.environment("SET")) == "from variable")
    #expect(await resolved(.file(path)) == "from file")
    #expect(await resolved(.file("~/secret"), home: directory.root) == "from file")
    #expect(await resolved(.command(["pass", "x"])) == "pass x")
    #expect(await resolved(.discovered(Secret("found"))) == "found")
  }

  @Test func whatCannotBeHadIsToldWithoutValues() async throws {
    let directory = try TemporaryDirectory()
    let open = try directory.write("open", "secret", mode: 0o640)
    let empty = try directory.write("empty", "")
    #expect(await resolved(.environment("UNSET")) == "the environment variable UNSET is not set")
    #expect(await resolved(.file(open)) == "the file \(open) can be read by others: `chmod 600` it")
    #expect(await resolved(.file(empty)) == "the file \(empty) is empty")
    #expect(await resolved(.file(directory.root)) == "the file \(directory.root): is no regular file")
    #expect(
      await resolved(.discovered(Secret("found")), for: "redis://far:6379")
        == "credentials found in a compose file go only to this machine"
    )
  }
}
