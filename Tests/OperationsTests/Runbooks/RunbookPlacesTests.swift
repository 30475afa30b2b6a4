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
    #expect(RunbookLibrary.files(in: ["/x/y.md"]) == ["/x/y.md"])
  }
}
