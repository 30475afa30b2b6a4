import DataSources
import Foundation
import Glibc
import ScreenSupport
import Testing

/// Secrets while a program has the operator's terminal: nobody finds them but the program that logs in by them.
@Suite(.serialized) struct LiveToolSecretTests {
  private static let canary = "T00lCanary-77"

  /// Where the secret stands now: `argument of psql`, `environment of redis-cli`.
  private func found(_ secret: String = canary, among programs: Set<String>? = nil) -> [String] {
    var places: [String] = []
    for pid in LocalFile.names(in: "/proc") where Int(pid) != nil {
      let name = PseudoTerminal.contents("/proc/\(pid)/comm").trimmingCharacters(in: .whitespacesAndNewlines)
      guard programs?.contains(name) != false else { continue }
      for (file, word) in [("cmdline", "argument"), ("environ", "environment")]
      where PseudoTerminal.contents("/proc/\(pid)/\(file)").contains(secret) {
        places.append("\(word) of \(name)")
      }
    }
    return places.sorted()
  }

  private func secretFile(in directory: String) throws -> String {
    let path = "\(directory)/secret"
    try Self.canary.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    return path
  }

  /// What makes the console log in to the stack's database and Redis by the secret of a file.
  private func environment(_ stack: LiveStack, _ directory: String) async throws -> [String: String] {
    let file = try secretFile(in: directory)
    let redis = try #require(stack.variables["STACK_REDIS_URL"])
    let postgres = try #require(stack.variables["STACK_PG_URL"]).replacing("postgres@", with: "switchboard@")
    // By its input: an argument would be found below.
    let rules = "ACL SETUSER teller on >\(Self.canary) ~* &* +@all\n"
    try rules.write(toFile: "\(directory)/acl", atomically: true, encoding: .utf8)
    let told = try await LiveStack.run([
      "/bin/sh", "-c", "/usr/bin/redis-cli -u \(redis) <\(directory)/acl; rm \(directory)/acl",
    ])
    try #require(told.output.contains("OK"), "\(told)")
    var text = try String(contentsOfFile: stack.variables["SWITCHBOARD_CONFIG"] ?? "", encoding: .utf8)
    for (url, own) in [(redis, redis.replacing("redis://", with: "redis://teller@")), (postgres, postgres)] {
      try #require(text.contains("url: \(url)}"))
      text = text.replacing("url: \(url)}", with: "url: \(own), password: {file: \(file)}}")
    }
    try text.write(toFile: "\(directory)/config.yaml", atomically: true, encoding: .utf8)
    return ["SWITCHBOARD_CONFIG": "\(directory)/config.yaml", "XDG_STATE_HOME": "\(directory)/state"]
  }

  @Test func whoIsInATheirToolSeesItAloneAndNothingIsKept() async throws {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    let directory = TestProcess.directory()
    let environment = try await environment(stack, directory)
    // That of another server is a variable of the console's own, and of no program that it opens.
    let others = try #require(stack.variables["OPS_PASSWORD"])
    // A password file in memory: the program reads it, and its environment names it alone.
    try await open("psql", "voiceai_testing=", stack, environment) { console in
      console.type("select 'in-' || 40 + 2;\r")
      console.see("in-42")
      #expect(found() == [])
      #expect(found(others, among: ["psql"]) == [])
      console.type("\\q\r")
    }
    // There is no other way to tell redis-cli: its own environment, which its user alone can read.
    // Address and user stand in the preview, too: its own prompt and answer end in what that doesn't.
    let port = try #require(URL(string: stack.variables["STACK_REDIS_URL"] ?? "")?.port)
    try await open("redis-cli", "127.0.0.1:\(port)>", stack, environment) { console in
      console.type("acl whoami\r")
      console.see("\"teller\"")
      #expect(found() == ["environment of redis-cli"])
      #expect(found(others, among: ["redis-cli"]) == [])
      #expect(!isReadableByOthers("redis-cli"))
      console.type("quit\r")
    }
    #expect(found() == [], "nothing of it is left")
    let names = FileManager.default.enumerator(atPath: directory)?.compactMap { $0 as? String } ?? []
    #expect(names.contains { $0.hasSuffix("audit.jsonl") })
    for name in names where name != "secret" {
      let text = (try? String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)) ?? ""
      #expect(!text.contains(Self.canary), "\(name)")
    }
    #expect(try await !stack.board().contains(Self.canary))
  }

  /// Opens a tool by its command, and looks at what the terminal was sent.
  private func open(
    _ tool: String,
    _ prompt: String,
    _ stack: LiveStack,
    _ environment: [String: String],
    _ body: (PseudoTerminal) throws -> Void
  ) async throws {
    let console = try stack.console([tool, "--yes"], environment: environment, width: 160)
    defer { console.end() }
    console.see(prompt)
    try body(console)
    #expect(
      console.exitStatus() == 1,
      "it is done, and nothing proves what was typed: \(console.screen.text)"
    )
    #expect(!String(decoding: console.takeOutput(), as: UTF8.self).contains(Self.canary))
  }

  /// Whether somebody else than its user may read the environment of a program.
  private func isReadableByOthers(_ program: String) -> Bool {
    for pid in LocalFile.names(in: "/proc") where Int(pid) != nil {
      guard PseudoTerminal.contents("/proc/\(pid)/comm") == "\(program)\n" else { continue }
      let attributes = try? FileManager.default.attributesOfItem(atPath: "/proc/\(pid)/environ")
      if attributes?[.posixPermissions] as? Int != 0o400 { return true }
    }
    return false
  }

  /// A shell of a container has that one's variables; whatever leads there has none of them.
  @Test func aShellOfAContainerIsReachedWithoutItsSecrets() async throws {
    let bench = try await ComposeBench(.v2)
    do {
      var variables = bench.variables
      variables["PATH"] = "\(variables["PATH"] ?? ""):/usr/bin"
      let console = try PseudoTerminal(
        [LiveStack.binary, "shell", "till", "--yes"],
        environment: variables,
        directory: bench.directory,
        width: 160
      )
      defer { console.end() }
      console.see("/ #")
      console.type("echo in-$((40+2))\r")
      console.see("in-42")
      #expect(found(ComposeBench.secret, among: ["docker", "switchboard", "docker-compose", "sudo"]) == [])
      console.type("exit\r")
      #expect(console.exitStatus() == 1, "\(console.screen.text)")
      #expect(!String(decoding: console.takeOutput(), as: UTF8.self).contains(ComposeBench.secret))
      #expect(bench.auditLines == ["begin till", "end till done, unproven"])
    } catch {
      try await bench.remove()
      throw error
    }
    try await bench.remove()
  }
}
