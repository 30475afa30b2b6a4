import DataSources
import Facts
import Foundation
import Testing

@testable import Operations

/// What is wrong with a procedure is told at its place before anything is done.
@Suite struct RunScriptTests {
  private func read(_ text: String) -> [Runbook] {
    RunbookReader(parsing: text, file: "ops.md", name: "ops").runbooks
  }

  private func problem(_ text: String) throws -> ConfigurationProblem? {
    let books = read(text)
    let first = try #require(books.first)
    do throws(ConfigurationProblem) {
      _ = try RunScript(first, in: books)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: [
    ("# A\n```{decide=\"a > 1 -> A\"}\n```\n", "the decisions lead in a circle: ops -> ops", 2),
    (
      "# A\n```{decide=\"a > 1 -> B\"}\n```\n# B\n```{decide=\"a > 1 -> A\"}\n```\n",
      "the decisions lead in a circle: ops -> ops/b -> ops", 5
    ),
    ("# A\n```{decide=\"a > 1 -> 1\"}\n```\n", "a decision leads on, not back from step 1 to 1", 2),
    ("# A\n```{decide=\"a > 1 -> 3\"}\n```\n```{manual}\n```\n", "there is no step 3: ops has 2", 2),
    ("# A\n```{decide=\"a > 1 -> nowhere\"}\n```\n", "there is no step and no runbook `nowhere`", 2),
    ("# A\n```{check=\"queue.{queue}.depth > 1\"}\n```\n", "`{queue}` is used here, and no step", 2),
    ("# A\n```{action=service.restart target={s}}\n```\n```{input=s}\n```\n", "`{s}` is used here", 2),
    ("# A\n```sh\nls\n```\n```{gate=\"a >\"}\n```\n", "expected", 5),
    ("# A\n```sh\nls\n```\n~~~sh\nls\n", "the fence that begins here is never closed", 5),
  ]) func whatIsWrongIsToldWithItsLine(text: String, message: String, line: Int) throws {
    let problem = try #require(try problem(text))
    #expect(problem.message.contains(message), "\(problem)")
    #expect(problem.location.line == line)
  }

  @Test func theOtherProceduresOfABrokenFileCanBeRun() throws {
    let books = read(
      """
      # Unknown kind
      ```{chekc=x}
      ```
      # Well
      ```{manual}
      ```
      # Circle
      ```{decide="a > 1 -> Circle"}
      ```
      # Missing input
      ```{check="queue.{queue}.depth > 1"}
      ```
      # Well, too
      ```{manual}
      ```
      # Open fence
      ```sh
      ls
      """
    )
    let well = books.filter { book in (try? RunScript(book, in: books)) != nil }
    #expect(books.count == 6 && well.map(\.title) == ["Well", "Well, too"])
  }

  @Test func decisionsLeadOnAndToOtherProcedures() throws {
    let books = read(
      """
      # A
      ```{decide="a > 1 -> 3; b > 1 -> B; c > 1 -> end; else -> 2"}
      ```
      ```{manual}
      ```
      ```{manual}
      ```
      # B
      ```{input=queue}
      ```
      ```{check="queue.{queue}.depth < 10"}
      ```
      """
    )
    let script = try RunScript(books[0], in: books)
    #expect(script.counts == [3, 2])
    #expect(script.targets(of: 0) == [2, 3, 5, 1])
    #expect(script.number(of: 4) == "ops/b 2")
    #expect(script.conditions.flatMap(\.names).contains("queue.x.depth"))
    #expect(try RunScript(books[0], in: books).digest == script.digest)
    let other = read("# A\n```{manual}\n```\n")
    #expect(try RunScript(other[0], in: other).digest != script.digest)
  }

  @Test func whatItsActsNameIsKnownBeforehandUnlessItIsAskedFor() throws {
    func subjects(_ text: String) throws -> [String]? {
      let books = read(text)
      return try RunScript(books[0], in: books).subjects
    }
    #expect(try subjects("# A\n```{action=service.restart target=db}\n```\n") == ["db"])
    #expect(try subjects("# A\n```{action=service.restart target=*}\n```\n") == nil)
    #expect(try subjects("# A\n```{input=s}\n```\n```{action=service.stop target={s}}\n```\n") == nil)
  }

  @Test func aDiamondIsNoCircle() throws {
    let books = read(
      """
      # A
      ```{decide="a > 1 -> B; else -> C"}
      ```
      # B
      ```{decide="a > 1 -> D"}
      ```
      # C
      ```{decide="a > 1 -> D"}
      ```
      # D
      ```{manual}
      ```
      """
    )
    #expect(try RunScript(books[0], in: books).counts == [1, 1, 1, 1])
  }

  @Test func aGateAloneIsAStep() throws {
    let step = try #require(read("# A\n```{gate=\"a > 1 within 5s\"}\n```\n").first?.steps.first)
    #expect(step.kind == .known(.gate("a > 1 within 5s")))
  }

  @Test func everyShippedRunbookCanBeRun() {
    let library = RunbookLibrary.shipped
    #expect(library.problems.map(\.description) == [])
    for (book, script) in library.scripts {
      if case .failure(let problem) = script { Issue.record("\(book.id): \(problem)") }
      for step in book.steps { #expect(step.kind != .copy, "\(book.id): \(step.text)") }
    }
    for name in RunbookLibrary.names { #expect(library.runbook(name)?.id == name) }
  }

  @Test func everyFileThatPeopleReadShips() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../runbooks")
    let files = try FileManager.default.contentsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".md") }
    #expect(files.sorted() == RunbookLibrary.names.map { "\($0).md" }.sorted())
  }

  @Test func aStepIsCountedWithinItsProcedure() throws {
    let books = read("# A\n```{decide=\"a > 1 -> B\"}\n```\n# B\n```{manual}\n```\n```{manual}\n```\n")
    let script = try RunScript(books[0], in: books)
    let begun = RunEvent.Kind.began(RunBeginning(of: script, by: "anna"))
    let events: [RunEvent.Kind] = [begun, .stepEnded(0, .shown, "", next: 1), .stepEnded(1, .byHand, "")]
    let run = RunbookRun(id: "r", events: events.map { RunEvent($0, at: WallTime(secondsSince1970: 0)) })
    #expect(run.headline(in: script) == "step ops/b 2 is next: 0 ✓ of 2 steps")
    #expect(run.headline == "step 2 of procedure 2 is next: 0 ✓ of 2 steps")
  }
}
