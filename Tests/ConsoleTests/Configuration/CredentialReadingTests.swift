import DataSources
import Facts
import Testing

@testable import Console

/// `credentials:` of a configuration: what is read, what is refused where, and what a project file may not do.
@Suite struct CredentialReadingTests {
  private static let environments = "version: 1\nenvironments: {dev: {runtime: {kind: none}}}\n"

  @Test func theProvidersAreThereAndOthersAreReadBesideThem() throws {
    let text =
      Self.environments + """
        credentials:
          mail: {variables: [TOKEN, HOST], visible: [HOST], test: false, errors: '535', warn_after: 30d}
          pay: {variables: [PAY_KEY], gate: service.pay.state is ok within 1m}
        """
    let credentials = try readConfiguration(text, checks: Opening.checks).settings.credentials
    #expect(credentials.map(\.name).sorted() == ["mail", "pay", "soundhound"])
    let mail = try #require(credentials.first { $0.name == "mail" })
    #expect(mail.variables == ["TOKEN", "HOST"] && mail.visible == ["HOST"] && !mail.isTested)
    #expect(mail.errors == "535" && mail.warnAfter == .seconds(30 * 86_400))
    let pay = try #require(credentials.first { $0.name == "pay" })
    #expect(pay.gate == "service.pay.state is ok within 1m" && pay.isTested)
    #expect(pay.errors == CredentialSettings.usualErrors && pay.warnAfter == .seconds(90 * 86_400))
    let none = Self.environments + "credentials: {soundhound: null}\n"
    #expect(try readConfiguration(none, checks: Opening.checks).settings.credentials.isEmpty)
  }

  @Test(
    arguments: [
      ("{}", "`variables` is missing"), ("{variables: KEY}", "a list of texts"),
      ("{variables: [SOUNDHOUND_API_KEY]}", "is of `soundhound` as well"),
      ("{variables: [KEY], visible: [KEI]}", "did you mean `KEY`"),
      ("{variables: [KEY], errors: '('}", "found no regular expression"),
      ("{variables: [KEY], gate: queue.depth <}", "expected"),
      ("{variables: [KEY], warn_after: soon}", "expected"),
    ])
  func whatIsWrongIsToldWhereItStands(_ credential: String, _ words: String) throws {
    let text = "version: 1\ncredentials:\n  mine: \(credential)\n"
    let problems = try problems(text, checks: Opening.checks)
    #expect(problems.contains { $0.hasPrefix("c.yaml:3:") && $0.contains(words) }, "\(problems)")
  }

  @Test func inAProjectFileTheyAreInertBeforeTrust() throws {
    let project = "credentials:\n  mine: {variables: [KEY], test: false}\n"
    let untrusted = try readConfiguration(Self.environments, project: project, checks: Opening.checks)
    #expect(untrusted.settings.credentials.map(\.name) == ["soundhound"])
    #expect(untrusted.warnings.contains { "\($0)".contains("`credentials` is inert until trusted") })
  }
}
