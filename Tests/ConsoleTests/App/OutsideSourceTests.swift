import DataSources
import Facts
import Operations
import Panels
import TestSupport
import Testing

@testable import Console

/// A kind of source that none of the rooms knows: Burrow, which tells how far consumers of Kafka lag behind.
private struct BurrowSettings: SourceSettings {
  var url = ""
  var group = "checkout"
  var token: SecretReference?

  static let type = "burrow"
  static let schema = SchemaTable(
    blank: BurrowSettings(),
    fields: [
      Field("url", \.url, .address(["http", "https"]), isRequired: true, "The address, without /v3."),
      Field("group", \.group, .text, "The group of consumers."),
      Field("token", optional: \.token, blank: .environment(""), .secret, "Who asks."),
    ]
  )
  static let facts: [FactFamily] = [.number("lag.*.messages")]

  var address: String? { url }
  var measures: [FactName] { [FactName("lag", group, "messages")] }

  @LoopActor func make(_ context: SourceContext) -> MadeSource {
    var made = MadeSource([
      BurrowSource(context, self, context.credentials(token.map { .bearer($0) }, at: url))
    ])
    made.offers = [GroupDetail(group: group)]
    return made
  }
}

/// What is told of a group when somebody opens its row.
private struct GroupDetail: DetailReader {
  let group: String

  var detailKinds: Set<TargetKind> { ["group"] }

  func detail(of subject: DetailSubject, in world: World) async throws(SourceFailure) -> any Snapshot {
    guard subject.name == group else { throw SourceFailure(.notFound, at: group, detail: subject.name) }
    return LogTail(lines: ["partition 0 lags"])
  }
}

extension BurrowSettings: DiscoverableSource {
  static let images = ["burrow"]

  static func find(in service: ComposeService) -> SourceFinding? {
    service.webAddress(8000).map { SourceFinding(BurrowSettings(url: $0)) }
  }
}

@LoopActor private final class BurrowSource: Source {
  let descriptor: SourceDescriptor
  private let settings: BurrowSettings
  private let credentials: HTTPCredentials?
  private let client: HTTPClient

  init(_ context: SourceContext, _ settings: BurrowSettings, _ credentials: HTTPCredentials?) {
    self.settings = settings
    self.credentials = credentials
    client = context.client
    descriptor = SourceDescriptor(
      id: context.id,
      kind: "Burrow",
      address: settings.url,
      interval: context.interval,
      deadline: context.deadline,
      declares: [FactDeclaration(FactName("lag", settings.group, "messages"), kind: .health)]
    )
  }

  func poll() async throws(SourceFailure) -> SourceReading {
    let path = "/v3/kafka/local/consumer/\(settings.group)/lag"
    let request = HTTPRequest("GET", settings.url + path, credentials: credentials)
    let reply = try await client.send(request).document(of: "Burrow", at: settings.url)
    let lag = reply["status"]?["totallag"]?.number
    return SourceReading([
      Observation(
        FactName("lag", settings.group, "messages"),
        lag.map { .number($0) },
        state: lag ?? 0 > 1_000 ? .crit : .ok,
        word: lag ?? 0 > 1_000 ? "> 1000" : "",
        kind: .health,
        origin: Origin(source: descriptor.id, query: path)
      )
    ])
  }

  func close() {}
}

/// What follows from one file and one line: configuration, schema, secrets, checks, discovery, polls, facts.
@Suite struct OutsideSourceTests {
  private static let catalog = SourceCatalog(SourceCatalog.standard.kinds + [BurrowSettings.self])

  init() { EventLoop.runOnOwnThread() }

  private func read(_ text: String, checks: ExpressionChecks = .none) throws -> Configuration {
    let layer = ConfigurationLayer(.user, try YAMLReader.read(text, file: "c.yaml"))
    return try Configuration.read([layer], checks: checks, catalog: Self.catalog)
  }

  private func problems(_ text: String) throws -> [String] {
    do {
      return try read(text, checks: Opening.checks).warnings.map(\.description)
    } catch let failure as Configuration.Failure {
      return failure.problems.map(\.description)
    }
  }

