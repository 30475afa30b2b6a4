import Facts
import Glibc
import TestSupport
import Testing

@testable import DataSources

/// A changed variable reads back as it was meant, and nothing else of its file changes.
@Suite struct EnvironmentFileEditTests {
  static let values = [
    "plain-key_1", "", "a b", "pa$$word", "$HOME", "${HOME}", "#not a comment", "a #b", "it's", "\"quoted\"",
    "back\\slash", "ends with \\", "two\nlines", "tab\there", "ünïcode", "=", "a=b", "'", "\\n", "$", "`id`",
    " ",
  ]

  private static let files = [
    "", "KEY=old", "KEY=old\n", "A=1\nKEY=old # kept\nB=2\n", "export KEY=old\nB=${KEY}x\n", "KEY: old\n",
    "KEY='old\nvalue'\nB=2\n", "KEY=\"old\" # kept\n", "\u{FEFF}A=1\nKEY=old\n", "# KEY=comment\nA=1",
    "A=1\r\nKEY=old\r\nB=2\r\n", "KEY=first\nA=1\nKEY=second\n", "  KEY = old  \nB=2\n",
  ]

  @Test(arguments: files) func aValueReadsBackAndAllElseIsAsItWas(file: String) throws {
    for value in Self.values {
      let changed = try EnvironmentFile.replacing("KEY", with: value, in: file, lookup: { _ in nil })
      let before = try EnvironmentFile.parse(file, lookup: { _ in nil })
      var after = try EnvironmentFile.parse(changed, lookup: { _ in nil })
      #expect(after["KEY"] == value, "\(file.debugDescription)")
      after["KEY"] = before["KEY"]
      // What is made of the variable follows it.
      if before["B"] == "oldx" { after["B"] = before["B"] }
      #expect(after == before, "\(file.debugDescription)")
      let others = file.unicodeScalars.split(separator: "\n").map(String.init).filter { line in
        !line.contains("KEY") && !line.hasPrefix("value'")
      }
      let lines = changed.unicodeScalars.split(separator: "\n").map(String.init)
      for line in others { #expect(lines.contains(line)) }
      for mark in ["# kept", "export ", "KEY=first", "\u{FEFF}"] where file.contains(mark) {
        #expect(changed.contains(mark), "\(file.debugDescription)")
      }
    }
  }

  @Test func aFileIsReplacedWithItsModeAndItsLink() throws {
    let directory = try TemporaryDirectory()
    let (file, link) = (directory.path("real.env"), directory.path(".env"))
    try LocalFile.create(file, text: "A=1\nKEY=old\n")
    chmod(file, 0o640)
    symlink("real.env", link)
    let edit = try EnvironmentFileEdit(link, setting: [("KEY", "new"), ("MORE", "x")])
    #expect(text(of: file) == "A=1\nKEY=old\n", "a draft writes nothing")
    try edit.apply()
    #expect(text(of: link) == "A=1\nKEY=new\nMORE=x\n")
    var status = stat()
    #expect(lstat(link, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK)
    #expect(stat(file, &status) == 0 && status.st_mode & 0o7777 == 0o640)
    try edit.rollBack()
    #expect(text(of: link) == "A=1\nKEY=old\n")
    #expect(stat(file, &status) == 0 && status.st_mode & 0o7777 == 0o640)
    #expect(names(in: directory.root) == [".env", "real.env"], "nothing is left beside it")
  }

  @Test func whatWasChangedMeanwhileIsNotWrittenOver() throws {
    let directory = try TemporaryDirectory()
    let file = directory.path(".env")
    try LocalFile.create(file, text: "KEY=old\n")
    let edit = try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    try LocalFile.replace(file, text: "KEY=colleague\n")
    #expect(throws: EnvironmentFileEdit.Failure.changedUnderneath(edit.target)) { try edit.apply() }
    #expect(text(of: file) == "KEY=colleague\n")
    // The same bytes in another file: somebody has written there, too.
    let again = try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    try LocalFile.replace(file, text: "KEY=colleague\n")
    #expect(throws: EnvironmentFileEdit.Failure.changedUnderneath(edit.target)) { try again.apply() }
    #expect(throws: EnvironmentFileEdit.Failure.changedUnderneath(edit.target)) { try again.rollBack() }
    #expect(text(of: file) == "KEY=colleague\n" && names(in: directory.root) == [".env"])
  }

  @Test func whatCannotBeReplacedIsRefusedBeforeAnythingIsWritten() throws {
    let directory = try TemporaryDirectory()
    let (file, other) = (directory.path(".env"), directory.path("other"))
    try LocalFile.create(file, text: "KEY=old\n")
    #expect(link(file, other) == 0)
    #expect(throws: EnvironmentFileEdit.Failure.self) {
      try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    }
    unlink(other)
    try LocalFile.replace(file, text: "KEY='never closed\n")
    #expect(throws: EnvironmentFileEdit.Failure.self) {
      try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    }
    unlink(file)
    #expect(throws: EnvironmentFileEdit.Failure.self) {
      try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    }
    #expect(mkfifo(file, 0o600) == 0)
    #expect(throws: EnvironmentFileEdit.Failure.self) {
      try EnvironmentFileEdit(file, setting: [("KEY", "new")])
    }
  }

  @Test func noSentenceHoldsAValue() throws {
    let directory = try TemporaryDirectory()
    let file = directory.path(".env")
    try LocalFile.create(file, text: "KEY='S3cretCanary\n")
    do {
      _ = try EnvironmentFileEdit(file, setting: [("KEY", "N3wCanary")])
      Issue.record("it was read")
    } catch {
      #expect(!error.sentence.contains("Canary"), "\(error.sentence)")
    }
  }

  @Test func whatAKilledWriterLeftIsTakenAway() throws {
    let directory = try TemporaryDirectory()
    let file = directory.path(".env")
    try LocalFile.create(file, text: "KEY=old\n")
    try LocalFile.create(file + ".switchboard-new", text: "KEY=ha")
    try EnvironmentFileEdit(file, setting: [("KEY", "new")]).apply()
    #expect(text(of: file) == "KEY=new\n" && names(in: directory.root) == [".env"])
  }

  private func text(of path: String) -> String? {
    (try? LocalFile.read(path)).map { String(decoding: $0.bytes, as: UTF8.self) }
  }

  private func names(in directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      names.append(
        withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
      )
    }
    return names.filter { $0 != "." && $0 != ".." }.sorted()
  }
}
