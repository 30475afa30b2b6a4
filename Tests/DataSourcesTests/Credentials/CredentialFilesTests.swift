import Facts
import Glibc
import TestSupport
import Testing

@testable import DataSources

/// Which file sets a variable and who is started with it; what may be written there; how it is taken back.
@Suite struct CredentialFilesTests {
  private let directory: TemporaryDirectory
  private let compose = """
    name: shop
    services:
      web: {image: a, env_file: [.env]}
      worker: {image: a, environment: {KEY: "${API_KEY}", URL: "https://${API_KEY}@host"}}
      fallback: {image: a, environment: {KEY: "${API_KEY:+set}"}}
      odd: {image: a, command: [run, "${API_KEY}"]}
      off: {image: a, env_file: [.env], profiles: [never]}
      other: {image: a, environment: {ID: "${OTHER}"}}
    """

  init() throws {
    EventLoop.runOnOwnThread()
    directory = try TemporaryDirectory()
    try directory.write("compose.yaml", compose)
    try directory.write(".env", "API_KEY='old$1' # kept\nOTHER=x\n")
  }

  private func files(_ variables: [String: String] = [:]) -> CredentialFiles {
    CredentialFiles(files: [], place: ComposeControl.Place(directory: directory.root, variables: variables))
  }

  private var path: String { directory.path(".env") }

  private func text() -> String? {
    (try? LocalFile.read(path)).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  @Test func everyServiceWhoseStartTheValueChangesIsACarrierHoweverItGetsIt() throws {
    let place = try #require(try files().find(["API_KEY"], in: "shop").get())
    #expect(place.names == ["API_KEY"])
    #expect(
      place.carriers == [
        .init("web", variables: ["API_KEY"]), .init("worker", variables: ["KEY", "URL"]),
        .init("odd", variables: []),
      ]
    )
    #expect(!place.isOpenToOthers)
    chmod(path, 0o644)
    #expect(try files().find(["API_KEY"], in: "shop").get()?.isOpenToOthers == true)
    #expect(text() == "API_KEY='old$1' # kept\nOTHER=x\n", "looking writes nothing")
    #expect(try files().find(["NOWHERE"], in: "shop").get() == nil)
  }

  @Test func whatTheShellSetsAsWellReachesNobodyByTheFile() throws {
    let place = try #require(try files(["API_KEY": "shell"]).find(["API_KEY"], in: "shop").get())
    #expect(place.carriers.map(\.service) == ["web"])
  }

  @Test func severalFilesAndAnotherProjectAreRefused() throws {
    #expect(throws: CredentialFiles.Refusal.self) { try files().find(["API_KEY"], in: "market").get() }
    try directory.write("worker.env", "API_KEY=second\n")
    try directory.write("compose.yaml", compose + "\n  more: {image: a, env_file: worker.env}\n")
    do {
      _ = try files().find(["API_KEY"], in: "shop").get()
      Issue.record("one of two files was chosen")
    } catch {
      #expect(error.sentence.contains("several files"), "\(error.sentence)")
      #expect(!error.sentence.contains("second"))
    }
  }

  @Test(arguments: ["", "two\nlines", "old$1", "tab\there", "line\r"])
  func aValueThatIsNoneOrTheOldOneIsRefusedWithWhatToDo(value: String) {
    switch files().draft(["API_KEY": Secret(value)], ["API_KEY"], at: path) {
    case .success: Issue.record("\(value.debugDescription) was taken")
    case .failure(let refusal):
      #expect(refusal.sentence.contains("API_KEY") && refusal.sentence.contains(":"), "\(refusal.sentence)")
      if value.count > 3 { #expect(!refusal.sentence.contains(value)) }
    }
  }

  @Test func aChangeIsMadeToldAndTakenBackToTheByte() async throws {
    let before = try #require(text())
    let change = try files().draft(["API_KEY": Secret("n#w $2'\"")], ["API_KEY"], at: path).get()
    #expect(text() == before)
    try await change.apply()
    #expect(text() != before)
    #expect(try files().changed(["API_KEY", "OTHER"], since: change.before, at: path).get() == ["API_KEY"])
    // A colleague's line in the meantime stays.
    try directory.write(".env", try #require(text()) + "MORE=1\n")
    try await files().restore(["API_KEY"], from: change.before, at: path).get().apply()
    #expect(text() == before + "MORE=1\n")
    #expect(try files().changed(["API_KEY"], since: change.before, at: path).get() == [])
  }

  @Test func aFullDiskLeavesTheFileAsItWas() throws {
    let mount = directory.path("small")
    mkdir(mount, 0o700)
    // A disk of its own, of four pages; the tests run as root.
    try #require(Glibc.mount("tmpfs", mount, "tmpfs", 0, "size=16k") == 0, "no tmpfs: \(errno)")
    defer { umount(mount) }
    let file = mount + "/.env"
    try LocalFile.create(file, text: "API_KEY=old\n")
    let edit = try EnvironmentFileEdit(file, setting: [("API_KEY", "new")])
    let filler = open(mount + "/filler", O_WRONLY | O_CREAT, 0o600)
    let page = [UInt8](repeating: 0, count: 4_096)
    while write(filler, page, page.count) > 0 {}
    close(filler)
    do {
      try edit.apply()
      Issue.record("it was written")
    } catch {
      #expect(error.sentence.contains("No space"), "\(error.sentence)")
    }
    #expect(try LocalFile.read(file).bytes == Array("API_KEY=old\n".utf8))
    #expect(LocalFile.names(in: mount) == ["filler"])
  }

  @Test func aFingerprintTellsValuesApartAndHoldsNone() {
    #expect(Fingerprint("a") == Fingerprint("a"))
    #expect(Fingerprint("a") != Fingerprint("b"))
    #expect(!"\(Fingerprint("S3cretCanary"))".contains("Canary"))
  }
}
