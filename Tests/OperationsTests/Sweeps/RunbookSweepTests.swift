import DataSources
import TestSupport
import Testing

@testable import Operations

/// Runbooks as nobody would write them.
@Suite struct RunbookSweepTests {
  private static let good = """
    # Heal

    > Only when it fails. *Really* `now`.

    1. Restart it:

       ```sh
       # The database
       docker compose restart db | grep -i "a\\|b"
       ```

    ```{action=service.restart target=db gate="probe.db.postgres is ok within 2m"}
    ```

    ```sql
    SELECT 1
    ```
    ~~~{decide="queue.depth > 10 -> 1; else -> other"}
    ~~~
    """

  /// A step stands at its place: a line of the file, in order, and of a plain one what it says is in that file.
  @Test func everyTextIsReadAndItsStepsStandInIt() {
    let mutation = Mutation(
      of: [Array(Self.good.utf8)],
      pieces: [
        "```", "~~~", "{", "}", "\"", "'", "|", "\\", "\n", "# ", "> ", "- ", "    ", "=", "->", "\u{0}",
      ]
    )
    let failures = Sweep(seed: 1, cases: 400).failures(of: mutation) { bytes in
      let text = String(decoding: bytes, as: UTF8.self)
      let reader = RunbookReader(parsing: text, file: "f.md", name: "f")
      let lines = reader.runbooks.map { $0.steps.map(\.line) }
      let count = bytes.count { $0 == 0x0A || $0 == 0x0D } + 2
      if lines.contains(where: { $0.isEmpty || $0 != $0.sorted() || $0.contains { $0 < 1 || $0 > count } }) {
        return "steps at no place: \(lines)"
      }
      let ids = reader.runbooks.map(\.id)
      return Set(ids).count == ids.count ? nil : "two runbooks of one id: \(ids)"
    }
    #expect(failures == [])
  }
}
