import DataSources
import Testing

@testable import Operations

#if canImport(Glibc)
import Glibc
#endif

/// A file that is written is whole and its user's alone, and nothing is replaced unasked.
@Suite struct ExportFileTests {
  init() { EventLoop.runOnOwnThread() }

  private func withDirectory(_ body: @LoopActor (String) async throws -> Void) async throws {
    var template = Array("/tmp/switchboard-export-XXXXXX".utf8CString)
    let made = template.withUnsafeMutableBufferPointer { $0.baseAddress.flatMap { mkdtemp($0) } != nil }
    #expect(made)
    let directory = String(decoding: template.dropLast().map(UInt8.init), as: UTF8.self)
    try await body(directory)
    for name in names(directory) { unlink("\(directory)/\(name)") }
    rmdir(directory)
  }

  private func names(_ directory: String) -> [String] {
    guard let stream = opendir(directory) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted()
  }

  private func text(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4_096)
    let count = fread(&bytes, 1, bytes.count, file)
    return String(decoding: bytes.prefix(count), as: UTF8.self)
  }

  @Test func aNewFileIsItsUsersAlone() async throws {
    try await withDirectory { directory in
      let path = "\(directory)/low.csv"
      #expect(await ExportFile.write(Array("a".utf8), to: path, replacing: false) == nil)
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600)
      #expect(text(path) == "a")
      #expect(names(directory) == ["low.csv"], "nothing half is left")
    }
  }

  @Test func whatIsThereIsReplacedOnlyWhenToldSo() async throws {
    try await withDirectory { directory in
      let path = "\(directory)/low.csv"
      #expect(await ExportFile.write(Array("old".utf8), to: path, replacing: true) == nil)
      #expect(await ExportFile.write(Array("new".utf8), to: path, replacing: false) == .exists)
      #expect(text(path) == "old")
      #expect(await ExportFile.write(Array("new".utf8), to: path, replacing: true) == nil)
      #expect(text(path) == "new")
      #expect(names(directory) == ["low.csv"])
    }
  }

  @Test func whatIsNoPlainFileIsLeftAlone() async throws {
    try await withDirectory { directory in
      let (target, path) = ("\(directory)/target", "\(directory)/low.csv")
      #expect(await ExportFile.write(Array("old".utf8), to: target, replacing: false) == nil)
      #expect(symlink(target, path) == 0)
      #expect(await ExportFile.write(Array("new".utf8), to: path, replacing: true) == .notPlain)
      #expect(text(target) == "old")
      #expect(await ExportFile.write([], to: directory, replacing: true) == .notPlain)
      guard case .failed? = await ExportFile.write([], to: "\(directory)/none/low.csv", replacing: false)
      else {
        Issue.record("a directory that isn't there")
        return
      }
    }
  }
}
