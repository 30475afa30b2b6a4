import DataSources
import Facts
import TestSupport
import Testing

@testable import Console

/// What `config init` writes and demands.
@Suite struct InitialConfigurationTests {
  private static let compose = """
    services:
      db:
        image: postgres
        ports: ["5432:5432"]
        environment: {POSTGRES_PASSWORD: "${DB_PW}", POSTGRES_DB: app}
      rabbitmq:
        image: rabbitmq
        ports: ["15672:15672"]
        environment: [RABBITMQ_DEFAULT_PASS=hunter2]
      redis: {image: redis, ports: ["6379:6379"], command: "redis-server --requirepass ${REDIS_PW}"}
    """

  private func discovery(_ directory: TemporaryDirectory) throws -> Discovery {
    try directory.write("compose.yaml", Self.compose)
    try directory.write(".env", "DB_PW=secret1\n", mode: 0o644)
    return Discovery.find(from: directory.root, variables: ["REDIS_PW": "secret2"])
  }

  private func initial(_ discovery: Discovery, _ variables: [String: String]) -> InitialConfiguration {
    InitialConfiguration(
      discovered: discovery.settings,
      references: discovery.references,
      places: discovery.passwordPlaces,
      variables: variables
    )
  }

  @Test func passwordsAreReferredToWhereTheyStand() throws {
    let directory = try TemporaryDirectory()
    let discovery = try discovery(directory)
    let initial = initial(discovery, ["REDIS_PW": "secret2"])
    #expect(["secret1", "secret2", "hunter2"].allSatisfy { !initial.text.contains($0) })
    let read = try readConfiguration(initial.text).settings.environments[0]
    let references = read.sources.flatMap { $0.settings.references.map(\.reference) }
    #expect(
      references == [
        .keyInFile(directory.path(".env"), key: "DB_PW"), .environment("RABBITMQ_PASSWORD"),
        .environment("REDIS_PW"),
      ]
    )
    #expect(read.runtime == discovery.settings.environments[0].runtime)
  }

  @Test func whatMustBeSetIsNamed() throws {
    let directory = try TemporaryDirectory()
    let discovery = try discovery(directory)
    let place = directory.path("compose.yaml")
    #expect(
      initial(discovery, ["REDIS_PW": "secret2"]).demands == [
        "set the variable RABBITMQ_PASSWORD: the password of rabbitmq, which stands in \(place):9:19",
        "keep the variable REDIS_PW set: the password of redis",
      ]
    )
  }

  @Test func whatWasFoundHasItsPlaces() throws {
    let directory = try TemporaryDirectory()
    let found = Configuration(settings: Settings(), warnings: [], origins: [:])
      .found(by: try discovery(directory))
    let lines = ConfigCommand.print(found, origins: true).split(separator: "\n").map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    let place = directory.path("compose.yaml")
    #expect(lines.contains("url: 'http://localhost:15672' # \(place):8:13"))
    #expect(lines.contains("url: 'postgresql://postgres@localhost:5432/app' # \(place):4:13"))
  }

  @Test func aFullDiskIsNamedAndNothingStays() throws {
    let outcome = ConfigCommand.write("version: 1\n", to: "/dev/full/none.yaml")
    #expect(outcome.exitCode == .unavailable)
    let directory = try TemporaryDirectory()
    let place = directory.path("small")
    try directory.write("small/x", "")
    let mounted = try Shell.run(
      "mount -t tmpfs -o size=4k tmpfs \(place) && head -c 4096 /dev/zero >\(place)/fill"
    )
    try #require(mounted, "a small disk can be mounted")
    defer { _ = try? Shell.run("umount \(place)") }
    let full = ConfigCommand.write("version: 1\n", to: place + "/c.yaml")
    #expect(full.exitCode == .unavailable)
    #expect(full.errors.contains("No space left on device on the disk of \(place)"))
    #expect(!LocalFile.exists(place + "/c.yaml"))
  }
}
