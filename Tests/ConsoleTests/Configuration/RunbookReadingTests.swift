import DataSources
import Testing

@testable import Console

/// `runbooks:` of a configuration: paths seen from its file, and none of an untrusted project.
@Suite struct RunbookReadingTests {
  private func read(
    _ text: String,
    file: String,
    project: String? = nil,
    isTrusted: Bool = false
  ) throws
    -> Configuration
  {
    var layers = [ConfigurationLayer(.user, try YAMLReader.read(text, file: file))]
    if let project {
      let node = try YAMLReader.read(project, file: "/srv/shop/.switchboard.yaml")
      layers.append(ConfigurationLayer(.project, node, isTrusted: isTrusted))
    }
    return try Configuration.read(layers, checks: .none)
  }

  @Test func pathsAreSeenFromTheFileThatTellsThem() throws {
    let text = "version: 1\nrunbooks: [ops, ../mend.md, /srv/books, ~/mine]\n"
    let told = try read(text, file: "/home/anna/.config/switchboard/config.yaml").settings.runbooks
    #expect(
      told == [
        "/home/anna/.config/switchboard/ops", "/home/anna/.config/mend.md", "/srv/books", "~/mine",
      ]
    )
  }

  @Test func whatIsNoListOfPathsIsToldWhereItStands() throws {
    #expect(try problems("version: 1\nrunbooks: ops\n").contains { $0.hasPrefix("c.yaml:2:11: ") })
    #expect(try problems("version: 1\nrunbooks: [{a: b}]\n").contains { $0.hasPrefix("c.yaml:2:12: ") })
  }

  @Test func inAProjectFileTheyAreInertBeforeTrust() throws {
    let own = "version: 1\nenvironments: {dev: {runtime: {kind: none}}}\n"
    let project = "runbooks: [ops]\n"
    let untrusted = try read(own, file: "c.yaml", project: project)
    #expect(untrusted.settings.runbooks.isEmpty)
    #expect(untrusted.warnings.contains { "\($0)".contains("`runbooks` is inert until trusted") })
    let trusted = try read(own, file: "c.yaml", project: project, isTrusted: true)
    #expect(trusted.settings.runbooks == ["/srv/shop/ops"])
  }
}
