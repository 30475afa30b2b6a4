import DataSources
import Facts
import Foundation
import Testing

/// What the console does by a real compose CLI on a real engine, by the older one and by today's.
@Suite(.serialized) struct LiveComposeActTests {
  private func with(_ cli: ComposeBench.CLI, _ body: (ComposeBench) async throws -> Void) async throws {
    let bench = try await ComposeBench(cli)
    do {
      try await body(bench)
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }

  @Test(arguments: ComposeBench.CLI.allCases)
  func aChangedValueComesWithARecreationAndNotWithARestart(_ cli: ComposeBench.CLI) async throws {
    try await with(cli) { bench in
      let first = try #require(try bench.containers(of: "till").first)
      let others = try ["pool", "named"].map(bench.containers)
      #expect(first.key == "\(ComposeBench.secret)-first")
      let before = try await bench.switchboard("restart", "till", "--dry-run")
      #expect(!before.output.contains("keeps"), "\(before.output)")
      try bench.write(key: "second")

      let restart = try await bench.switchboard("restart", "till", "--yes")
      #expect(restart.code == 0, "\(restart.output)\(restart.errors)")
      #expect(restart.output.contains("keeps   the old TILL_KEY"), "\(restart.output)")
      #expect(restart.output.contains("advice  a restart keeps the old TILL_KEY; recreate it instead"))
      #expect(restart.output.contains("it keeps the old TILL_KEY; recreate it"), "\(restart.output)")
      let restarted = try #require(try bench.containers(of: "till").first)
      #expect(restarted.id == first.id && restarted.startedAt != first.startedAt)
      #expect(restarted.key == first.key)

      let writes = bench.engine.writes.count
      let dry = try await bench.switchboard("recreate", "till", "--dry-run")
      #expect(dry.code == 0, "\(dry.output)\(dry.errors)")
      #expect(dry.output.contains("change  TILL_KEY differs from the files"), "\(dry.output)")
      #expect(dry.output.contains("up -d --no-deps --force-recreate till"))
      #expect(bench.engine.writes.count == writes)

      let outcome = try await bench.switchboard("recreate", "till", "--yes")
      #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
      #expect(
        outcome.output.contains(#/✓ done: recreated in [\d.]+ s, with the files' values/#),
        "\(outcome.output)"
      )
      let second = try bench.containers(of: "till")
      #expect(second.count == 1 && second[0].id != first.id)
      #expect(second[0].key == "\(ComposeBench.secret)-second")
      #expect(try ["pool", "named"].map(bench.containers) == others)
      #expect(bench.auditLines == ["begin till", "end till done", "begin till", "end till done"])
      for told in [restart, dry, outcome] {
        #expect(!(told.output + told.errors).contains(ComposeBench.secret))
      }
    }
  }

  @Test(arguments: ComposeBench.CLI.allCases)
  func aServiceIsScaledAndCountedAndOneWithANameOfItsOwnIsNot(_ cli: ComposeBench.CLI) async throws {
    try await with(cli) { bench in
      let writes = bench.engine.writes.count
      let refused = try await bench.switchboard("scale", "named", "2", "--yes")
      #expect(refused.code == 6, "\(refused.output)\(refused.errors)")
      #expect(refused.errors.contains("named can't be scaled: its container_name \(bench.project)-named"))
      #expect(bench.engine.writes.count == writes)
      #expect(bench.auditLines.isEmpty)

      let first = try bench.containers(of: "pool")
      let grown = try await bench.switchboard("scale", "pool", "3", "--yes")
      #expect(grown.code == 0, "\(grown.output)\(grown.errors)")
      #expect(grown.output.contains("✓ done: before: 1 container; now: 3 containers"), "\(grown.output)")
      let three = try bench.containers(of: "pool")
      #expect(three.count == 3 && Set(three).isSuperset(of: first))
      // What it has now is what a recreation makes anew: none is taken away.
      let anew = try await bench.switchboard("recreate", "pool", "--yes")
      // Nothing checks it, so that it is done and unproven.
      #expect(anew.code == 1, "\(anew.output)\(anew.errors)")
      let after = try bench.containers(of: "pool")
      #expect(after.count == 3 && Set(after.map(\.id)).isDisjoint(with: three.map(\.id)))
      let shrunk = try await bench.switchboard("scale", "pool", "1", "--yes")
      #expect(shrunk.output.contains("✓ done: before: 3 containers; now: 1 container"), "\(shrunk.output)")
      #expect(try bench.containers(of: "pool").count == 1)
    }
  }

  @Test(arguments: ComposeBench.CLI.allCases)
  func everythingIsTakenDownByItsNameAloneAndBroughtUpAgain(_ cli: ComposeBench.CLI) async throws {
    let other = try await ComposeBench(.v2)
    let others = try other.containers(of: "till")
    try await with(cli) { bench in
      let vague = try await bench.switchboard("compose", "down", "--yes")
      #expect(vague.code == 6, "\(vague.output)\(vague.errors)")
      #expect(vague.output.contains("undo    compose up"), "\(vague.output)")
      #expect(try bench.containers(of: "till").count == 1)
      let down = try await bench.switchboard("compose", "down", "--confirm", "local/\(bench.project)")
      #expect(down.code == 0, "\(down.output)\(down.errors)")
      #expect(down.output.contains("✓ done: nothing is left after"), "\(down.output)")
      for service in ["till", "pool", "named"] { #expect(try bench.containers(of: service).isEmpty) }
      #expect(try other.containers(of: "till") == others)
      let up = try await bench.switchboard("compose", "up", "--yes")
      #expect(up.code == 0, "\(up.output)\(up.errors)")
      #expect(up.output.contains("makes   named, pool, till"), "\(up.output)")
      #expect(up.output.contains("✓ done: all 3 services are up after"), "\(up.output)")
      for service in ["till", "pool", "named"] { #expect(try bench.containers(of: service).count == 1) }
      #expect(try await bench.switchboard("audit", "verify").code == 0)
    }
    try await other.remove()
  }

  @Test(arguments: ComposeBench.CLI.allCases)
  func whatTheCLISaysIsShownAsItCame(_ cli: ComposeBench.CLI) async throws {
    try await with(cli) { bench in
      // What it makes can't be started.
      let broken = "  broken: {image: \"\(TestEngine.image)\", network_mode: none, entrypoint: [/nowhere]}\n"
      try bench.write(more: broken)
      let failed = try await bench.switchboard("compose", "up", "--yes")
      #expect(failed.code == 5, "\(failed.output)\(failed.errors)")
      #expect(failed.output.contains("✗ failed: docker-compose ended with status"), "\(failed.output)")
      #expect(failed.output.contains("/nowhere"), "\(failed.output)")
      // What it rejects runs nothing at all.
      try bench.write(more: "  odd: {image: x, colour: blue}\n")
      let writes = bench.engine.writes.count
      let rejected = try await bench.switchboard("recreate", "till", "--yes")
      #expect(rejected.code == 6, "\(rejected.output)\(rejected.errors)")
      #expect(rejected.errors.contains("docker-compose rejects it"), "\(rejected.errors)")
      #expect(rejected.errors.contains("colour"), "\(rejected.errors)")
      #expect(bench.engine.writes.count == writes)
      try bench.write(more: broken)
      try await bench.compose("rm", "-f", "-s", "broken")
      try bench.write()
    }
  }

  @Test func aColleaguesUpInTheMiddleOfAStepIsToldAndNotFought() async throws {
    try await with(.v2) { bench in
      let first = try bench.containers(of: "pool").map(\.id)
      // Nothing checks it, so that its proof takes as long as it must stay: ten seconds.
      async let outcome = bench.switchboard(
        "recreate",
        "pool",
        "--yes",
        environment: ["SWITCHBOARD_CONFIG": ""]
      )
      var second = first
      for _ in 0..<200 where second == first || second.isEmpty {
        try await Task.sleep(for: .milliseconds(50))
        second = try bench.containers(of: "pool").map(\.id)
      }
      try await Task.sleep(for: .seconds(2))
      try await bench.compose("up", "-d", "--force-recreate", "pool")
      let third = try bench.containers(of: "pool").map(\.id)
      let told = try await outcome
      #expect(told.code == 1, "\(told.output)\(told.errors)")
      #expect(told.output.contains("made once more meanwhile, by somebody else"), "\(told.output)")
      #expect(try bench.containers(of: "pool").map(\.id) == third)
    }
  }

  @Test func readOnlyRunsNoCLI() async throws {
    try await with(.v2) { bench in
      let writes = bench.engine.writes.count
      for words in [
        ["recreate", "till", "--yes"], ["scale", "pool", "2", "--yes"], ["compose", "up", "--yes"],
        ["compose", "down", "--confirm", "local/\(bench.project)"],
      ] {
        let outcome = try await bench.switchboard(words + ["--read-only"])
        #expect(outcome.code == 6, "\(words): \(outcome.output)\(outcome.errors)")
      }
      #expect(bench.engine.writes.count == writes)
    }
  }
}
