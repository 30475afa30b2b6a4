import DataSources
import Facts
import Glibc
import Testing

@testable import Operations

extension FileSystemTests {
  /// Locks of targets as files: one acts, everybody else is told who.
  @Suite struct TargetLockTests {
    let state = TemporaryState()

    init() { EventLoop.runOnOwnThread() }

    @LoopActor private func locks(_ user: String, at seconds: Double = 100) -> FileTargetLocks {
      FileTargetLocks(
        directory: state.directory,
        author: AuditAuthor(user: user, host: "box", process: 42),
        now: { WallTime(secondsSince1970: seconds) }
      )
    }

    private func asked(_ seconds: Double) -> WallTime { WallTime(secondsSince1970: seconds) }

    @Test @LoopActor func ofManyAtOnceOneActsAndTheOthersAreToldWho() async throws {
      let first = try await locks("anna").take("service redis", for: "RESTART redis", askedAt: asked(99))
      for number in 1...19 {
        do throws(Refusal) {
          _ = try await locks("user\(number)").take("service redis", for: "RESTART redis", askedAt: asked(99))
          Issue.record("two act at once")
        } catch {
          #expect(error.sentence.string.contains("anna@box (pid 42)"), "\(error.sentence)")
          #expect(error.sentence.string.contains("RESTART redis"), "\(error.sentence)")
        }
      }
      // Another target is nobody's business.
      try await locks("ben").take("service postgres", for: "RESTART postgres", askedAt: asked(99)).abandon()
      await first.release()
    }

    @Test @LoopActor func whoAskedBeforeItWasDoneIsToldAndWhoAskedLaterActs() async throws {
      try await locks("anna", at: 100).take("service redis", for: "RESTART redis", askedAt: asked(99))
        .release()
      do throws(Refusal) {
        _ = try await locks("ben").take("service redis", for: "RESTART redis", askedAt: asked(99.5))
        Issue.record("it is done twice")
      } catch {
        #expect(error.sentence.string.contains("anna@box"), "\(error.sentence)")
      }
      try await locks("ben", at: 101).take("service redis", for: "RESTART redis", askedAt: asked(100.5))
        .abandon()
    }

    /// The end of the last act lies an hour ahead: nobody is kept out until then.
    @Test @LoopActor func afterAClockWasSetBackOneIsToldAndTheNextActs() async throws {
      try await locks("anna", at: 3_700).take("service redis", for: "RESTART redis", askedAt: asked(3_699))
        .release()
      do throws(Refusal) {
        _ = try await locks("ben", at: 100).take("service redis", for: "RESTART redis", askedAt: asked(99))
        Issue.record("it is done twice")
      } catch {
        #expect(error.sentence.string.contains("anna@box"), "\(error.sentence)")
        #expect(error.sentence.string.contains("set back"), "\(error.sentence)")
      }
      try await locks("ben", at: 102).take("service redis", for: "RESTART redis", askedAt: asked(101))
        .abandon()
    }

    @Test @LoopActor func whatWasNotDoneKeepsNobodyOut() async throws {
      try await locks("anna").take("service redis", for: "RESTART redis", askedAt: asked(99)).abandon()
      try await locks("ben").take("service redis", for: "RESTART redis", askedAt: asked(99)).abandon()
    }

    @Test @LoopActor func aLockThatCanNotBeKeptRefusesTheAct() async throws {
      try await locks("anna").take("service redis", for: "RESTART redis", askedAt: asked(99)).abandon()
      for file in state.files(in: "locks") {
        unlink(state.path("locks/\(file)"))
        symlink("/etc/passwd", state.path("locks/\(file)"))
      }
      do throws(Refusal) {
        _ = try await locks("ben").take("service redis", for: "RESTART redis", askedAt: asked(99))
        Issue.record("it followed a link")
      } catch {
        guard case .lockUnavailable(_, let cause) = error else {
          Issue.record("\(error)")
          return
        }
        #expect(cause == "a symbolic link")
      }
      for file in state.files(in: "locks") {
        unlink(state.path("locks/\(file)"))
        mkfifo(state.path("locks/\(file)"), 0o600)
      }
      do throws(Refusal) {
        _ = try await locks("ben").take("service redis", for: "RESTART redis", askedAt: asked(99))
        Issue.record("a pipe keeps no lock")
      } catch {
        #expect(error.sentence.string.contains("not a regular file"), "\(error.sentence)")
      }
    }
  }
}
