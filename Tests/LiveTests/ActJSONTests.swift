import DataSources
import Foundation
import Testing

/// `--json` of acts on real servers: one object that says what came of it, and which records tell of it.
@Suite(.serialized) struct ActJSONTests {
  private func stack() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  private func expectRecorded(_ act: JSONValue?, _ action: String, _ stack: LiveStack) {
    let ids = act?["audit"]?.list?.compactMap(\.text) ?? []
    #expect(!ids.isEmpty)
    for id in ids {
      let lines = stack.auditLines.filter { $0["act"]?.text == id }
      #expect(lines.count == 2 && lines.allSatisfy { $0["action"]?.text == action }, "\(id): \(lines)")
    }
  }

  @Test func aRestartTellsEachPartOfItsProof() async throws {
    let stack = try await stack()
    let dry = try await stack.switchboard("restart", "backend", "--dry-run", "--json")
    #expect(dry.code == 0 && dry.json["dry_run"]?.flag == true, "\(dry)")
    #expect(dry.json["targets"]?.list?.first?.text == "backend", "\(dry)")
    let refused = try await stack.switchboard("restart", "backend", "--json")
    #expect(refused.code == 6 && refused.json["verdict"]?.text == "refused", "\(refused)")
    let run = try await stack.switchboard("restart", "backend", "--yes", "--json")
    #expect(run.code == 0 && run.json["verdict"]?.text == "done", "\(run)")
    let parts = run.json["proof"]?["parts"]?.list ?? []
    #expect(!parts.isEmpty && parts.allSatisfy { $0["state"]?.text == "ok" }, "\(run)")
    #expect(run.json["duration_s"]?.number ?? 0 > 0)
    expectRecorded(run.json, "service.restart", stack)
  }

  @Test func whatOnlyLooksOrNotesIsOneObjectToo() async throws {
    let stack = try await stack()
    let lines = try await stack.switchboard("logs", "celery-worker", "5", "--json")
    #expect(lines.code == 0 && lines.json["output"]?.list?.isEmpty == false, "\(lines)")
    let note = try await stack.switchboard("note", "told", "as", "JSON", "--json")
    #expect(note.code == 0 && note.json["sentence"]?.text == "told as JSON", "\(note)")
    #expect(note.json["audit"]?.list?.count == 1 && note.json["notes"]?.list?.isEmpty == true, "\(note)")
  }

  /// An action of the configuration is a step as the console's own are, by the command line as by the screen.
  @Test func anActionOfOnesOwnIsAStepOfARunbook() async throws {
    let stack = try await stack()
    let config = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    let (path, book) = ("\(stack.directory)/own-step.yaml", "\(stack.directory)/own-step.md")
    let own = "actions: {greet: {run: [/bin/echo, 'hello {name}'], inputs: [name], class: 1}}\n"
    try (config + own).write(toFile: path, atomically: true, encoding: .utf8)
    let text = "# Greet\n\nSay it.\n\n```{action=own.greet name=anna}\n```\n"
    try text.write(toFile: book, atomically: true, encoding: .utf8)
    let environment = ["SWITCHBOARD_CONFIG": path]
    let lint = try await stack.switchboard("runbook", "lint", book, environment: environment)
    #expect(lint.code == 0 && lint.output.contains("1 recognised"), "\(lint)")
    let dry = try await stack.switchboard(
      ["runbook", "run", book, "--dry-run", "--json"],
      environment: environment
    )
    #expect(dry.json["steps"]?.list?.first?["act"]?["exact"]?.text == "/bin/echo 'hello anna'", "\(dry)")
    let run = try await stack.switchboard(
      ["runbook", "run", book, "--yes", "--json"],
      environment: environment
    )
    let act = run.json["steps"]?.list?.first?["act"]
    #expect(run.code == 1 && act?["verdict"]?.text == "unproven", "\(run)")
    #expect(act?["output"]?.list?.map(\.text) == ["hello anna"], "\(run)")
    expectRecorded(act, "own.greet", stack)
    // Without the configuration there is no such action: nothing is begun.
    let unknown = try await stack.switchboard("runbook", "run", book, "--yes")
    #expect(unknown.code == 65 && unknown.errors.contains("once it is trusted"), "\(unknown)")
  }
}
