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

  @Test func anotherProjectIsRefused() {
    #expect(throws: CredentialFiles.Refusal.self) { try files().find(["API_KEY"], in: "market").get() }
  }

  /// A second file with one of the variables that `.env` has, one of its own, and one that follows another.
  private func addFile() throws -> CredentialPlace {
    try directory.write("worker.env", "API_KEY=second\nCLIENT=c1\nURL=https://${API_KEY}\n")
    try directory.write("linked.env", "API_KEY=${API_KEY}\nOTHER_KEY\n")
    try directory.write(
      "compose.yaml",
      compose + "\n  more: {image: a, env_file: worker.env}\n  linked: {image: a, env_file: linked.env}\n"
    )
    return try #require(try files().find(["CLIENT", "API_KEY"], in: "shop").get())
  }

  private func texts() -> [String?] {
    ["worker.env", ".env", "linked.env"].map { name in
      (try? LocalFile.read(directory.path(name))).map { String(decoding: $0.bytes, as: UTF8.self) }
    }
  }

  @Test func variablesOfSeveralFilesAreChangedInAllThatSetThem() async throws {
    let place = try addFile()
    let before = texts()
    #expect(place.names == ["CLIENT", "API_KEY"])
    #expect(
      Set(place.files) == [
        .init(directory.path(".env"), names: ["API_KEY"]),
        .init(directory.path("worker.env"), names: ["CLIENT", "API_KEY"]),
      ]
    )
    #expect(place.carriers.map(\.service).contains("more"))
    let values = ["API_KEY": Secret("n1"), "CLIENT": Secret("n2")]
    let change = try files().draft(values, in: place.files).get()
    #expect(texts() == before)
    #expect(
      try files().standing(of: place.names, since: change.before).get()
        == .init(changed: [], left: place.names)
    )
    try await change.apply()
    #expect(
      texts() == [
        "API_KEY=n1\nCLIENT=n2\nURL=https://${API_KEY}\n", "API_KEY=n1 # kept\nOTHER=x\n", before[2],
      ]
    )
    #expect(
      try files().standing(of: place.names, since: change.before).get()
        == .init(changed: place.names, left: [])
    )
    try await files().restore(place.names, from: change.before).get().apply()
    #expect(texts() == before)
    // A value that is new to one of the files is no old one.
    #expect((try? files().draft(["API_KEY": Secret("second")], in: place.files).get()) != nil)
    #expect((try? files().draft(["CLIENT": Secret("c1")], in: place.files).get()) == nil)
  }

  /// Written over it would part from what it is made of; left alone its services would keep the old value.
  @Test func whatIsMadeOfAnotherVariableIsRefusedWithWhatToRotate() throws {
    try directory.write(".env", "SOURCE=s\nAPI_KEY=${SOURCE}\nURL=https://${SOURCE:-x}@host\nOTHER=x\n")
    for name in ["API_KEY", "URL"] {
      guard case .failure(let refusal) = files().expectOwn([name], in: "shop") else {
        Issue.record("\(name) was taken")
        continue
      }
      #expect(refusal.sentence.contains("\(name) of \(path) gets its value from SOURCE: rotate SOURCE"))
    }
    try files().expectOwn(["SOURCE", "OTHER"], in: "shop").get()
    // A dollar that stands for itself refers to nothing, and a name to itself is the one that .env sets.
    try directory.write(".env", "SOURCE=s\nAPI_KEY='${SOURCE}'\n")
    _ = try addFile()
    try files().expectOwn(["API_KEY", "CLIENT"], in: "shop").get()
    // One file of several is enough.
    try directory.write("linked.env", "API_KEY=${CLIENT}\n")
    #expect(throws: CredentialFiles.Refusal.self) { try files().expectOwn(["API_KEY"], in: "shop").get() }
  }

  @Test func betweenTwoFilesItIsKnownThatItIsNotWhole() async throws {
    let place = try addFile()
    let before = texts()
    let values = ["API_KEY": Secret("n1"), "CLIENT": Secret("n2")]
    let change = try files().draft(values, in: place.files).get()
    // Killed behind the first of them.
    for (index, kept) in change.before.enumerated() {
      let half = place.files.first { $0.path == kept.path }.map { [$0] } ?? []
      try await files().draft(values, in: half).get().apply()
      let standing = try files().standing(of: place.names, since: change.before).get()
      #expect(standing.changed.contains("API_KEY"))
      #expect(standing.left.isEmpty == (index == 1), "\(standing)")
      if index == 0 {
        try await files().restore(place.names, from: change.before).get().apply()
        #expect(texts() == before)
        try await files().draft(values, in: half).get().apply()
      }
    }
  }

  @Test func whatWasTakenAwayIsNotTakenForTheNewOne() throws {
    let change = try files().draft(["API_KEY": Secret("n1")], in: [.init(path, names: ["API_KEY"])]).get()
    try directory.write(".env", "OTHER=1\n")
    #expect(
      try files().standing(of: ["API_KEY"], since: change.before).get()
        == .init(changed: ["API_KEY"], left: ["API_KEY"])
    )
  }

  @Test func whereOneFileCannotBeWrittenTheOthersAreAsTheyWere() async throws {
    let place = try addFile()
    let before = texts()
    let change = try files().draft(["API_KEY": Secret("n1"), "CLIENT": Secret("n2")], in: place.files).get()
    let last = try #require(change.before.last?.path)
    let text = try String(decoding: LocalFile.read(last).bytes, as: UTF8.self)
    // A colleague was in the last one meanwhile.
    try directory.write(String(last.dropFirst(directory.root.count + 1)), text + "MORE=1\n")
    do {
      try await change.apply()
      Issue.record("it was written over somebody's change")
    } catch {
      #expect(error.detail.contains("changed by somebody else"), "\(error.detail)")
    }
    #expect(texts().compactMap { $0?.replacing("MORE=1\n", with: "") } == before.compactMap { $0 })
  }

  @Test(arguments: ["", "two\nlines", "old$1", "tab\there", "line\r"])
  func aValueThatIsNoneOrTheOldOneIsRefusedWithWhatToDo(value: String) {
    switch files().draft(["API_KEY": Secret(value)], in: [.init(path, names: ["API_KEY"])]) {
    case .success: Issue.record("\(value.debugDescription) was taken")
    case .failure(let refusal):
      #expect(refusal.sentence.contains("API_KEY") && refusal.sentence.contains(":"), "\(refusal.sentence)")
      if value.count > 3 { #expect(!refusal.sentence.contains(value)) }
    }
  }

  @Test func aChangeIsMadeToldAndTakenBackToTheByte() async throws {
    let before = try #require(text())
    let change = try files().draft(["API_KEY": Secret("n#w $2'\"")], in: [.init(path, names: ["API_KEY"])])
      .get()
    #expect(text() == before)
    try await change.apply()
    #expect(text() != before)
    #expect(
      try files().standing(of: ["API_KEY", "OTHER"], since: change.before).get()
        == .init(changed: ["API_KEY"], left: ["OTHER"])
    )
    // A colleague's line in the meantime stays.
    try directory.write(".env", try #require(text()) + "MORE=1\n")
    try await files().restore(["API_KEY"], from: change.before).get().apply()
    #expect(text() == before + "MORE=1\n")
    #expect(try files().standing(of: ["API_KEY"], since: change.before).get().changed == [])
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
