import DataSources
import Foundation
import TestSupport
import Testing

/// A shipped runbook against what it is for, and how it must end, however often and whatever else goes on.
struct RunbookCase: Sendable, CustomTestStringConvertible {
  /// What is broken; nil: nothing.
  var fault: String?
  /// What shows the fault, before which it is none.
  var shows: String?
  /// The words behind `runbook run`.
  var words: [String]
  /// The exit code.
  var code = 0
  /// The word of the run's verdict; nil: it stops before its end.
  var verdict: String?
  /// What it begins to do, in order; nil: whatever the state of things asks for.
  var begins: [String]?
  /// What is told on the way: the cause, the message with its values.
  var says: [String] = []
  /// A service that is well afterwards.
  var heals: String?
  /// What the shipped text is changed to first, where its times are none for a test.
  var shortens: (String, String)?
  /// The words behind `runbook resume`, where it stopped, and what is told then.
  var goesOn: (words: [String], says: [String])?
  /// What takes back what no healing of the stack does.
  var afterwards: [String]?
  /// A line of the configuration that is another one here.
  var configuration: (String, String)?

  var testDescription: String { ([fault ?? "nothing broken"] + words).joined(separator: " ") }

  private static func healing(_ fault: String, _ runbook: String, _ service: String) -> RunbookCase {
    RunbookCase(
      fault: fault,
      shows: "service.\(service).state is crit",
      words: [runbook, "--yes"],
      verdict: "passed",
      says: ["✓ passed"],
      heals: service
    )
  }

  /// The faults that their runbooks heal.
  static let healing: [RunbookCase] = [
    healing("worker-down", "worker-down", "celery-worker"),
    healing("worker-frozen", "worker-down", "celery-worker"),
    healing("worker-down", "high-queue-depth", "celery-worker"),
    healing("rabbit-down", "high-queue-depth", "rabbitmq"),
    healing("backend-down", "backend-not-responding", "backend"),
    healing("backend-hung", "backend-not-responding", "backend"),
    healing("backend-down", "failed-runs", "backend"),
    healing("db-down", "database-connection-issues", "postgres"),
    healing("db-frozen", "backend-not-responding", "postgres"),
    healing("db-down", "failed-runs", "postgres"),
    healing("redis-down", "redis-down", "redis"),
    healing("redis-frozen", "backend-not-responding", "redis"),
    healing("redis-down", "timeout-failures", "redis"),
    healing("db-down", "database-errors", "postgres"),
    healing("rabbit-down", "rabbitmq-down", "rabbitmq"),
    healing("rabbit-down", "worker-down", "rabbitmq"),
    RunbookCase(
      fault: "orphan-queue",
      shows: "queue.default.ready >= 1",
      words: ["orphan-queue", "queue=default", "--yes", "--confirm", "demo/default"],
      // That the copy is whole is told by the broker alone: nothing else proves it.
      code: 1,
      verdict: "done, unproven",
      begins: ["queue.export default", "queue.purge default"],
      says: ["✓ passed: queue.default.ready == 0"]
    ),
    RunbookCase(
      words: ["restart-services", "service=backend", "--yes"],
      verdict: "passed",
      begins: ["service.restart backend"],
      says: ["✓ passed: service.backend.state is ok"]
    ),
  ]

  /// What is only looked into: the cause is named, and the message has its values.
  static let investigating: [RunbookCase] = [
    RunbookCase(
      fault: "slow-provider",
      shows: "provider.latency > 5s",
      words: ["high-queue-depth", "--yes", "--done=sent"],
      verdict: "passed",
      begins: [],
      says: [
        "on to step high-queue-depth/slow-provider 1", "✓ passed: provider.latency > 5s",
        "The provider's p95 of 15 minutes is ",
      ]
    ),
    RunbookCase(
      fault: "slow-provider",
      shows: "provider.latency > 5s",
      words: ["failed-runs", "--yes", "--done=sent"],
      verdict: "passed",
      begins: [],
      says: ["on to step failed-runs/timeout-failures 1", "The provider's p95 of 15 minutes is "]
    ),
    RunbookCase(
      fault: "queue-backlog",
      shows: "queue.depth > 1000",
      words: ["high-queue-depth", "--yes"],
      code: 5,
      begins: ["workers.active celery", "workers.grow celery"],
      says: ["✗ failed: queue.depth < 500"],
      shortens: ("within 15m", "within 5s"),
      goesOn: (
        ["--skip=it does not drain", "--done=sent"],
        ["– skipped: it does not drain", "The queue holds ", "doesn't drain with 1 consumers"]
      ),
      afterwards: ["workers", "shrink", "celery", "1", "--yes"]
    ),
    RunbookCase(
      fault: "quick-test-fails",
      words: ["failed-runs", "--yes"],
      code: 5,
      begins: ["quicktest.start demo"],
      says: ["✗ failed: "],
      goesOn: (
        ["--skip=it still fails", "--done=sent"], ["runs need attention", "backend healthy, worker healthy"]
      )
    ),
    RunbookCase(
      words: ["failed-runs", "--yes", "--done=sent"],
      verdict: "passed",
      begins: ["quicktest.start demo"],
      says: [" runs need attention", "backend healthy, worker healthy"]
    ),
    RunbookCase(
      words: ["timeout-failures", "--yes", "--done=sent"],
      verdict: "by hand",
      begins: [],
      says: ["Runs time out. The provider's p95 is ", "postgres healthy, redis healthy"]
    ),
    RunbookCase(
      words: ["validation-failures", "--yes", "--done=sent"],
      verdict: "by hand",
      begins: [],
      says: [" validations of the last day are of low confidence"],
      configuration: ("low_share: 1", "low_share: 0.2")
    ),
    RunbookCase(
      words: ["validation-failures", "--yes"],
      verdict: "shown",
      begins: [],
      says: ["validations.low_24h is ok"]
    ),
    RunbookCase(
      words: ["database-errors", "--yes", "--done=sent"],
      verdict: "passed",
      begins: [],
      says: ["✓ passed: probe.postgres.postgres is ok", "The database answers, with "]
    ),
    RunbookCase(
      words: ["escalate", "--done=sent"],
      verdict: "by hand",
      begins: [],
      says: [
        "P1: Platform Team Lead", "backend healthy, postgres healthy, redis healthy", " runs need attention",
      ]
    ),
  ]
}

