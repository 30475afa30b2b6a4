import DataSources
import Facts
import Foundation
import Operations
import Testing

/// Every action of the catalogue by its command in read-only, on real servers: none of them hears a write.
@Suite(.serialized) struct LiveReadOnlyTests {
  /// What an action is asked to act on; a kind that is added needs a line.
  private static let targets: [String: [String]] = [
    "service": ["celery-beat"], "queue": ["celery"], "run": ["--all"], "execution": ["--all"],
    "environment": [],
  ]
  /// What its arguments are called on the command line, where one is needed.
  private static let arguments = ["pid": "1", "task": "8a6e1c7e-0000-4000-8000-000000000000"]

  private func words(of action: ActionDescriptor) throws -> [String] {
    let command = action.command.split(separator: " ").map(String.init)
    let kind = try #require(action.targets.first).name
    let target = try #require(Self.targets[kind], "nobody says which \(kind) \(action.id) is tried on")
    let needed = action.arguments.filter(\.isRequired).map { Self.arguments[$0.name] ?? "1" }
    return command + (action.takesAll || !target.contains("--all") ? target : ["1"]) + needed
  }

  /// The requests other than GET and HEAD that the backend has heard, logins left out.
  private func writes(_ stack: LiveStack) -> Int {
    stack.log(of: "backend").split(separator: "\n").count { line in
      ["\"POST ", "\"PUT ", "\"DELETE ", "\"PATCH "].contains(where: line.contains)
        && !line.contains("/api/v1/auth/")
    }
  }

  @Test func noCommandOfTheCatalogueWritesAnything() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    // A colleague has acted: that is read in read-only, and nothing is told back.
    #expect(try await stack.switchboard("restart", "celery-beat", "--yes").code <= 1)
    let state = "/tmp/switchboard-readonly-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let names = ["backend", "celery-worker", "celery-beat", "postgres", "redis", "rabbitmq"]
    var pids: [Int] = []
    for name in names { pids.append(try await stack.pid(of: name)) }
    let (board, heard) = (try await stack.board(), writes(stack))
    #expect(board.contains("service.restart"))
    var refused: Set<String> = []
    for action in ActionCatalog.standard.all where action.danger != .always(.look) {
      let words = try words(of: action)
      let consent = ["--confirm=demo/\(words.last ?? "")", "--yes"]
      for consent in consent {
        let outcome = try await stack.switchboard(
          words + [consent, "--read-only"],
          environment: ["XDG_STATE_HOME": state]
        )
        #expect(outcome.code != 0 && outcome.code != 1, "\(words): \(outcome)")
        if outcome.errors.contains("read-only") { refused.insert(action.id.name) }
      }
    }
    // The others are refused before: this stack has no compose project, nothing in its queue, and no such query or run.
    #expect(refused.count > 10, "\(refused)")
    #expect(try await stack.board() == board)
    #expect(writes(stack) == heard)
    for (name, pid) in zip(names, pids) { #expect(try await stack.pid(of: name) == pid, "\(name)") }
    let told = try await stack.switchboard(
      "restart",
      "celery-beat",
      "--dry-run",
      "--read-only",
      environment: ["XDG_STATE_HOME": state]
    )
    #expect(told.output.contains(#/last +restart by .* ago: /#), "\(told)")
  }
}
