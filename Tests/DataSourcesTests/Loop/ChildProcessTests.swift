import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

@Suite(.serialized) struct ChildProcessTests {
  init() { EventLoop.runOnOwnThread() }

  private func shell(
    _ script: String,
    environment: [String: String?] = [:],
    deadline: Duration = .seconds(20),
    cap: Int = 1 << 20
  ) -> ChildCommand {
    ChildCommand(["/bin/sh", "-c", script], environment: environment, deadline: deadline, cap: cap)
  }

  private func failure(of command: ChildCommand) async -> SourceFailure? {
    await DataSourcesTests.failure { () throws(SourceFailure) in _ = try await ChildProcess.run(command) }
  }

  @Test func outputErrorsAndStatusAreTold() async throws {
    let result = try await ChildProcess.run(shell("echo out; echo err >&2; exit 3"))
    #expect(result.ending == .status(3))
    #expect(!result.isSuccess)
    #expect(result.stdout == Array("out\n".utf8))
    #expect(result.stderr == Array("err\n".utf8))
    #expect(!result.isCut)
    #expect(result.duration > .zero && result.duration < .seconds(10))
  }

  @Test func aSignalIsTold() async throws {
    #expect(try await ChildProcess.run(shell("kill -9 $$")).ending == .signal(9))
  }

  @Test func argumentsGoThroughNoShell() async throws {
    let result = try await ChildProcess.run(ChildCommand(["printf", "%s|", "a b", "$HOME", "", "*;'\""]))
    #expect(String(decoding: result.stdout, as: UTF8.self) == "a b|$HOME||*;'\"|")
  }

  @Test func inputIsEmptyAndTheGroupItsOwn() async throws {
    let result = try await ChildProcess.run(shell("cat; ps -o pgid= -p $$ | tr -d ' '; echo $$"))
    let lines = String(decoding: result.stdout, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 2 && lines[0] == lines[1])
  }

  @Test func environmentAndDirectoryAreSet() async throws {
    var command = shell(
      "echo \"$ADDED|${HOME-none}|$PWD\"",
      environment: ["ADDED": "a=b", "HOME": String?.none]
    )
    command.directory = "/usr"
    let result = try await ChildProcess.run(command)
    #expect(String(decoding: result.stdout, as: UTF8.self) == "a=b|none|/usr\n")
  }

  @Test func signalsAreNotBlockedInIt() async throws {
    let result = try await ChildProcess.run(shell("grep SigBlk /proc/self/status"))
    #expect(String(decoding: result.stdout, as: UTF8.self) == "SigBlk:\t0000000000000000\n")
  }

  @Test func moreThanTheCapIsCutAndTheProgramStillEnds() async throws {
    let result = try await ChildProcess.run(shell("head -c 3000000 /dev/zero; echo end >&2", cap: 1_000))
    #expect(result.ending == .status(0))
    #expect(result.stdout.count == 1_000)
    #expect(result.stderr == Array("end\n".utf8))
    #expect(result.isCut)
  }

