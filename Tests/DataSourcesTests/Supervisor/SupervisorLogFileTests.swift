import Facts
import Testing

@testable import DataSources

#if canImport(Glibc)
import Glibc
#endif

/// The files of a supervisor of this machine, read on directly.
@Suite(.serialized) struct SupervisorLogFileTests {
  init() { EventLoop.runOnOwnThread() }

  private static let writer = """
    [program:writer]
    command=/bin/sh -c "echo a line to begin with that is long enough to be compared; while [ ! -e go ]; do sleep 0.05; done; seq -f 'line %%.0f of many, and supervisor gives the last half megabyte at once' 20000; sleep 1000"
    directory=%(here)s
    autorestart=false

    """

  @LoopActor private func until<Value>(
    _ read: @LoopActor () async throws -> Value?
  ) async throws -> Value {
    for _ in 0..<500 {
      if let value = try await read() { return value }
      await LoopActor.sleep(for: .milliseconds(20))
    }
    throw SourceFailure(.timedOut, at: "the test")
  }

  /// By supervisor's own reply most of it would be a gap.
  @Test @LoopActor func allThatIsWrittenIsReadWithoutAGap() async throws {
    let supervisor = TestSupervisor(Self.writer)
    defer { supervisor.stop() }
    let client = HTTPClient()
    defer { client.close() }
    let runtime = SupervisorRuntime(socket: supervisor.socket, client: client)
    let service = try await until {
      try await runtime.services().first { $0.state == .running }
    }
    let first = try await until { () -> LogStretch? in
      let stretch = try await runtime.logs(of: service, after: nil, most: 10)
      return stretch.lines.isEmpty ? nil : stretch
    }
    #expect(first.lines.count == 1)
    close(open("\(supervisor.directory)/go", O_CREAT | O_WRONLY, 0o600))
    var mark = first.mark
    var lines: [LogStretch.Line] = []
    var gaps: [LogGap] = []
    _ = try await until { () -> Bool? in
      let stretch = try await runtime.logs(of: service, after: mark, most: 10)
      mark = stretch.mark
      lines += stretch.lines
      gaps += stretch.gaps
      return lines.count >= 20_000 ? true : nil
    }
    #expect(gaps.isEmpty && lines.count == 20_000)
    #expect(lines.first.map { String(decoding: $0.bytes, as: UTF8.self).hasPrefix("line 1 of many") } == true)
    #expect(
      lines.last.map { String(decoding: $0.bytes, as: UTF8.self).hasPrefix("line 20000 of many") } == true
    )
  }

  /// A supervisor in a container tells paths of its own: what stands there on this machine is another's.
  @Test @LoopActor func aFileThatHoldsSomethingElseIsNeverRead() async throws {
    let directory = TestProcess.directory()
    let path = "\(directory)/writer.log"
    let file = fopen(path, "w")
    fputs(String(repeating: "a line of another program on this machine\n", count: 10), file)
    fclose(file)
    let files = SupervisorLogFiles()
    files.take(["writer:writer": ["stdout": path, "stderr": "/dev/stderr"]])
    let told = Array(String(repeating: "a line of the program in its container   \n", count: 10).utf8)
    await files.compare("writer:writer", "stdout", told, endingAt: told.count) { $0 }
    #expect(await files.read("writer:writer", "stdout", from: 0) == nil)
    let own = Array(String(repeating: "a line of another program on this machine\n", count: 10).utf8)
    // What is too short may be the same by chance.
    await files.compare("writer:writer", "stdout", own.suffix(20), endingAt: own.count) { $0 }
    #expect(await files.read("writer:writer", "stdout", from: 0) == nil)
    await files.compare("writer:writer", "stdout", own, endingAt: own.count) { $0 }
    #expect(await files.read("writer:writer", "stdout", from: 0)?.piece.lines.count == 10)
    // One that was begun anew is asked for.
    truncate(path, 5)
    #expect(await files.read("writer:writer", "stdout", from: own.count) == nil)
    #expect(await files.read("writer:writer", "stdout", from: 0) == nil)
  }
}