  @Test @LoopActor func itIsConfiguredPolledAndTold() async throws {
    let server = ScriptedServer.routing { line in
      line == "GET /v3/kafka/local/consumer/billing/lag"
        ? Array(#"{"error":false,"status":{"group":"billing","totallag":4211}}"#.utf8) : nil
    }
    defer { server.stop() }
    let settings = try read(
      "sources: {lag: {type: burrow, url: \"\(server.url)\", group: billing, token: {env: BURROW}}}"
    ).settings
    let secrets = await SecretStore.resolve(settings.environments[0], variables: ["BURROW": "t0ken"])
    #expect(secrets.mask(sparing: []).mask("said t0ken") == "said ‹env BURROW›")
    let session = try Session(
      Session.Options(
        settings: settings,
        environment: settings.environments[0],
        variables: [:],
        writeMode: .init(.none),
        secrets: secrets
      )
    )
    defer { session.close() }
    let headless = HeadlessSession(session, try Arguments(parsing: ["status"]))
    await headless.hear()
    let fact = try #require(headless.fact("lag.billing.messages"))
    #expect(fact.value == .number(4_211))
    #expect(fact.state == .crit)
    #expect(server.requests.contains { $0.contains("Authorization: Bearer t0ken") })
    #expect(headless.report.worst == .crit)
    let line = headless.report.plain().split(separator: "\n").first { $0.contains("lag.billing.messages") }
    #expect(line?.split(separator: " ") == ["CRIT", "lag.billing.messages", "4,211", ">", "1000"])
    func detail(_ kind: TargetKind, _ name: String, of source: String? = nil) async -> String {
      var item = PanelItem(id: name, kind: kind, name: name, title: "", state: .ok)
      item.source = source
      switch await session.detail(of: item, in: headless.monitor.world) {
      case .success(let snapshot): return (snapshot as? LogTail)?.lines.first?.string ?? ""
      case .failure(let failure): return failure.word
      }
    }
    #expect(await detail("group", "billing") == "partition 0 lags")
    #expect(await detail("group", "billing", of: "lag") == "partition 0 lags")
    #expect(await detail("group", "other") == SourceFailure(.notFound, at: "").word)
    #expect(await detail("group", "billing", of: "another") == SourceFailure(.misconfigured, at: "").word)
    #expect(await detail(.run, "billing") == SourceFailure(.misconfigured, at: "").word)
  }

  @Test func itsKeysAreDocumentedCheckedAndPrinted() throws {
    let schema = SettingsSchema.settings(Self.catalog)
    let row =
      "| `environments.NAME.sources.NAME{type: burrow}.group` | a text | `checkout` | The group of consumers. |"
    #expect(ConfigCommand.schema(schema).contains(row))
    #expect(!ConfigCommand.schema().contains("burrow"))
    let configuration = try read("sources: {lag: {type: burrow, url: http://localhost:1, interval: 30s}}")
    let printed = ConfigCommand.print(configuration, schema: schema)
    #expect(try read(printed).settings.withoutLocations == configuration.settings.withoutLocations)
    #expect(printed.contains("type: burrow"))
    #expect(
      try problems("sources: {lag: {type: burow, url: http://localhost:1}}") == [
        "c.yaml:1:23: unknown type `burow`, expected one of `http`, `prometheus`, `rabbitmq`, `postgres`, "
          + "`redis`, `alertmanager`, `burrow`, did you mean `burrow`?"
      ]
    )
    #expect(
      try problems("sources: {lag: {type: burrow, url: http://far, token: {env: X}}}").first?.contains(
        "a password would go to another machine without encryption"
      ) == true
    )
  }

  @Test func rulesKnowItsFacts() throws {
    let source = "sources: {lag: {type: burrow, url: http://localhost:1}}\n"
    #expect(try problems(source + "alerts: {late: {when: lag.checkout.messages > 10}}") == [])
    #expect(
      try problems(source + "alerts: {late: {when: lag.checkout.mesages > 10}}") == [
        "c.yaml:2:23: warning: no fact is called `lag.checkout.mesages`, did you mean "
          + "`lag.checkout.messages`?"
      ]
    )
  }

  @Test func aComposeFileTellsOfIt() throws {
    let directory = try TemporaryDirectory()
    try directory.write(
      "compose.yaml",
      "services: {watcher: {image: 'linkedin/burrow:1.7', ports: ['8005:8000']}}"
    )
    let discovery = Discovery.find(from: directory.root, variables: [:], catalog: Self.catalog)
    let environment = try #require(discovery.settings.environments.first)
    #expect(
      environment.sources == [
        SourceDefinition(id: "burrow", settings: BurrowSettings(url: "http://localhost:8005"))
      ]
    )
    #expect(environment.service("watcher")?.probe == "burrow")
    #expect(
      Discovery.find(from: directory.root, variables: [:]).settings.environments[0].source("burrow") == nil
    )
  }
}