  @Test func theDeadlineKillsTheWholeGroup() async throws {
    let directory = TestProcess.directory()
    let script = "sleep 1000 & echo $! > \(directory)/pid; echo working >&2; wait"
    let failure = await failure(of: shell(script, deadline: .milliseconds(1_500)))
    #expect(failure?.code == .timedOut)
    #expect(failure?.address == "/bin/sh")
    #expect(failure?.detail == "killed after 1.5 seconds: working")
    let pid = try pid_t(#require(Int32(Self.firstLine(of: "\(directory)/pid"))))
    await eventually("the grandchild is gone") { kill(pid, 0) != 0 || Self.isZombie(pid) }
  }

  @Test func whoIgnoresTermIsKilled() async throws {
    let started = ContinuousClock.now
    let failure = await failure(
      of: shell("trap '' TERM; while :; do sleep 0.1; done", deadline: .milliseconds(200))
    )
    #expect(failure?.code == .timedOut)
    #expect(ContinuousClock.now - started >= .milliseconds(2_200))
  }

  @Test func whoCannotBeKilledIsGivenUpAndReapedLater() async throws {
    let signals = Locked<[Int32]>([])
    let command = shell("echo working >&2; exec sleep 1000", deadline: .milliseconds(1_500))
    let failure = await DataSourcesTests.failure { () throws(SourceFailure) in
      // No signal reaches it, as if it waited for a dead mount.
      _ = try await ChildProcess.run(command) { _, signal in signals.withLock { $0.append(signal) } }
    }
    #expect(failure?.code == .timedOut)
    let words = try #require(failure?.detail.split(separator: " ").map(String.init))
    #expect(words.prefix(6).joined(separator: " ") == "killed after 1.5 seconds, but process")
    let pid = try #require(pid_t(words[6]))
    #expect(words.dropFirst(7).joined(separator: " ") == "doesn't end: working")
    #expect(signals.withLock { $0 } == [SIGTERM, SIGKILL])
    #expect(kill(pid, SIGKILL) == 0)
    await eventually("it is reaped once it ends") { kill(pid, 0) != 0 }
  }

  @Test func theLoopTicksWhileAChildHangs() async {
    let pulse = await LoopPulse()
    _ = await failure(of: shell("sleep 1000", deadline: .milliseconds(500)))
    #expect(await pulse.stop() < .milliseconds(200))
  }

  @Test func cancellationKills() async throws {
    let directory = TestProcess.directory()
    let command = shell("echo $$ > \(directory)/pid; exec sleep 1000")
    let task = Task { await failure(of: command) }
    await eventually("it runs") { Int32(Self.firstLine(of: "\(directory)/pid")) != nil }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
    let pid = try #require(Int32(Self.firstLine(of: "\(directory)/pid")))
    #expect(kill(pid, 0) != 0)
  }

  @Test func whatCannotBeStartedIsToldInWords() async {
    let missing = await failure(of: ChildCommand(["no-such-program-at-all"]))
    #expect(missing?.code == .misconfigured)
    #expect(missing?.detail == "no such program: no-such-program-at-all, ENOENT 2")
    let none = await failure(of: ChildCommand([]))
    #expect(none?.code == .misconfigured)
    let directory = await failure(of: ChildCommand(["true"], directory: "/nonexistent"))
    #expect(directory?.code == .misconfigured)
    #expect(directory?.detail.contains("(or no directory /nonexistent)") == true)
    let file = await failure(of: ChildCommand(["/etc/passwd"]))
    #expect(file?.code == .forbidden)
  }

  @Test func aDaemonLeftBehindIsNotWaitedFor() async throws {
    let result = try await ChildProcess.run(shell("sleep 1000 & echo $!"))
    #expect(result.isCut)
    let daemon = try #require(pid_t(String(decoding: result.stdout.dropLast(), as: UTF8.self)))
    #expect(kill(daemon, SIGKILL) == 0)
  }

  @Test func neitherZombiesNorDescriptorsStay() async throws {
    _ = try await ChildProcess.run(shell("true"))
    let before = Self.descriptors()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for number in 0..<40 {
        let command = number % 4 == 0 ? ChildCommand(["no-such-program"]) : shell("echo x; exit \(number)")
        group.addTask { _ = try? await ChildProcess.run(command) }
      }
      try await group.waitForAll()
    }
    // Other suites open and close descriptors meanwhile; 40 leaks of two would show.
    await eventually("the descriptors are given back") { Self.descriptors() <= before + 20 }
    await eventually("no zombie is left") {
      !TestProcess.children(of: getpid()).contains(where: Self.isZombie)
    }
  }

