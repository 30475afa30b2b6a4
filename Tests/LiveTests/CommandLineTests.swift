import DataSources
import Foundation
import Glibc
import ScreenSupport
import Testing

/// The built program where its output has nowhere to go, or too much to say.
@Suite(.serialized) final class CommandLineTests {
  private let directory = "/tmp/switchboard-cli-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"

  init() throws {
    EventLoop.runOnOwnThread()
    try FileManager.default.createDirectory(atPath: "\(directory)/home", withIntermediateDirectories: true)
    try "environments: {dev: {label: DEV}}\n".write(
      toFile: "\(directory)/config.yaml",
      atomically: true,
      encoding: .utf8
    )
  }

  deinit { try? FileManager.default.removeItem(atPath: directory) }

  /// Runs a line of shell in which `switchboard` is the built program, without a stack.
  private func shell(_ line: String) async throws -> LiveStack.Outcome {
    let environment = [
      "HOME": "\(directory)/home", "XDG_STATE_HOME": "\(directory)/state", "XDG_CONFIG_HOME": "",
      "SWITCHBOARD_CONFIG": "\(directory)/config.yaml",
    ]
    let script = "switchboard() { \(LiveStack.binary) \"$@\"; }; cd \(directory); \(line)"
    return try await LiveStack.run(["/bin/bash", "-c", script], environment)
  }

  @Test(arguments: [
    ("# A\n```sh\ndocker compose restart web\n```\n", 0, "▸ service.restart web", ""),
    ("# A\n```sh\ndocker compose down -v\n```\n", 1, "throws the data away", ""),
    ("# A\n```sh\nrm -rf /\n```\n", 1, "○ not recognised: shown to be copied, never run", ""),
    ("# A\n\nJust words.\n", 3, "0 recognised", "book.md has no step"),
    ("# A\n```{chekc=x}\n```\n", 65, "", "book.md:2:1: there is no step kind `chekc`, did you mean `check`?"),
    ("# A\n```sh\nls \u{1B}]52;c;aGk=\u{07}\n```\n", 1, "ls ␛]52;c;aGk=␇", ""),
  ])
  func runbookLintSaysWhatItMakesOfEachCommand(
    text: String,
    code: Int,
    told: String,
    problem: String
  ) async throws {
    try text.write(toFile: "\(directory)/book.md", atomically: true, encoding: .utf8)
    let outcome = try await shell("switchboard runbook lint book.md")
    #expect(outcome.code == code, "\(outcome)")
    #expect(told.isEmpty || outcome.output.contains(told), "\(outcome)")
    #expect(problem.isEmpty ? outcome.errors.isEmpty : outcome.errors.contains(problem), "\(outcome)")
    let unwritten = try await shell("switchboard runbook lint book.md >/dev/full")
    #expect(unwritten.code == (code == 65 ? 65 : 74), "\(unwritten)")
    #expect(try await shell("switchboard runbook lint nowhere.md").code == 65)
  }

  @Test(arguments: [
    "status", "status --json", "keys", "--help", "config --help", "--version", "config check", "config print",
  ])
  func outputThatCannotBeWrittenIsAFailure(command: String) async throws {
    for (target, why) in [(">/dev/full", "No space left on device"), (">&-", "Bad file descriptor")] {
      let outcome = try await shell("switchboard \(command) \(target)")
      #expect(outcome.code == 74, "\(command) \(target): \(outcome)")
      #expect(outcome.errors.contains("the standard output can't be written: \(why)"))
    }
  }

  @Test func allThreeDescriptorsMayBeClosed() async throws {
    let outcome = try await shell("switchboard status <&- >&- 2>&-; echo $?")
    #expect(outcome.output == "74\n")
  }

  @Test func aReaderThatHasSeenEnoughEndsTheWatch() async throws {
    let outcome = try await shell("switchboard status --watch 1s | head -1; echo ${PIPESTATUS[0]}")
    #expect(outcome.output.hasSuffix("\n3\n"), "\(outcome.output)")
    #expect(outcome.output.contains(#/^\d{4}-\d\d-\d\dT[\d:.]+Z?/#), "\(outcome.output)")
  }

  @Test func aWatchWithoutATimeBetweenIsRefused() async throws {
    for time in ["0s", "99ms"] {
      let outcome = try await shell("switchboard status --watch \(time)")
      #expect(outcome.code == 64)
      #expect(outcome.errors.contains("--watch takes a time from 100ms on"))
    }
  }

