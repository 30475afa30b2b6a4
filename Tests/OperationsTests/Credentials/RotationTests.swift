import DataSources
import Facts
import TestSupport
import Testing

@testable import Operations

/// A rotation from the confirmed plan to its verdict, and every way in which it isn't one.
@Suite struct RotationTests {
  private static let canary = RotationShop.canary

  init() { EventLoop.runOnOwnThread() }

  @Test @LoopActor func itWritesRecreatesInTheOrderOfNeedsAndIsProven() async throws {
    let shop = try RotationShop()
    shop.keeper.carriers.reverse()
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(
      verdict.hasPrefix("done, API_KEY of /srv/.env is in postgres, backend, by fingerprint"),
      "\(verdict)"
    )
    #expect(verdict.contains("now revoke the old key"), "\(verdict)")
    #expect(shop.keeper.value == Self.canary)
    #expect(shop.compose.ran.map { $0.split(separator: " ").last } == ["postgres", "backend"])
    #expect(
      shop.bench.locks.taken == [
        "credential shop", "credential rotation", "service postgres0", "service backend0",
      ]
    )
    #expect(shop.bench.audit.lines == ["begin", "end done"])
    #expect(shop.files().keys.sorted() == ["rotations.jsonl"], "what held the old value is gone")
    shop.expectNoCanary()
    // Only now, and only once.
    #expect(
      try await shop.run("credentials.revoked") == "done, noted: the old key of shop is revoked, as was said"
    )
    #expect(await shop.refusal("credentials.revoked").contains("waits for it"))
  }

  @Test @LoopActor func withoutALoginItIsUnprovenAndTheOldKeyIsStillNeeded() async throws {
    let shop = try RotationShop()
    shop.settings.isTested = true
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(verdict.hasPrefix("done, unproven: unproven: no API login"), "\(verdict)")
    #expect(verdict.contains("the old key is still needed"), "\(verdict)")
    #expect(shop.files()["rotation.old"]?.contains("old") == true)
    #expect(await shop.refusal("credentials.revoked").contains("the old key is still needed"))
    #expect(await shop.refusal("credentials.rotate", value: "another").contains("is not over"))
    shop.expectNoCanary()
    let back = try await shop.run("credentials.rollback")
    #expect(back == "done, rolled back: the old values are in /srv/.env and in postgres, backend", "\(back)")
    #expect(shop.keeper.value == "old" && shop.keeper.started["backend"] == "old")
    #expect(shop.files().isEmpty)
    #expect(await shop.refusal("credentials.revoked").contains("waits for it"))
    #expect(await shop.refusal("credentials.resume").contains("no rotation is open"))
  }

  @Test @LoopActor func anUnknownFingerprintIsNeverTheSame() async throws {
    let shop = try RotationShop()
    shop.compose.onRun = { _ in
      shop.keeper.started["postgres"] = .some(nil)
      shop.keeper.started["backend"] = shop.keeper.value
    }
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(verdict.hasPrefix("unknown"), "\(verdict)")
    #expect(verdict.contains("is not known"), "\(verdict)")
    #expect(shop.files()["rotation.old"] != nil, "the way back is open")
  }

  @Test @LoopActor func aContainerThatKeepsTheOldValueFailsIt() async throws {
    let shop = try RotationShop()
    shop.compose.onRun = { _ in }
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(verdict.hasPrefix("failed: postgres has another API_KEY than /srv/.env"), "\(verdict)")
    #expect(verdict.contains("--rollback"), "\(verdict)")
    let environment = ActionTarget(.environment, name: "dev")
    guard case .ended(let ended)? = shop.bench.events.last else {
      Issue.record("no verdict")
      return
    }
    #expect(ended.next == ActionRequest("credentials.rollback", on: environment))
    #expect(ended.again == ActionRequest("credentials.resume", on: environment))
    // What is advised is what can be done.
    _ = try await shop.bench.executor().plan(try #require(ended.next))
    _ = try await shop.bench.executor().plan(try #require(ended.again))
  }

  @Test @LoopActor func aServiceThatSaysItWasNotLetInFailsItAndSilenceOfItsLogIsUnknown() async throws {
    let shop = try RotationShop()
    shop.bench.runtime.lines["backend"] = .success(["fine", "HTTP 401 Unauthorized from the provider"])
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(verdict.hasPrefix("failed: 1 lines of backend match"), "\(verdict)")
    shop.bench.runtime.lines["backend"] = .failure(SourceFailure(.timedOut, at: "engine"))
    let again = try await shop.run("credentials.resume")
    #expect(again.hasPrefix("unknown: the logs can't be read"), "\(again)")
    shop.settings.errors = "("
    shop.bench.runtime.lines["backend"] = .success(["fine"])
    let third = try await shop.run("credentials.resume")
    #expect(third.hasPrefix("unknown: the logs can't be searched"), "\(third)")
    shop.settings.errors = CredentialSettings.usualErrors
    let runs = shop.compose.ran.count
    #expect(try await shop.run("credentials.resume").hasPrefix("done"))
    #expect(shop.compose.ran.count == runs, "who has the values isn't started anew")
  }

  @Test @LoopActor func aGateThatNobodyCanTellIsNoProof() async throws {
    let shop = try RotationShop()
    shop.settings.gate = "provider.latency < 5s within 3s"
    let verdict = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(
      verdict.hasPrefix("unknown: whether provider.latency < 5s within 3s holds is not known"),
      "\(verdict)"
    )
  }

  @Test @LoopActor func whatCannotBeWrittenOrReadBackChangesNothing() async throws {
    let shop = try RotationShop()
    shop.keeper.applyFailure = SourceFailure(.misconfigured, at: "", detail: "/srv/.env: No space left")
    let full = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(full == "failed: /srv/.env: No space left: nothing was changed", "\(full)")
    shop.keeper.applyFailure = nil
    shop.keeper.readBackFailure = SourceFailure(.misconfigured, at: "", detail: "compose reads another value")
    let other = try await shop.run("credentials.rotate", value: Self.canary)
    #expect(other.hasPrefix("failed: compose reads another value: the old file is back"), "\(other)")
    #expect(shop.keeper.value == "old" && shop.compose.ran.isEmpty && shop.files().isEmpty)
  }

  @Test @LoopActor func itGoesOnFromWhereTheFileAndTheContainersStand() async throws {
    let shop = try RotationShop()
    let rotation = OpenRotation(
      credential: "shop",
      names: ["API_KEY"],
      files: ["/srv/.env"],
      carriers: shop.keeper.carriers,
      begunAt: WallTime(secondsSince1970: 1_700_000_000),
      person: "anna"
    )
    // Killed before the file was kept, and so before it was written.
    try await shop.book.keep(rotation)
    #expect(try await shop.run("credentials.resume").hasPrefix("done, nothing had been written"))
    // Killed before it was written.
    try await shop.book.keep(rotation, backup: [KeptFile("/srv/.env", Array("old".utf8))])
    #expect(try await shop.run("credentials.resume").hasPrefix("done, nothing had been written"))
    #expect(shop.files().isEmpty && shop.compose.ran.isEmpty)
    // Killed behind the first of two.
    try await shop.book.keep(rotation, backup: [KeptFile("/srv/.env", Array("old".utf8))])
    shop.keeper.value = Self.canary
    shop.keeper.started["postgres"] = Self.canary
    #expect(try await shop.run("credentials.resume").hasPrefix("done, API_KEY of /srv/.env is in"))
    #expect(shop.compose.ran.count == 1 && shop.keeper.started["backend"] == Self.canary)
    // Killed on the way back: it goes on back.
    var back = rotation
    back.phase = .rollingBack
    try await shop.book.keep(back, backup: [KeptFile("/srv/.env", Array("old".utf8))])
    #expect(try await shop.run("credentials.resume").hasPrefix("done, rolled back"))
    #expect(shop.keeper.value == "old" && shop.keeper.started["postgres"] == "old")
    #expect(shop.files().keys.sorted() == ["rotations.jsonl"])
  }

  @Test @LoopActor func oneThatWasKilledBetweenTwoFilesIsRolledBackAndNeverTakenForWritten() async throws {
    let shop = try RotationShop()
    let rotation = OpenRotation(
      credential: "shop",
      names: ["API_KEY"],
      files: ["/srv/.env", "/srv/web.env"],
      carriers: shop.keeper.carriers,
      begunAt: WallTime(secondsSince1970: 1_700_000_000),
      person: "anna"
    )
    try await shop.book.keep(rotation, backup: [KeptFile("/srv/.env", Array("old".utf8))])
    (shop.keeper.value, shop.keeper.isTorn) = (Self.canary, true)
    let resumed = try await shop.run("credentials.resume")
    #expect(
      resumed.hasPrefix("failed: API_KEY has no new value in /srv/.env, /srv/web.env"),
      "\(resumed)"
    )
    #expect(shop.compose.ran.isEmpty, "nothing is started with half of it")
    #expect(try await shop.run("credentials.rollback").hasPrefix("done, rolled back"))
    #expect(shop.keeper.value == "old" && shop.files().isEmpty)
  }

  @Test @LoopActor func whatIsKeptOfFilesIsThemToTheByte() async throws {
    let shop = try RotationShop()
    let rotation = OpenRotation(
      credential: "shop",
      names: ["API_KEY"],
      files: ["/srv/.env", "/srv/web.env"],
      carriers: [],
      begunAt: WallTime(secondsSince1970: 1_700_000_000),
      person: "anna"
    )
    let kept = ["\u{FEFF}A=\"x\\n\"\r\n\t#\u{7}\u{0}é\u{1F511}", ""].enumerated().map {
      KeptFile("/srv/\($0.offset)\"", Array($0.element.utf8))
    }
    try await shop.book.keep(rotation, backup: kept)
    #expect(try await shop.book.backup() == kept)
    #expect(try await shop.book.contents().open == rotation)
    try shop.state.write("switchboard/dev/rotation.old", "[{\"file\":\"/srv/.env\"}]")
    await #expect(throws: FileFailure.self) { _ = try await shop.book.backup() }
  }

  @Test @LoopActor func aJournalThatCannotBeReadStopsEverything() async throws {
    let shop = try RotationShop()
    try shop.state.write("switchboard/dev/rotation.json", "{torn")
    for id: ActionID in ["credentials.rotate", "credentials.resume", "credentials.rollback"] {
      #expect(await shop.refusal(id, value: Self.canary).contains("whether a rotation is open isn't known"))
    }
  }

  @Test @LoopActor func whatIsMissingIsRefusedWithWhatToDo() async throws {
    let shop = try RotationShop()
    #expect(await shop.refusal("credentials.rotate").contains("switchboard rotate NAME asks for them"))
    shop.keeper.carriers = []
    #expect(await shop.refusal("credentials.rotate", value: "x").contains("no service that is there"))
    shop.keeper.carriers = [.init("gone", variables: ["API_KEY"])]
    #expect(await shop.refusal("credentials.rotate", value: "x").contains("no service that is there"))
    #expect(shop.bench.audit.records.isEmpty)
  }

  @Test func anAgeIsSinceTheLastProvenRotationElseSinceTheFile() {
    func time(_ days: Double) -> WallTime { WallTime(secondsSince1970: 1_700_000_000 + days * 86_400) }
    let settings = CredentialSettings(name: "shop", variables: ["API_KEY"])
    let place = CredentialPlace(
      files: [.init("/srv/.env", names: ["API_KEY"])],
      names: ["API_KEY"],
      carriers: [],
      changedAt: time(0)
    )
    var contents = RotationBook.Contents()
    func age(_ days: Double) -> Observation {
      CredentialSource.age(settings, place, contents, now: time(days))
    }
    #expect(age(89).state == .ok && age(89).name == "credentials.shop.age")
    #expect(age(91).state == .warn && age(91).value == .number(91 * 86_400))
    contents.records["shop"] = RotationRecord(provenAt: time(80), person: "anna")
    #expect(age(91).state == .ok)
    #expect(age(70).state == .nodata, "a time that is still to come is no age")
    contents.open = OpenRotation(
      credential: "shop",
      names: ["API_KEY"],
      files: ["/srv/.env"],
      carriers: [],
      begunAt: time(80),
      person: "anna"
    )
    #expect(age(81).state == .warn)
  }
}
