import DataSources
import Facts
import TestSupport
import Testing

@testable import Console

@Suite struct ConfigCommandTests {
  static let rich = """
    version: 1
    theme: "it's 'quoted': #1"
    refresh: 1m30s
    gate: {interval: 5ms, within: 1s, holding: 1, spacing: 1ms, then: 2s, settling: 10ms}
    environments:
      "no":
        label: "yes"
        color: "#00ff7f"
        production: false
        read_only: true
        runtime: {kind: command, supervisor: unix:///tmp/s.sock, hide: [a, "b c"]}
        sources:
          web: {type: http, base: https://h/, interval: 3s, login: {email: a@b.c, password: {command: [pass, show, "x y"]}}}
          pg: {type: postgres, service: main, password: {file: ~/p}}
          am: {type: alertmanager, url: https://h:9093, credentials: {token: {env: T}}}
          prom: {type: prometheus, url: http://h:9090, deadline: 1s, allow_cleartext: true, credentials: {user: u, password: {env: P}}}
      b: {services: {s: {class: 1, liveness: {url: http://h/, when: "status == 204"}, probe: null, needs: []}}}
    alerts: {queue-warning: null, queue-critical: {escalate: null, runbook: null}, x: {when: 'queue."a/b".ready > 5 for 1m', severity: info}}
    quick_test: {try: [{put: "/x: y", body: {a: [1, 1.5, true, null, "yes", "é\\n"], "b c": {}}}]}
    escalation: {P9: {contact: "–"}, P1: {respond: null}}
    """

  @Test(arguments: [exampleConfiguration, rich, "version: 1"])
  func whatIsPrintedReadsBackEqual(text: String) throws {
    let configuration = try readConfiguration(text)
    for origins in [false, true] {
      let printed = ConfigCommand.print(configuration, origins: origins)
      let again = try readConfiguration(printed)
      #expect(again.settings.withoutLocations == configuration.settings.withoutLocations)
      #expect(ConfigCommand.print(again) == ConfigCommand.print(configuration))
    }
  }

  @Test func originsTellWhereEachValueStands() throws {
    let configuration = try readConfiguration(
      "environments:\n  dev:\n    label: X\n",
      flags: [.flag("--theme", ["theme"], "dark")]
    )
    let lines = ConfigCommand.print(configuration, origins: true).split(separator: "\n").map { line in
      line.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
    #expect(lines.contains("theme: dark # --theme"))
    #expect(lines.contains("label: X # c.yaml:3:12"))
    #expect(lines.contains("layout: default # default"))
  }

  @Test func checkTellsAllAndEndsWith65() throws {
    let good = ConfigCommand.check(.success(try readConfiguration(exampleConfiguration)))
    #expect(good == .init(output: "ok: 1 environment\n", errors: "", exitCode: .ok))
    let result = Result { () throws(Configuration.Failure) in
      try Configuration.read([
        ConfigurationLayer(.user, YAMLNode(.sequence([]), at: Location(file: "f", line: 1, column: 1)))
      ])
    }
    let bad = ConfigCommand.check(result)
    #expect(bad.exitCode == .config)
    #expect(bad.errors == "f:1:1: found a list, expected a mapping of keys and values\n")
  }

  @Test func initialTextNeverOverwrites() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("c.yaml")
    #expect(ConfigCommand.write("a", to: path).exitCode == .ok)
    #expect(try LocalFile.read(path).isOpenToOthers == false)
    let again = ConfigCommand.write("b", to: path)
    #expect(again.exitCode == .refused)
    #expect(again.errors == "switchboard: \(path) is there already and is not overwritten without --force\n")
    #expect(try LocalFile.read(path).bytes == Array("a".utf8))
    #expect(ConfigCommand.write("c", to: path, replacing: true).exitCode == .ok)
    #expect(try LocalFile.read(path).bytes == Array("c".utf8))
    #expect(try LocalFile.read(path).isOpenToOthers == false)
  }

  @Test func initialTextMakesItsDirectories() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path("home/.config/switchboard/config.yaml")
    #expect(ConfigCommand.write("a", to: path).errors.isEmpty)
    #expect(try LocalFile.read(path).bytes == Array("a".utf8))
  }

  @Test func checkOfNothingSaysSo() throws {
    let nothing = try Configuration.read([], checks: .none)
    #expect(ConfigCommand.check(.success(nothing)).output.hasPrefix("ok: no environment is configured"))
  }

  @Test func schemaListsEveryKeyWithItsDefault() {
    let schema = ConfigCommand.schema()
    #expect(
      schema.contains(
        "| `gate.interval` | a duration such as 30s | `500ms` | The time between two samples. |"
      )
    )
    #expect(schema.contains("| `environments.NAME.sources.NAME{type: rabbitmq}.vhost` | a text | `/` |"))
    #expect(schema.contains("| `environments.NAME.services.NAME.class` | a whole number from 1 to 2 | `2` |"))
  }
}
