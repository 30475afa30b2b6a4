import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// What a rotation does with what it can't know: a log in part, who else has the key, a roll back that nobody can ask
/// after, files that another version kept.
@Suite struct RotationDoubtTests {
  private static let canary = RotationShop.canary

  init() { EventLoop.runOnOwnThread() }

  /// A silence holds only where the whole log was read.
  @Test @LoopActor func aLogThatWasNotReadWholeIsUnknown() async throws {
    let shop = try RotationShop()
    shop.bench.runtime.lines["backend"] = .success(["fine", "fine"])
    shop.bench.runtime.gaps["backend"] = [LogGap("pod/backend-2", .unreadable("401 Unauthorized"))]
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(
      verdict.hasPrefix(
        "unknown: the logs can't be read whole: pod/backend-2 can't be read: 401 Unauthorized; no refusal in the 2 lines"
      ),
      "\(verdict)"
    )
    for reason: LogGap.Reason in [.cut, .earlierLives(2), .notKept] {
      shop.bench.runtime.gaps["backend"] = [LogGap("backend", reason)]
      let again = try await shop.run("credentials.resume")
      #expect(again.hasPrefix("unknown: the logs can't be read whole: backend "), "\(again)")
    }
    #expect(shop.files()["rotation.old"] != nil, "the way back is open")
    // A refusal that was read is one, whatever was not.
    shop.bench.runtime.lines["backend"] = .success(["HTTP 401 Unauthorized"])
    #expect(try await shop.run("credentials.resume").hasPrefix("failed: 1 lines of backend match"))
    shop.bench.runtime.gaps = [:]
    shop.bench.runtime.lines["backend"] = .success([])
    #expect(try await shop.run("credentials.resume").hasPrefix("done"))
  }

  @Test @LoopActor func whoKeepsTheOldKeyIsSaidBeforeAndAfter() async throws {
    let shop = try RotationShop()
    shop.keeper.others = .success([
      CredentialBystander("job/import", "keeps the old one until it ends", holdsOld: true),
      CredentialBystander("cronjob/nightly", "gets the new one when it runs next", holdsOld: false),
    ])
    let services = CredentialServices([shop.settings], book: shop.book)
    shop.bench.credentials = services
    services.give(Secret(Self.canary), for: "API_KEY")
    let plan = try await shop.bench.executor().plan(RotateCredentials.request(of: ["API_KEY"]))
    #expect(
      plan.rows.filter { $0.label == "keeps" }.map(\.text) == [
        "job/import keeps the old one until it ends", "cronjob/nightly gets the new one when it runs next",
      ]
    )
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(
      verdict.contains("job/import keeps the old one until it ends; now revoke the old key"),
      "\(verdict)"
    )
    let other = try RotationShop()
    other.keeper.others = .failure(SourceFailure(.timedOut, at: "here"))
    let unknown = try await other.run("credentials.rotate", value: Self.canary)
    #expect(unknown.contains("who else has the old key is not known"), "\(unknown)")
  }

  /// It would stay open for ever, since asking again tells no more; and it is not done.
  @Test @LoopActor func aRollBackThatNobodyCanProveEndsAndStaysKnown() async throws {
    let shop = try RotationShop()
    shop.bench.runtime.lines["backend"] = .failure(SourceFailure(.timedOut, at: "engine"))
    _ = try await shop.run("credentials.rotate", value: Self.canary)
    shop.compose.onRun = { _ in shop.keeper.started["backend"] = .some(nil) }
    shop.keeper.started["postgres"] = "old"
    let back = try await shop.run("credentials.rollback")
    #expect(
      back.hasPrefix("unknown: rolled back, unproven: the old values are in /srv/.env; with which"),
      "\(back)"
    )
    #expect(shop.keeper.value == "old")
    #expect(shop.files().keys.sorted() == ["rollbacks.jsonl"])
    let contents = try await shop.book.contents()
    #expect(contents.open == nil && contents.rolledBack["shop"]?.person == "anna")
    #expect(contents.rolledBack["shop"]?.doubts == "with which values backend was started is not known")
    let place = try #require(try await shop.keeper.find(["API_KEY"]))
    let age = CredentialSource.age(shop.settings, place, contents, now: place.changedAt + .seconds(60))
    #expect(age.state == .warn && age.word.contains("unproven: with which values backend"), "\(age)")
    // The next one that is proven takes its place.
    shop.compose.onRun = { _ in
      shop.keeper.started = ["postgres": shop.keeper.value, "backend": shop.keeper.value]
    }
    shop.bench.runtime.lines["backend"] = .success([])
    #expect(try await shop.run("credentials.rotate", value: Self.canary).hasPrefix("done"))
    #expect(try await shop.book.contents().rolledBack.isEmpty)
  }

  @Test @LoopActor func whatAnOlderVersionKeptIsReadAndWhatANewerOneKeptIsLeftAlone() async throws {
    let shop = try RotationShop()
    func journal(_ version: Int, _ files: String) -> String {
      """
      {"version":\(version),"credential":"shop","variables":["API_KEY"],\(files),
       "services":[{"name":"backend","variables":["API_KEY"]}],"done":[],"phase":"rotating","begun":1700000000,"by":"anna"}
      """
    }
    // The first form: one file, and beside it that file itself.
    try shop.state.write("switchboard/dev/rotation.json", journal(1, #""file":"/srv/.env""#))
    try shop.state.write("switchboard/dev/rotation.old", "API_KEY=x\n")
    let kept = [KeptFile("/srv/.env", Array("API_KEY=x\n".utf8))]
    #expect(try await shop.book.backup() == kept)
    let open = try #require(try await shop.book.contents().open)
    #expect(open.files == ["/srv/.env"])
    try await shop.book.keep(open)
    #expect(try await shop.book.backup() == kept, "written anew with its journal")
    #expect(shop.files()["rotation.old"]?.contains(#""version":2"#) == true)
    #expect(shop.files()["rotation.json"]?.contains(#""version":2"#) == true)
    // The second: several files, as a list, under the same number.
    try shop.state.write("switchboard/dev/rotation.json", journal(1, #""files":["/srv/.env"]"#))
    try shop.state.write("switchboard/dev/rotation.old", #"[{"file":"/srv/.env","text":"API_KEY=x\n"}]"#)
    #expect(try await shop.book.backup() == kept)
    #expect(try await shop.book.contents().open?.files == ["/srv/.env"])
    // No file is taken for the first form's beside a journal that isn't.
    try shop.state.write("switchboard/dev/rotation.old", "API_KEY=x\n")
    await #expect(throws: FileFailure.self) { _ = try await shop.book.backup() }
    for (file, text) in [
      ("rotation.json", journal(3, #""files":["/srv/.env"]"#)),
      ("rotation.old", #"{"version":3,"files":[]}"#),
    ] {
      try shop.state.write("switchboard/dev/rotation.json", journal(2, #""files":["/srv/.env"]"#))
      try shop.state.write("switchboard/dev/\(file)", text)
      for id: ActionID in ["credentials.resume", "credentials.rollback"] {
        let refusal = await shop.refusal(id)
        #expect(refusal.contains("a newer switchboard wrote it: go on with that one"), "\(file): \(refusal)")
      }
    }
  }
}
