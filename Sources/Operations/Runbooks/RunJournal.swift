public import DataSources
public import Facts
internal import Glibc

/// Where what happens to runs is kept before the next thing happens.
@LoopActor public protocol RunKeeping: AnyObject {
  /// Adds an event to a run; returns once it is on the disk.
  /// - Throws: why it can't be; the step must not be begun.
  func append(_ event: RunEvent, to id: String) async throws(FileFailure)
}

/// The journals of runs: one file each in the state directory, a line an event, on the disk before the next one.
@LoopActor public final class RunJournal: RunKeeping {
  private nonisolated static let cap = 1 << 20
  private nonisolated static let folder = "runs"
  private nonisolated static let ending = ".jsonl"

  nonisolated let directory: StateDirectory
  private let mask: SecretMask

  /// The journals in `directory`; it is made at the first event.
  public init(directory: StateDirectory, mask: SecretMask = SecretMask()) {
    self.directory = directory
    self.mask = mask
  }

  /// Adds an event to a run; returns once it is on the disk.
  /// - Throws: why it can't be; the step must not be begun.
  public func append(_ event: RunEvent, to id: String) async throws(FileFailure) {
    let directory = directory
    let line = Array((masked(event).line + "\n").utf8)
    let result = await LoopActor.onThreadPool { () -> Result<Void, FileFailure> in
      do throws(FileFailure) {
        try directory.makeFolder(Self.folder)
        let path = Self.path(of: id, directory)
        let file = try PrivateFile(path)
        try file.lock()
        // A console that died in the middle of a line left it torn: nothing was begun on its word.
        let length = try file.length()
        let bytes = try file.read(from: max(0, length - Self.cap), count: min(length, Self.cap))
        let torn = bytes.reversed().prefix { $0 != 0x0A }.count
        if torn > 0 { try file.truncate(to: length - torn) }
        // What is longer is not read again: nothing may be begun that nobody could tell afterwards.
        guard length - torn + line.count <= Self.cap else { throw FileFailure(EFBIG, at: path) }
        try file.writeDurably(line)
        if length == 0 { PrivateFile.syncDirectory(of: path) }
        return .success(())
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// What the operator reads may hold servers' words: no secret stays in it.
  private func masked(_ event: RunEvent) -> RunEvent {
    switch event.kind {
    case .stepEnded(let step, let outcome, let words, let next):
      RunEvent(.stepEnded(step, outcome, mask.mask(words), next: next), at: event.time)
    case .gaveUp(let reason, let author): RunEvent(.gaveUp(mask.mask(reason), by: author), at: event.time)
    case .began, .input, .stepBegan: event
    }
  }

  /// Whether a text may stand in a journal as it is: it holds no secret.
  public func isHarmless(_ text: String) -> Bool { mask.mask(text) == text }

  /// The events of a run, oldest first; nil if there is no such run.
  ///
  /// A last line without an end was never acknowledged and tells nothing; any other that can't be read makes all
  /// of it unreadable: what it told nobody knows.
  /// - Throws: why they can't be read.
  public func events(of id: String) async throws(FileFailure) -> [RunEvent]? {
    let path = Self.path(of: id, directory)
    return try await LoopActor.onThreadPool { () -> Result<[RunEvent]?, FileFailure> in
      do throws(FileFailure) {
        guard let bytes = try PrivateFile.contents(path, cap: Self.cap + 1) else { return .success(nil) }
        guard bytes.count <= Self.cap else { throw FileFailure(EFBIG, at: path) }
        let whole = bytes.lastIndex(of: 0x0A).map { bytes[..<$0] } ?? []
        let lines = whole.split(separator: 0x0A, omittingEmptySubsequences: false)
        var events: [RunEvent] = []
        for line in lines {
          guard let event = RunEvent(parsing: line) else { throw FileFailure.unreadable(path) }
          events.append(event)
        }
        guard case .began? = events.first?.kind else { throw FileFailure.unreadable(path) }
        return .success(events)
      } catch {
        return .failure(error)
      }
    }.get()
  }

  /// The ids of all runs, the newest first; none before the first run.
  public func ids() async -> [String] {
    let path = directory.file(Self.folder)
    return await LoopActor.onThreadPool {
      LocalFile.names(in: path).filter { $0.hasSuffix(Self.ending) }
        .map { String($0.dropLast(Self.ending.count)) }.reversed()
    }
  }

  /// The stamps of the journals, by the ids of their runs: which have changed, without reading them; blocking.
  nonisolated static func stamps(_ directory: StateDirectory) -> [String: LocalFile.Stamp] {
    let folder = directory.file(folder)
    var stamps: [String: LocalFile.Stamp] = [:]
    for name in LocalFile.names(in: folder) where name.hasSuffix(ending) {
      stamps[String(name.dropLast(ending.count))] = LocalFile.stamp("\(folder)/\(name)")
    }
    return stamps
  }

  private nonisolated static func path(of id: String, _ directory: StateDirectory) -> String {
    // An id is typed by hand: it must not lead out of the folder.
    directory.file("\(folder)/\(id.filter { $0 != "/" && $0 != "\0" })\(ending)")
  }

  /// The id of a run that a console begins: ids sort by time.
  public nonisolated static func newID(at time: WallTime, by author: AuditAuthor) -> String {
    let digits = Format.timestampWithMilliseconds(time).filter { $0.isNumber || $0 == "T" }
    return "\(digits)-\(author.process)"
  }
}
