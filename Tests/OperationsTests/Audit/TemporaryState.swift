import DataSources
import Facts
import Glibc
import Operations
import Testing

/// Suites that touch the file system, one after another: a size limit of one would hit the others.
@Suite(.serialized) enum FileSystemTests {}

/// A state directory of a test's own, removed with it.
final class TemporaryState: Sendable {
  let root: String
  let directory: StateDirectory

  init(environment: String = "dev") {
    var template = Array("/tmp/switchboard-XXXXXX".utf8CString)
    root = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    directory = StateDirectory(root: root, environment: environment)
  }

  deinit {
    chmod(directory.path, 0o700)
    for folder in ["locks", "runs", "books"] {
      for name in files(in: folder) { unlink(path("\(folder)/\(name)")) }
      rmdir(path(folder))
    }
    for name in files() { unlink(path(name)) }
    rmdir(directory.path)
    for name in names(in: "\(root)/switchboard") { unlink("\(root)/switchboard/\(name)") }
    rmdir("\(root)/switchboard")
    rmdir(root)
  }

  func path(_ name: String) -> String { "\(directory.path)/\(name)" }

  func read(_ name: String) -> String {
    guard let file = fopen(path(name), "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var byte = fgetc(file)
    while byte != EOF {
      bytes.append(UInt8(byte))
      byte = fgetc(file)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  func write(_ name: String, _ text: String) {
    if let slash = name.lastIndex(of: "/") { mkdir(path(String(name[..<slash])), 0o700) }
    guard let file = fopen(path(name), "w") else { return }
    fputs(text, file)
    fclose(file)
  }

  /// The names in a folder of the directory.
  func files(in folder: String = ".") -> [String] { names(in: path(folder)) }

  func lines() -> [String] {
    read("audit.jsonl").split(separator: "\n").map(String.init)
  }

  func mode(_ name: String) -> mode_t {
    var status = stat()
    return stat(path(name), &status) == 0 ? status.st_mode & 0o777 : 0
  }

  private func names(in path: String) -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
        pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names
  }
}

extension AuditRecord {
  /// A record with just enough in it.
  static func sample(
    _ event: AuditRecord.Event,
    act: String = "a1",
    exact: String = "POST /restart"
  ) -> AuditRecord {
    var record = AuditRecord(
      event,
      act: act,
      time: WallTime(secondsSince1970: 1_700_000_000.25),
      environment: "dev",
      action: "service.restart",
      target: "postgres"
    )
    record.exact = exact
    if event == .end {
      record.verdict = "done"
      record.duration = .seconds(4)
    }
    return record
  }
}

extension AuditLog {
  /// A log in a temporary directory.
  @LoopActor static func sample(
    _ state: TemporaryState,
    secrets: [(name: String, secret: Secret)] = [],
    process: Int = 4_242,
    longestFile: Int = 16 << 20
  ) -> AuditLog {
    EventLoop.runOnOwnThread()
    let author = AuditAuthor(user: "anna", host: "box", process: process)
    return AuditLog(
      directory: state.directory,
      author: author,
      mask: SecretMask(secrets),
      longestFile: longestFile
    )
  }
}
