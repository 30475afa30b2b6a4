import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// Where runbooks are looked for beside those that ship.
@Suite struct RunbookPlacesTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  @Test func whatIsToldIsReadFirstAndHasToBeThere() throws {
    try directory.write("a/one.md", "# One\n```{manual}\n```\n")
    try directory.write("two.md", "# Two\n```{manual}\n```\n")
    try directory.write("b/one.md", "# Another one\n```{manual}\n```\n")
    let library = RunbookLibrary(
      RunbookPlaces(
        told: [
          directory.path("a"), directory.path("two.md"), directory.path("gone"), directory.path("gone.md"),
        ],
        usual: [directory.path("b"), directory.path("none")]
      )
    )
    #expect(library.runbooks.prefix(3).map(\.title) == ["One", "Two", "Another one"])
    #expect(library.runbook("one")?.title == "One")
    #expect(library.problems.map(\.location.file) == [directory.path("gone.md"), directory.path("gone")])
    #expect(RunbookLibrary.listing(of: RunbookPlaces(told: ["/x/y.md"])).files == ["/x/y.md"])
  }

  @Test func aDirectoryThatCanNotBeReadIsToldWhetherItWasNamedOrNot() throws {
    try directory.write("told", "no directory")
    try directory.write("usual", "no directory")
    let places = RunbookPlaces(told: [directory.path("told")], usual: [directory.path("usual")])
    let problems = RunbookLibrary(places).problems
    #expect(problems.map(\.location.file) == [directory.path("told"), directory.path("usual")])
    #expect(
      problems.allSatisfy { "\($0)".contains("the directory of runbooks can't be read: Not a directory") }
    )
    #expect(RunbooksSnapshot(RunbookLibrary(places)).problems.count == 2)
  }

  @Test func actionsOfTheConfigurationAreSteps() throws {
    var warm = OwnActionSettings(name: "warm")
    (warm.run, warm.inputs) = (["/bin/true", "{scenario}"], ["scenario"])
    var drain = OwnActionSettings(name: "drain")
    (drain.run, drain.scope) = (["/bin/true", "{target}"], .queue)
    func problems(_ marks: String, _ catalog: ActionCatalog) -> [String] {
      RunbookReader(parsing: "# A\n```{\(marks)}\n```\n", file: "a.md", name: "a", catalog: catalog)
        .problems.map(\.description)
    }
    let catalog = ActionCatalog.standard.with([warm, drain])
    #expect(problems("action=own.warm scenario=a", catalog).isEmpty)
    #expect(problems("action=own.drain target=celery", catalog).isEmpty)
    #expect(problems("action=own.warm", catalog).first?.contains("`own.warm` needs `scenario=…`") == true)
    #expect(problems("action=own.drain", catalog).first?.contains("needs `target=…`, a queue") == true)
    #expect(
      problems("action=own.worm scenario=a", catalog).first?.contains("did you mean `own.warm`") == true
    )
    // One of a project's file is none before it is trusted.
    let inert = problems("action=own.warm scenario=a", .standard).first
    #expect(inert?.contains("a project's once it is trusted") == true, "\(inert ?? "")")
  }
}
