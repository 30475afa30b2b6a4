import DataSources
import Facts
import Testing

@testable import Operations

/// How many of the last lines are asked for, or since when.
@Suite struct LastLinesTests {
  init() { EventLoop.runOnOwnThread() }

  @LoopActor private func look(_ bench: Bench, _ lines: String?) async throws -> String {
    let executor = bench.executor()
    let target = ActionTarget(.service, name: "backend")
    let arguments = lines.map { ["lines": $0] } ?? [:]
    let plan = try await executor.plan(ActionRequest("service.logs", on: target, arguments: arguments))
    return bench.verdict(await executor.run(plan) { _ in })
  }

  @Test @LoopActor func aNumberOrATimeSaysWhichLinesAreMeant() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .success(["a", "b"])
    #expect(try await look(bench, nil) == "done, 2 lines")
    let now = Format.timestamp(bench.clock.now().wall - .seconds(300))
    #expect(try await look(bench, "5m") == "done, 2 lines since \(now)")
    _ = try await look(bench, "2023-11-14T22:00:00Z")
    #expect(
      bench.runtime.askedLogs == ["200 since ever", "1000 since \(now)", "1000 since 2023-11-14T22:00:00Z"]
    )
    for wrong in ["0", "1001", "yesterday", "2023-11-14T22:00:00"] {
      await #expect(throws: Refusal.self, "\(wrong)") { _ = try await look(bench, wrong) }
    }
  }

  @Test @LoopActor func asManyAsAreReadAreNotAll() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .success(Array(repeating: "a", count: 1_000))
    bench.runtime.gaps["backend"] = [LogGap("backend", .cut)]
    #expect(try await look(bench, "5m").hasSuffix(", backend has more lines before those that were read"))
  }

  @Test @LoopActor func noLineSinceIsOnlyKnownOfALogThatReachesBack() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .success([])
    #expect(try await look(bench, "5m").hasPrefix("done, 0 lines since "))
    bench.runtime.assumedZone = "UTC+1"
    #expect(try await look(bench, "5m").hasSuffix("Z, times without a zone read as UTC+1"))
    let begins = bench.clock.now().wall - .seconds(60)
    bench.runtime.gaps["backend"] = [LogGap("", .beginsLater(begins))]
    let late = try await look(bench, "5m")
    #expect(late.hasPrefix("unknown: 0 lines since "))
    #expect(late.contains("the log begins later, at \(Format.timestamp(begins))"))
    bench.runtime.gaps["backend"] = [LogGap("stderr", .timeless)]
    #expect(try await look(bench, "5m").contains("stderr tells no times and is left out"))
    // What is there is there, however far back it reaches.
    bench.runtime.lines["backend"] = .success(["a"])
    bench.runtime.gaps["backend"] = [LogGap("", .beginsLater(begins))]
    #expect(try await look(bench, "5m").hasPrefix("done, 1 lines since "))
  }

  @Test @LoopActor func noLineThatMatchesIsOnlyKnownOfALogThatReachesBack() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .success(["a", "b"])
    bench.runtime.gaps["backend"] = [LogGap("backend", .cut)]
    let target = ActionTarget(.service, name: "backend")
    let request = ActionRequest("service.logs", on: target, arguments: ["lines": "5m", "match": "ERROR"])
    let executor = bench.executor()
    let told = bench.verdict(await executor.run(try await executor.plan(request)) { _ in })
    #expect(told.hasPrefix("unknown: 0 of the last 2 lines since "), "\(told)")
  }

  @Test @LoopActor func aPodThatCannotBeReadIsNoSilence() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .success(["a"])
    bench.runtime.gaps["backend"] = [LogGap("pod/backend-2", .unreadable("no answer"))]
    #expect(try await look(bench, nil) == "unknown: 1 lines, pod/backend-2 can't be read: no answer")
  }

  @Test @LoopActor func aLogWithoutTimesIsNoEmptyOne() async throws {
    let bench = Bench()
    bench.runtime.lines["backend"] = .failure(
      SourceFailure(.notFound, at: "here", detail: "its lines tell no time", told: "no times in its log")
    )
    #expect(try await look(bench, "5m").hasPrefix("unknown"))
  }
}