  @Test func aHostileProjectFileSteersNoTerminal() async throws {
    let label = #"label: "\e]0;owned\a\e]52;c;aGk=\a\u202e\u009b2J""#
    try "environments: {dev: {\(label)}}\n".write(
      toFile: "\(directory)/.switchboard.yaml",
      atomically: true,
      encoding: .utf8
    )
    for command in [
      "status", "status --json", "config print --origins", "config check", "check x", "restart x --dry-run",
    ] {
      let outcome = try await shell("switchboard \(command)")
      for text in [outcome.output, outcome.errors] {
        let harmful = text.unicodeScalars.filter {
          $0 != "\n" && ($0.value < 0x20 || (0x7F...0x9F).contains($0.value) || $0.value == 0x202E)
        }
        #expect(harmful.isEmpty, "\(command): \(text.debugDescription)")
      }
    }
    let told = try await shell(
      "switchboard $'a\\e]0;x\\a'; switchboard -c $'/\\e]0;x\\a' status; switchboard check $'\\e]0;x\\a'"
    )
    #expect(!told.errors.contains("\u{1B}") && !told.errors.contains("\u{07}"))
    #expect(told.errors.contains("␛]0;x␇"))
  }

  @Test func anEngineThatCanNotBeReadHidesNoDeclaredService() async throws {
    let names = (1...8).map { "part-\($0)" }
    let compose = "services:\n" + names.map { "  \($0): {image: busybox}\n" }.joined()
    try compose.write(toFile: "\(directory)/docker-compose.yml", atomically: true, encoding: .utf8)
    let line = "unset SWITCHBOARD_CONFIG; DOCKER_HOST=unix://\(directory)/none.sock switchboard status"
    let plain = try await shell(line)
    #expect(plain.code == 3, "\(plain)")
    let rows = plain.output.split(separator: "\n")
    for name in names {
      #expect(
        rows.contains { $0.contains("  \(name) ") && $0.contains("runtime refused") },
        "\(plain.output)"
      )
    }
    #expect(rows.first?.contains("ERROR 8 of 8 services") == true, "\(plain.output)")
    let json = try await shell(line + " --json")
    #expect(json.json["services"]?.list?.count == 8)
    #expect(json.json["exit"]?.number == 3)
  }

  @Test(arguments: ["status", "config print", "config check", "config init"])
  func everyCommandAsksTheComposeProgramAndSaysSo(command: String) async throws {
    let bin = try composePrograms()
    let path = "export PATH=\(bin):$PATH DOCKER_HOST=unix://\(directory)/none.sock"
    let outcome = try await shell("\(path); unset SWITCHBOARD_CONFIG; switchboard \(command); cat asked >&2")
    let told = outcome.output + outcome.errors
    #expect(told.contains("not configured: project own as docker-compose reads it"), "\(outcome)")
    #expect(outcome.errors.hasSuffix("\nasked\n"), "\(outcome)")
    #expect(!told.contains("written:"), "\(outcome)")
  }

  /// A compose file, and programs that tell of another service than it does; where they are.
  private func composePrograms() throws -> String {
    let bin = "\(directory)/bin"
    try FileManager.default.createDirectory(atPath: bin, withIntermediateDirectories: true)
    for (name, text) in [
      ("docker-compose.yml", "services: {written: {image: busybox}}\n"),
      ("bin/docker", "#!/bin/sh\necho 'docker: unknown command: docker compose' >&2\nexit 1\n"),
      (
        "bin/docker-compose",
        "#!/bin/sh\necho asked >>\(directory)/asked\n"
          + #"echo '{"name": "own", "services": {"resolved": {"image": "busybox"}}}'"# + "\n"
      ),
    ] {
      let path = "\(directory)/\(name)"
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
    return bin
  }

  /// A parent that blocked or ignored signals is no reason to be deaf: to the end of a child, or to being ended.
  @Test func whatTheParentBlockedOrIgnoredIsHeardAllTheSame() async throws {
    let path = "\(try composePrograms()):/usr/bin:/bin"
    let variables = [
      "HOME": "\(directory)/home", "XDG_STATE_HOME": "\(directory)/state", "XDG_CONFIG_HOME": "",
      "SWITCHBOARD_CONFIG": "", "PATH": path, "DOCKER_HOST": "unix://\(directory)/none.sock",
    ]
    let printed = "\(directory)/printed"
    let printing = try RunningConsole(
      ["config", "print"],
      variables,
      in: directory,
      output: printed,
      isDeaf: true
    )
    #expect(try await printing.wait() == 0)
    let told = try String(contentsOfFile: printed, encoding: .utf8)
    #expect(told.contains("resolved") && !told.contains("written:"), "\(told)")
    for signal in [SIGTERM, SIGINT, SIGQUIT] {
      let watching = "\(directory)/watching-\(signal)"
      let console = try RunningConsole(
        ["status", "--watch", "1s"],
        variables,
        in: directory,
        output: watching,
        isDeaf: true
      )
      while PseudoTerminal.contents(watching).isEmpty, console.isRunning {
        try await Task.sleep(for: .milliseconds(10))
      }
      console.signal(signal)
      let status = try await console.wait()
      #expect(status & 0x7F == signal, "\(signal): \(status)")
    }
  }

  @Test func initWritesWhereItIsToldAndNowhereElse() async throws {
    let outcome = try await shell("SWITCHBOARD_CONFIG=\(directory)/told.yaml switchboard config init")
    #expect(outcome.code == 0, "\(outcome)")
    #expect(FileManager.default.fileExists(atPath: "\(directory)/told.yaml"))
    #expect(FileManager.default.subpaths(atPath: "\(directory)/home") == [])
  }

  @Test func aTrustedProjectFileTakesEffectUntilItChanges() async throws {
    let path = "\(directory)/.switchboard.yaml"
    try "environments: {prod: {label: PROD}}\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try await shell("switchboard config check").errors.contains(
        "is inert until trusted: `switchboard trust`"
      )
    )
    let trust = try await shell("switchboard trust && switchboard trust")
    #expect(trust.code == 0 && trust.output.contains("trusted already"), "\(trust)")
    let trusted = try await shell("switchboard config check")
    #expect(trusted.output.contains("2 environments") && trusted.errors.isEmpty, "\(trusted)")
    try "environments: {prod: {label: PROD2}}\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try await shell("switchboard config check").errors.contains("is inert until trusted"))
    try FileManager.default.removeItem(atPath: path)
    #expect(try await shell("switchboard trust").code == 64)
  }
}

