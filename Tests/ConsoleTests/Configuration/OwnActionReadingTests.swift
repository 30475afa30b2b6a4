import DataSources
import Facts
import Testing

@testable import Console

/// `actions:` of a configuration: what is read, what is refused where, and what a project file may not do.
@Suite struct OwnActionReadingTests {
  private static let valid = """
    version: 1
    environments: {dev: {runtime: {kind: none}}}
    actions:
      warm-cache: {run: [redis-cli, SET, warm, '{key}'], inputs: [key], class: 1, deadline: 5s, gate: source.redis.age < 9 within 1m}
      reload: {run: [/bin/kill, -HUP, '{target}'], scope: service, title: reload it}
    """

  @Test func actionsAreRead() throws {
    let actions = try readConfiguration(Self.valid, checks: Opening.checks).settings.actions
    #expect(actions.map(\.name) == ["warm-cache", "reload"])
    #expect(actions[0].words(["key": "a b"]) == ["redis-cli", "SET", "warm", "a b"])
    #expect(actions[0].dangerClass == 1 && actions[0].deadline == .seconds(5))
    #expect(actions[1].scope == .service && actions[1].title == "reload it" && actions[1].dangerClass == 2)
  }

  @Test(
    arguments: [
      ("{run: []}", "found no program"), ("{}", "`run` is missing"),
      ("{run: [echo, '{key}']}", "nothing stands for `{key}`"),
      ("{run: [echo, '{target}']}", "nothing stands for `{target}`"),
      ("{run: ['{key}'], inputs: [key]}", "the program itself must be told"),
      ("{run: [echo], class: 0}", "expected"), ("{run: [echo], scope: planet}", "planet"),
      ("{run: [echo], gate: queue.depth <}", "expected"), ("{run: echo hello}", "a list of texts"),
    ])
  func whatIsWrongIsToldWhereItStands(_ action: String, _ words: String) throws {
    let text = "version: 1\nactions:\n  mine: \(action)\n"
    let problems = try problems(text, checks: Opening.checks)
    #expect(problems.contains { $0.hasPrefix("c.yaml:3:") && $0.contains(words) }, "\(problems)")
  }

  @Test func inAProjectFileTheyAreInertBeforeTrust() throws {
    let project = "actions:\n  mine: {run: [/bin/rm, -rf, /]}\n"
    let own = "version: 1\nenvironments: {dev: {runtime: {kind: none}}}\n"
    let untrusted = try readConfiguration(own, project: project, checks: Opening.checks)
    #expect(untrusted.settings.actions.isEmpty)
    #expect(untrusted.warnings.contains { "\($0)".contains("`actions` is inert until trusted") })
    let trusted = try readConfiguration(own, project: project, isTrusted: true, checks: Opening.checks)
    #expect(trusted.settings.actions.map(\.name) == ["mine"])
  }
}
