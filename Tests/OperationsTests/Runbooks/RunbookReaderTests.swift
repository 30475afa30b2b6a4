import DataSources
import Facts
import Testing

@testable import Operations

/// Plain runbooks work as they are, and marked ones say what they mean.
@Suite struct RunbookReaderTests {
  private func read(_ text: String) -> RunbookReader {
    RunbookReader(parsing: text, file: "ops.md", name: "ops")
  }

  @Test func aPlainRunbookBecomesSteps() throws {
    let reader = read(
      """
      # Operations

      ## Database trouble

      Only when the probe fails.

      1. Restart it

         ```bash
         # Restart the database
         docker-compose restart db
         ```

      2. Look at the queue

         ```
         frobnicate --all
         ```

      ## Nothing to do

      Just words.
      """
    )
    #expect(reader.problems.isEmpty)
    let book = try #require(reader.runbooks.first)
    #expect(reader.runbooks.count == 1)
    #expect(book.id == "ops/database-trouble")
    #expect(book.path == ["Operations"])
    #expect(book.about == ["Only when the probe fails."])
    // What is about the whole is said once.
    #expect(book.steps[0].note == ["Restart it"])
    #expect(book.steps.map(\.line) == [11, 17])
    #expect(book.steps[0].title == "Restart the database")
    #expect(book.steps[0].kind == .known(.act("service.restart", targets: ["db"])))
    #expect(book.steps[1].title == "Look at the queue")
    #expect(book.steps[1].kind == .copy)
  }

  @Test func marksSayWhatAStepIs() throws {
    let reader = read(
      """
      # Heal
      ```{check="probe.db.postgres is ok"}
      ```
      ```{action=service.restart target=db gate="probe.db.postgres is ok within 2m holding 3"}
      ```
      ```{decide="queue.depth > 10 -> 1; else -> other"}
      ```
      ```{escalate=P1}
      ```
      ```{manual}
      Call them.
      ```
      """
    )
    #expect(reader.problems.isEmpty)
    let steps = try #require(reader.runbooks.first).steps
    #expect(
      steps.map(\.kind) == [
        .known(.check("probe.db.postgres is ok")),
        .known(.act("service.restart", targets: ["db"])),
        .decide([
          .init(condition: "queue.depth > 10", target: "1"), .init(condition: "else", target: "other"),
        ]),
        .escalate("P1"), .manual,
      ]
    )
    #expect(steps[1].gate == "probe.db.postgres is ok within 2m holding 3")
  }

  @Test(arguments: [
    ("# A\n```{chekc=\"x\"}\n```", "there is no step kind `chekc`, did you mean `check`?", 2),
    ("# A\n```{check=\"a >\"}\n```", "expected", 2),
    ("# A\n```{check=\"a\n```", "never closed", 2),
    ("# A\n```{manual escalate=P1}\n```", "a step is one thing", 2),
    ("# A\n```{decide=\"a > 1\"}\n```", "has no `->`", 2),
    ("# A\n```{}\n```", "the braces are empty", 2),
    ("# A\n```{input}\n```", "`input` says nothing", 2),
    ("# A\n```{target=db}\n```", "a target needs an action", 2),
    ("# A\n```{action=service.restrat target=db}\n```", "no action `service.restrat`, did you mean", 2),
    (
      "# A\n```{cuont=3 action=queue.peek}\n```", "no argument of queue.peek `cuont`, did you mean `count`", 2
    ),
  ]) func whatIsWrongIsToldAtItsPlaceAndTheRestStands(text: String, message: String, line: Int) {
    let reader = read(text + "\n\n# B\n\nDo it:\n\n```sh\ndocker compose ps\n```\n")
    #expect(reader.problems.count == 1)
    #expect(reader.problems.first?.message.contains(message) == true)
    #expect(reader.problems.first?.location.line == line)
    #expect(reader.runbooks.contains { $0.title == "B" })
  }

  @Test func aFenceThatIsNeverClosedIsToldAndWhatIsAboveItStands() {
    let reader = read("# A\n\n```sh\ndocker compose ps\n```\n\n# C\n\n~~~~sh\nls\n~~~\n")
    #expect(reader.problems.map(\.message) == ["the fence that begins here is never closed"])
    #expect(reader.problems.first?.location.line == 9)
    #expect(reader.runbooks.first?.steps.first?.kind == .known(.view("services")))
  }

  @Test func aRestartAfterAVariableWasSetBringsTheOldValue() throws {
    let block =
      "docker compose restart web\nKEY=x\ndocker compose restart web\nkubectl rollout restart deploy/web"
    let steps = try #require(read("# Rotate\n```\n\(block)\n```\n").runbooks.first).steps
    #expect(
      steps.map { $0.harm?.string.hasPrefix("a restart keeps the old values") } == [nil, nil, true, nil]
    )
  }

  @Test func aStatementThatMayChangeSomethingIsOnlyShown() throws {
    let reader = read("# A\n```sql\nSELECT 1\n```\n\n```sql\nDELETE FROM t\n```\n")
    #expect(try #require(reader.runbooks.first).steps.map(\.kind) == [.known(.query("SELECT 1\n")), .copy])
  }

  @Test func placesAreThoseThatAnEditorShows() {
    // U+2028 and a form feed end no line of the file.
    let reader = read("# A\u{2028}b\u{0C}c\r\n\r\n```sh\r\nls\r\n")
    #expect(reader.problems.map(\.location.line) == [3])
  }

  @Test func anyTextIsRead() {
    for text in [
      "", "\u{FEFF}# x", "# " + String(repeating: "*a **b ", count: 40_000),
      "# " + String(repeating: "[", count: 40_000) + "x" + String(repeating: "](y)", count: 40_000),
      String(repeating: "> ", count: 500) + "```", "\u{0}\u{1b}[31m\n```\n\u{0}\n```",
    ] {
      _ = read(text)
    }
  }
}
