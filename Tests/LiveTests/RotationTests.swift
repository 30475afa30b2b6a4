import DataSources
import Foundation
import Glibc
import ScreenSupport
import Testing

/// Credentials rotated on a real engine by a real compose CLI, killed at any point, and taken back.
@Suite(.serialized) struct LiveRotationTests {
  private static let canary = "N3wCanary$1#'"

  private func with(_ cli: ComposeBench.CLI, _ body: (ComposeBench) async throws -> Void) async throws {
    let bench = try await ComposeBench(cli)
    do {
      try await bench.addBorrower()
      try await body(bench)
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }

  @Test(arguments: ComposeBench.CLI.allCases)
  func aRotationReachesEveryServiceThatGetsTheValueAndNothingElse(_ cli: ComposeBench.CLI) async throws {
    try await with(cli) { bench in
      let pool = try bench.containers(of: "pool")
      let file = try bench.give(Self.canary + "\n", mode: 0o644)
      let writes = bench.engine.writes.count
      let before = bench.environmentFile
      let dry = try await bench.switchboard("rotate", "till", "--from-file", file, "--dry-run")
      #expect(dry.code == 0, "\(dry.output)\(dry.errors)")
      #expect(dry.errors.contains("others can read \(file): chmod 600 it"), "\(dry.errors)")
      #expect(dry.output.contains("/.env: TILL_KEY=‹TILL_KEY›"), "\(dry.output)")
      #expect(
        dry.output.contains("--force-recreate till") && dry.output.contains("--force-recreate borrower")
      )
      #expect(bench.environmentFile == before && bench.engine.writes.count == writes)
      #expect(bench.kept["rotation.json"] == nil)

      let watch = ProcessWatch(for: Self.canary)
      let done = try await bench.switchboard("rotate", "TILL_KEY", "--from-file", file, "--yes")
      #expect(watch.end() == [], "the value stood in an argument or environment")
      #expect(done.code == 0, "\(done.output)\(done.errors)")
      #expect(done.output.contains("✓ done: TILL_KEY of"), "\(done.output)")
      #expect(done.output.contains("now revoke the old key at the provider"), "\(done.output)")
      #expect(try bench.started() == [Self.canary, Self.canary])
      #expect(try bench.containers(of: "pool") == pool)
      #expect(bench.kept["rotation.old"] == nil && bench.kept["rotation.json"] == nil)
      #expect(FileManager.default.contents(atPath: "\(bench.directory)/.env.switchboard-new") == nil)
      for text in [dry.output, dry.errors, done.output, done.errors] + Array(bench.kept.values) {
        #expect(!text.contains(Self.canary) && !text.contains(ComposeBench.secret))
      }
      let age = try await bench.switchboard("check", "credentials.till.age")
      #expect(age.code == 0, "\(age.output)\(age.errors)")

      let same = try await bench.switchboard("rotate", "TILL_KEY", "--from-file", file, "--yes")
      #expect(same.code == 6 && same.errors.contains("is the old one"), "\(same.output)\(same.errors)")
      let vague = try await bench.switchboard("rotate", "--revoked", "--yes")
      #expect(vague.code == 6, "\(vague.output)\(vague.errors)")
      let noted = try await bench.switchboard("rotate", "--revoked", "--confirm", "local/till")
      #expect(noted.code == 0, "\(noted.output)\(noted.errors)")
      #expect(bench.auditLines.suffix(2) == ["begin till", "end till done"])
      #expect(try await bench.switchboard("audit", "verify").code == 0)
    }
  }

  @Test func aRestartIsNoRotationAndAKilledOneGoesOn() async throws {
    try await with(.v2) { bench in
      let file = try bench.give(Self.canary)
      let before = bench.environmentFile
      let console = try RunningConsole(bench, ["rotate", "till", "--from-file", file, "--yes"])
      while bench.environmentFile == before, console.isRunning { try await Task.sleep(for: .milliseconds(1)) }
      try await console.kill()
      try #require(bench.environmentFile != before, "it was killed too early")
      let left = try bench.started()
      try #require(left[0] != Self.canary, "it was killed too late")
      let refused = try await bench.switchboard("rotate", "till", "--from-file", file, "--yes")
      #expect(refused.code == 6 && refused.errors.contains("is not over"), "\(refused.errors)")
      let restart = try await bench.switchboard("restart", "till", "--yes")
      #expect(restart.output.contains("keeps   the old TILL_KEY"), "\(restart.output)\(restart.errors)")
      #expect(try bench.started()[0] != Self.canary)
      let status = try await bench.switchboard("check", "credentials.till.age")
      #expect(status.code == 1 && status.output.contains("rotation is open"), "\(status.output)")
      let resumed = try await bench.switchboard("rotate", "--resume", "--yes")
      #expect(resumed.code == 0, "\(resumed.output)\(resumed.errors)")
      #expect(try bench.started() == [Self.canary, Self.canary])
      #expect(bench.kept["rotation.old"] == nil)
    }
  }