  /// All at once, each past its deadline: those that ignore TERM, flood both pipes for ever, and fork what ignores TERM.
  @Test func whoIgnoresTermFloodsOrForksLeavesNothingAndHangsNobody() async throws {
    let directory = TestProcess.directory()
    _ = try await ChildProcess.run(shell("true"))
    let (before, pulse, started) = (Self.descriptors(), await LoopPulse(), ContinuousClock.now)
    let stubborn = "trap '' TERM; while :; do sleep 0.1; done"
    let scripts = [
      stubborn, "trap '' TERM; yes & yes >&2 & wait",
      "for number in 1 2 3 4; do ( \(stubborn) ) & echo $! >>\(directory)/pids; done; wait",
      "trap '' TERM; ( yes & echo $! >>\(directory)/pids; wait ) & wait",
    ]
    let ends = await withTaskGroup(of: SourceFailure.Code?.self) { group in
      for script in scripts + scripts {
        let command = shell(script, deadline: .milliseconds(800), cap: 10_000)
        group.addTask { await failure(of: command)?.code }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(ends == Array(repeating: .timedOut, count: 8))
    // TERM after the deadline, KILL 2 s later, then a moment for the last words.
    #expect(ContinuousClock.now - started < .seconds(20))
    #expect(await pulse.stop() < .seconds(1))
    let text = String(decoding: Self.content(of: "\(directory)/pids"), as: UTF8.self)
    let forked = text.split(separator: "\n").compactMap { pid_t($0) }
    #expect(forked.count == 10)
    await eventually("what was forked is gone") {
      forked.allSatisfy { kill($0, 0) != 0 || Self.isZombie($0) }
    }
    await eventually("the descriptors are given back") { Self.descriptors() <= before + 8 }
    await eventually("no zombie is left") {
      !TestProcess.children(of: getpid()).contains(where: Self.isZombie)
    }
  }

  /// Who has the terminal may take as long as it likes: its end is heard whatever it does there, and nothing is left.
  @Test func whoHasTheTerminalLeavesNothingAndHangsNobody() async throws {
    let directory = TestProcess.directory()
    let terminal = open("\(directory)/terminal", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    defer { close(terminal) }
    _ = try await ChildProcess.run(shell("true"))
    let (before, pulse) = (Self.descriptors(), await LoopPulse())
    let scripts: [(String, ChildResult.Ending)] = [
      ("trap '' TERM HUP INT; head -c 3000000 /dev/zero; exit 3", .status(3)), ("kill -9 $$", .signal(9)),
      ("sleep 1000 & echo $! >\(directory)/left; exit 0", .status(0)),
    ]
    for (script, ending) in scripts {
      // The deadline is nothing to it.
      var command = shell(script, deadline: .zero)
      command.terminal = terminal
      #expect(try await ChildProcess.run(command).ending == ending, "\(script)")
    }
    let left = try #require(pid_t(Self.firstLine(of: "\(directory)/left")))
    #expect(kill(left, SIGKILL) == 0, "what a shell leaves behind is the operator's own")
    var stubborn = shell("trap '' TERM; echo $$ >\(directory)/pid; while :; do sleep 0.1; done")
    stubborn.terminal = terminal
    let asked = stubborn
    let task = Task { await failure(of: asked) }
    await eventually("it runs") { Int32(Self.firstLine(of: "\(directory)/pid")) != nil }
    task.cancel()
    #expect(await task.value?.code == .cancelled)
    let pid = try #require(pid_t(Self.firstLine(of: "\(directory)/pid")))
    #expect(kill(pid, 0) != 0)
    #expect(await pulse.stop() < .seconds(1))
    #expect(Self.descriptors() <= before + 8)
    await eventually("no zombie is left") {
      !TestProcess.children(of: getpid()).contains(where: Self.isZombie)
    }
  }

  /// Who leaves the group and the session, and holds the pipes, is not waited for.
  @Test func whoLeavesTheGroupHoldsNobodyUp() async throws {
    let directory = TestProcess.directory()
    let script = "setsid sh -c 'echo $$ >\(directory)/pid; exec sleep 1000' & sleep 1000"
    let failure = await failure(of: shell(script, deadline: .milliseconds(800)))
    #expect(failure?.code == .timedOut)
    let left = try #require(pid_t(Self.firstLine(of: "\(directory)/pid")))
    #expect(kill(left, SIGKILL) == 0)
  }

  private static func descriptors() -> Int {
    guard let directory = opendir("/proc/self/fd") else { return 0 }
    defer { closedir(directory) }
    var count = 0
    while readdir(directory) != nil { count += 1 }
    return count
  }

  private static func content(of path: String) -> [UInt8] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes.prefix(count))
  }

  private static func firstLine(of path: String) -> String {
    let text = String(decoding: content(of: path), as: UTF8.self)
    return text.split(separator: "\n").first.map(String.init) ?? ""
  }

  private static func isZombie(_ pid: pid_t) -> Bool {
    firstLine(of: "/proc/\(pid)/stat").split(separator: ")").last?.hasPrefix(" Z") == true
  }
}