extension RunbookCase {
  /// Goes through it once.
  /// - Returns: How it ended, to be compared with other times.
  func run(on stack: LiveStack) async throws -> String {
    try await stack.heal()
    if let fault { try await stack.fault(fault) }
    let environment = try configured(stack)
    if let shows {
      // A broker's counts of a queue that has just come go up and down for some seconds.
      let words = ["wait", shows, "--within", "30s", "--holding", "3"]
      let wait = try await stack.switchboard(words, environment: environment)
      #expect(wait.code == 0, "\(wait)")
    }
    let before = stack.auditLines.count
    let run = try await stack.switchboard(["runbook", "run"] + meant(stack), environment: environment)
    var told = run.output
    #expect(run.code == code, "\(run)")
    for text in says {
      #expect(run.output.contains(text), "\(text) in \(run)")
      // Where a value follows it is one: how slow the provider is depends on what else was measured.
      guard text.hasSuffix(" is ") else { continue }
      let value = run.output.ranges(of: text).last.map { run.output[$0.upperBound...] } ?? ""
      #expect(value.first?.isNumber == true, "\(text) in \(run)")
    }
    let last = run.output.split(separator: "\n").last ?? ""
    if let verdict { #expect(last.contains("  \(verdict): "), "\(run)") }
    if let goesOn {
      let on = try await stack.switchboard(["runbook", "resume"] + goesOn.words, environment: environment)
      for text in goesOn.says { #expect(on.output.contains(text), "\(text) in \(on)") }
      told += on.output
    }
    expectEarned(told)
    let acts = stack.auditLines.dropFirst(before).filter { $0["event"]?.text == "begin" }.map {
      "\($0["action"]?.text ?? "") \($0["target"]?.text ?? "")"
    }
    if let begins { #expect(acts == begins, "\(run)") }
    if let heals {
      #expect(acts.first == "service.restart \(heals)", "\(run)")
      let check = try await stack.switchboard("check", heals)
      #expect(check.code == 0, "\(check)")
    }
    if let afterwards { _ = try await stack.switchboard(afterwards) }
    return
      "exit \(run.code), \(verdict == nil ? "stopped" : last.split(separator: "  ").last?.prefix { $0 != ":" } ?? "")"
  }

  /// A ✓ is told with what held: a gate's tests, or the proof of the act.
  private func expectEarned(_ output: String) {
    for line in output.split(separator: "\n") where line.contains("✓ passed") {
      let isProven =
        ["held ", "recovered in ", " is ok", " > ", " < ", " == "].contains { line.contains($0) }
        || line.contains("passed in ") || line.contains("processes before: ") || line.contains("purged: ")
      #expect(isProven, "\(line)")
      #expect(!line.contains("unknown") && !line.contains("no new sample"), "\(line)")
    }
  }

  private func meant(_ stack: LiveStack) throws -> [String] {
    guard let shortens else { return words }
    let shipped = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../runbooks/\(words[0]).md")
    let text = try String(contentsOf: shipped, encoding: .utf8)
    try #require(text.contains(shortens.0))
    let file = "\(stack.directory)/\(words[0]).md"
    try text.replacing(shortens.0, with: shortens.1).write(toFile: file, atomically: true, encoding: .utf8)
    return [file, words[0]] + words.dropFirst()
  }

  private func configured(_ stack: LiveStack) throws -> [String: String] {
    guard let configuration else { return [:] }
    let text = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    try #require(text.contains(configuration.0))
    let file = "\(stack.directory)/other.yaml"
    try text.replacing(configuration.0, with: configuration.1)
      .write(toFile: file, atomically: true, encoding: .utf8)
    return ["SWITCHBOARD_CONFIG": file]
  }
}

/// Processes that keep every processor busy, ended with this.
final class ProcessorLoad {
  private var children: [Process] = []

  /// As many as there are processors.
  init() throws {
    for _ in 0..<ProcessInfo.processInfo.activeProcessorCount {
      let child = Process()
      child.executableURL = URL(filePath: "/bin/sh")
      child.arguments = ["-c", "while :; do :; done"]
      try child.run()
      children.append(child)
    }
  }

  /// A thread of the tests holds signals back, which its children inherit: SIGTERM among them.
  deinit { for child in children { kill(child.processIdentifier, SIGKILL) } }
}