  @Test func aFailedProofIsRolledBackToTheByte() async throws {
    try await with(.v2) { bench in
      try bench.configure("gate: service.till.state is crit within 2s")
      let (before, values) = (bench.environmentFile, try bench.started())
      let file = try bench.give(Self.canary)
      let failed = try await bench.switchboard("rotate", "till", "--from-file", file, "--yes")
      #expect(failed.code == 5, "\(failed.output)\(failed.errors)")
      #expect(failed.output.contains("switchboard rotate --rollback"), "\(failed.output)")
      #expect(try bench.started() == [Self.canary, Self.canary])
      let early = try await bench.switchboard("rotate", "--revoked", "--confirm", "local/till")
      #expect(early.code == 6 && early.errors.contains("the old key is still needed"), "\(early.errors)")
      let back = try await bench.switchboard("rotate", "--rollback", "--yes")
      #expect(back.code == 0, "\(back.output)\(back.errors)")
      #expect(bench.environmentFile == before)
      #expect(try bench.started() == values)
      #expect(bench.kept["rotation.old"] == nil && bench.kept["rotation.json"] == nil)
    }
  }

  @Test func asJSONItIsOneObjectThatHoldsNoSecret() async throws {
    try await with(.v2) { bench in
      let file = try bench.give(Self.canary)
      let dry = try await bench.switchboard("rotate", "till", "--from-file", file, "--dry-run", "--json")
      #expect(dry.code == 0 && dry.json["dry_run"]?.flag == true, "\(dry)")
      #expect(dry.json["title"]?.text == "ROTATE till", "\(dry)")
      let labels = dry.json["rows"]?.list?.compactMap { $0["label"]?.text } ?? []
      #expect(labels.contains("write") && labels.contains("tried"), "\(labels)")
      let unasked = try await bench.switchboard("rotate", "till", "--from-file", file, "--json")
      #expect(unasked.code == 6 && unasked.json["verdict"]?.text == "refused", "\(unasked)")
      try bench.configure("gate: service.till.state is crit within 2s")
      // What is refused before there is a plan prints its object, too, and nothing is asked for.
      for words in [["till"], ["till", "--from-file", "nowhere"]] {
        let refused = try await bench.switchboard(["rotate"] + words + ["--json"])
        #expect(refused.code == 6 && refused.json["verdict"]?.text == "refused", "\(refused)")
      }
      let failed = try await bench.switchboard("rotate", "till", "--from-file", file, "--yes", "--json")
      #expect(failed.code == 5 && failed.json["verdict"]?.text == "failed", "\(failed)")
      #expect(failed.json["next"]?.text == "credentials.rollback", "\(failed)")
      #expect(Self.parts(failed) == ["values ok", "call failed"], "\(failed)")
      try bench.configure()
      let done = try await bench.switchboard("rotate", "--resume", "--yes", "--json")
      #expect(done.code == 0 && done.output.count { $0 == "\n" } == 1, "\(done)")
      #expect(Self.parts(done) == ["values ok", "call ok", "logs ok"], "\(done)")
      #expect(done.json["caution"]?.text?.contains("revoke the old key") == true, "\(done)")
      for text in [dry, failed, done].map({ $0.output + $0.errors }) {
        #expect(!text.contains(Self.canary) && !text.contains(ComposeBench.secret))
      }
    }
  }

  private static func parts(_ outcome: LiveStack.Outcome) -> [String] {
    (outcome.json["proof"]?["parts"]?.list ?? []).map {
      "\($0["name"]?.text ?? "") \($0["state"]?.text ?? "")"
    }
  }

  /// What is made of another variable is rotated by that one, and read back as compose reads it.
  @Test func aValueThatIsMadeOfAnotherIsRotatedByThatOne() async throws {
    try await with(.v2) { bench in
      let text = "SOURCE=\(ComposeBench.secret)-s\nTILL_KEY=${SOURCE}\n"
      try text.write(toFile: "\(bench.directory)/.env", atomically: true, encoding: .utf8)
      try bench.configure(variables: "TILL_KEY, SOURCE")
      try await bench.compose("up", "-d")
      let file = try bench.give("N3wCanary-77")
      let refused = try await bench.switchboard("rotate", "TILL_KEY", "--from-file", file, "--yes")
      #expect(refused.code == 6, "\(refused)")
      #expect(refused.errors.contains("gets its value from SOURCE: rotate SOURCE in its place"), "\(refused)")
      #expect(bench.environmentFile == text)
      let done = try await bench.switchboard("rotate", "SOURCE", "--from-file", file, "--yes")
      #expect(done.code == 0, "\(done)")
      #expect(bench.environmentFile == "SOURCE=N3wCanary-77\nTILL_KEY=${SOURCE}\n")
      #expect(try bench.started() == ["N3wCanary-77", "N3wCanary-77"])
    }
  }

  @Test func aTypedValueIsNeverShown() async throws {
    try await with(.v2) { bench in
      let console = try PseudoTerminal(
        [LiveStack.binary, "rotate", "TILL_KEY"],
        environment: bench.variables,
        directory: bench.directory,
        width: 160
      )
      defer { console.end() }
      #expect(console.wait(for: "new TILL_KEY:"))
      console.type(Self.canary + "\r")
      #expect(console.wait(for: "Run it? Type yes:"))
      console.type("yes\r")
      #expect(console.wait(for: "✓ done: TILL_KEY"), "\(console.screen.text)")
      #expect(console.wait(for: "[ended 0]"))
      let output = String(decoding: console.takeOutput(), as: UTF8.self)
      #expect(output.contains("ROTATE till"))
      #expect(!output.contains(Self.canary))
      #expect(try bench.started() == [Self.canary, Self.canary])
    }
  }
}