/// The built program on the stack: names, logins and what was asked.
@Suite(.serialized) struct LiveCommandLineTests {
  private func healthy() async throws -> LiveStack {
    let stack = try await LiveStack.shared.value
    try await stack.heal()
    return stack
  }

  @Test func oneLoginServesEveryCallThatNeedsOne() async throws {
    let stack = try await healthy()
    let state = "/tmp/switchboard-logins-\(getpid())"
    defer { try? FileManager.default.removeItem(atPath: state) }
    let logins = { stack.log(of: "backend").components(separatedBy: "/auth/login ").count }
    let before = logins()
    for words in [
      ["check", "queue.celery.depth"], ["check", "redis"], ["runs", "failed"], ["validations", "low"],
      ["restart", "redis", "--dry-run"],
    ] {
      let line = try await LiveStack.run(
        [LiveStack.binary] + words,
        stack.variables.merging(["XDG_STATE_HOME": state]) { $1 }
      )
      #expect(line.code <= 2, "\(words): \(line)")
    }
    #expect(logins() == before, "nothing was printed that a login is needed for")
    for _ in 0..<3 {
      let status = try await stack.switchboard("check", "backend", environment: ["XDG_STATE_HOME": state])
      #expect(status.code == 0, "\(status)")
    }
    #expect(logins() == before + 1)
    let token = "\(state)/switchboard/demo/login.token"
    let mode = try FileManager.default.attributesOfItem(atPath: token)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func misspeltNamesAreToldAtOnce() async throws {
    let stack = try await healthy()
    for (words, meant) in [
      (["wait", "queue.celry.depth < 5"], "queue.celery.depth"), (["wait", "bakend"], "backend"),
      (["check", "service.backend.sate"], "service.backend.state"), (["check", "postgrse"], "postgres"),
      (["restart", "redsi", "--dry-run"], "redis"),
      (["wait", "nothing.of_this.kind > 1"], "no fact is called"),
    ] {
      let outcome = try await LiveStack.run([LiveStack.binary] + words, stack.variables)
      #expect(outcome.code == 64, "\(words): \(outcome)")
      #expect(outcome.errors.contains(meant), "\(words): \(outcome)")
    }
  }

  @Test func aQueueThatIsOnlyToComeIsWaitedFor() async throws {
    let outcome = try await healthy().switchboard("wait", "queue.nosuch.depth > 5", "--within", "3s")
    #expect(outcome.code == 5)
    #expect(outcome.output.contains("not once a value to go by"))
  }

  @Test func aWaitThatHeldTooSeldomSaysHowOften() async throws {
    let outcome = try await healthy().switchboard(
      "wait",
      "queue.depth >= 0",
      "--holding",
      "50",
      "--within",
      "5s"
    )
    #expect(outcome.code == 5)
    #expect(outcome.output.contains(#/unknown after 5s: held [1-5] of 50/#), "\(outcome.output)")
  }
}
