import DataSources
import Facts
import Testing

@testable import Operations

/// What a runbook says that it is for, and which one is found by it.
@Suite struct FrontMatterTests {
  private func reader(_ text: String) -> RunbookReader {
    RunbookReader(parsing: text, file: "ops.md", name: "ops")
  }

  private let two = "# A\n```\nls\n```\n# Low scores\n```\nls\n```\n"

  @Test func aRunbookSaysWhatItIsFor() {
    let reader = reader("---\nfor: service web, queue *, validation -> low-scores\n---\n" + two)
    #expect(reader.problems == [])
    #expect(
      reader.runbooks[0].subjects == [
        RunbookSubject(kind: .service, name: "web"), RunbookSubject(kind: .queue, name: nil),
      ]
    )
    #expect(reader.runbooks[1].subjects == [RunbookSubject(kind: .validation, name: nil)])
  }

  @Test func linesKeepTheirNumbers() {
    #expect(reader("---\nfor: run\n---\n" + two).runbooks.map(\.line) == [4, 8])
  }

  @Test(arguments: [
    ("---\nfor: thing x\n---\n", 2), ("---\nfor: service a b\n---\n", 2), ("---\ntitle: x\n---\n", 2),
    ("---\nfor: run -> nowhere\n---\n", 1), ("---\nfor: run\n", 1),
  ])
  func whatIsWrittenWronglyIsToldWhereItStands(head: String, line: Int) {
    let reader = reader(head + two)
    #expect(reader.problems.map(\.location.line).contains(line), "\(reader.problems)")
    #expect(reader.runbooks.allSatisfy { $0.subjects.isEmpty })
  }

  @Test func theOneThatNamesTheThingGoesBeforeOneForAnyOfItsKind() {
    let books = RunbookLibrary.shipped.runbooks
    func id(_ kind: TargetKind, _ name: String) -> String? {
      RunbookLibrary.fitting(kind, name, in: books)?.id
    }
    #expect(id(.service, "backend") == "backend-not-responding")
    #expect(id(.service, "postgres") == "database-connection-issues")
    #expect(id(.service, "frontend") == "restart-services")
    #expect(id(.queue, "celery") == "high-queue-depth")
    #expect(id(.queue, "default") == "orphan-queue")
    #expect(id(.validation, "x") == "failed-runs/validation-failures")
    #expect(id(.alert, "mine") == nil)
    #expect(RunbookLibrary.shipped.problems == [])
  }
}
