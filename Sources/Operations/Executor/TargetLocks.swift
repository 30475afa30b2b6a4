public import DataSources
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// Who acts on what, across all consoles that share a state directory.
@LoopActor public protocol TargetLocking: AnyObject {
  /// Takes the lock of a target for an act asked for at `askedAt`.
  /// - Throws: `busy` with who has it or acted since; `lockUnavailable` if it can't be kept.
  func take(_ target: String, for act: SafeText, askedAt: WallTime) async throws(Refusal) -> TargetLock
}

/// A lock that is held until it is given back, or its process ends.
public struct TargetLock: Sendable {
  /// Whether a lock that was taken is still held.
  public enum Standing: Sendable, Hashable {
    /// Nobody else has had it.
    case held
    /// Somebody else has it, or had it meanwhile; the words say who.
    case lost(SafeText)
    /// Where it is kept can't be asked, and that for longer than it lasts by itself.
    case unsure(SafeText)
  }

  /// What the operator should know of it; nil if nothing.
  public private(set) var note: SafeText?
  /// Asks whether it is still held: a console that was stopped finds out late that its lock ended.
  let standing: @LoopActor @Sendable () async -> Standing
  let end: @LoopActor @Sendable (_ hasActed: Bool) async -> Void

  /// Holds what `end` gives back, and what the kernel or nobody takes away meanwhile.
  public init(_ end: @escaping @LoopActor @Sendable (_ hasActed: Bool) async -> Void) {
    self.init(standing: { .held }, end)
  }

  /// Holds what `end` gives back and what can be lost: `standing` asks where it is kept.
  public init(
    standing: @escaping @LoopActor @Sendable () async -> Standing,
    _ end: @escaping @LoopActor @Sendable (_ hasActed: Bool) async -> Void
  ) {
    self.standing = standing
    self.end = end
  }

  /// The same with something to know of it.
  func noting(_ note: SafeText) -> TargetLock {
    var lock = self
    lock.note = note
    return lock
  }

  /// Gives it back after an act, and notes when: who asked before that is told.
  @LoopActor public func release() async { await end(true) }

  /// Gives it back without anything having been done.
  @LoopActor public func abandon() async { await end(false) }
}

extension TargetLock {
  /// The locks of the act that this task carries out; none outside of one.
  ///
  /// What ends for good within an act asks for them itself: the verdict comes too late for that.
  @TaskLocal static var ofThisAct: [TargetLock] = []
}

extension [TargetLock] {
  /// How the worst of an act's locks stands: whoever acts without one may be crossed by another.
  @LoopActor func standing() async -> TargetLock.Standing {
    var worst = TargetLock.Standing.held
    for lock in self {
      switch await lock.standing() {
      case .held: continue
      case .unsure(let words): worst = .unsure(words)
      case .lost(let words): return .lost(words)
      }
    }
    return worst
  }
}

/// Locks as files of the state directory: flock, so that the kernel frees what a dead console held.
///
/// Each file tells who took it last, for what, since when and until when.
@LoopActor public final class FileTargetLocks: TargetLocking {
  private let directory: StateDirectory
  private let author: AuditAuthor
  private let now: @LoopActor () -> WallTime

  /// The locks in `directory`; it is made at the first.
  public init(
    directory: StateDirectory,
    author: AuditAuthor,
    now: @escaping @LoopActor () -> WallTime = { LoopActor.now().wall }
  ) {
    self.directory = directory
    self.author = author
    self.now = now
  }

  /// Takes the lock of a target.
  public func take(
    _ target: String,
    for act: SafeText,
    askedAt: WallTime
  ) async throws(Refusal) -> TargetLock {
    let holder = LockHolder(act: act.string, author: author, begun: now().secondsSince1970, ended: nil)
    let directory = directory
    let result = await LoopActor.onThreadPool {
      LockFile.take(target, in: directory, for: holder, askedAt: askedAt)
    }
    let file = try result.get()
    let now = now
    return TargetLock { hasActed in
      let ended = hasActed ? now().secondsSince1970 : nil
      await LoopActor.onThreadPool { file.release(at: ended) }
    }
  }
}

/// Who holds or held a lock: the file's content.
struct LockHolder: Sendable, Hashable {
  var act: String
  var author: AuditAuthor
  /// Wall time in seconds since 1970.
  var begun: Double
  /// Wall time in seconds since 1970; nil while it is held, or if its console died.
  var ended: Double?

  init(act: String, author: AuditAuthor, begun: Double, ended: Double?) {
    self.act = act
    self.author = author
    self.begun = begun
    self.ended = ended
  }

  /// Reads a lock file; nil if it is none of ours.
  init?(parsing bytes: [UInt8]) {
    guard let value = JSONValue(parsing: bytes), let act = value["act"]?.text,
      let begun = value["begun"]?.number
    else { return nil }
    let author = AuditAuthor(
      user: value["user"]?.text ?? "",
      host: value["host"]?.text ?? "",
      process: value["pid"]?.integer ?? 0
    )
    self.init(act: act, author: author, begun: begun, ended: value["ended"]?.number)
  }

  var bytes: [UInt8] {
    var members: [JSONBody.Member] = [
      .init("act", .string(act)), .init("user", .string(author.person)), .init("host", .string(author.host)),
      .init("pid", .integer(author.process)), .init("begun", .number(begun)),
    ]
    if let ended { members.append(.init("ended", .number(ended))) }
    return Array((JSONBody.object(members).text + "\n").utf8)
  }

  /// `anna@box (pid 42)`.
  var who: SafeText {
    "\(SafeText(author.person))@\(SafeText(author.host)) (pid \(author.process))"
  }
}

/// One lock file, held by its open descriptor; blocking calls: on the thread pool only.
private struct LockFile: Sendable {
  private static let cap = 4_096

  private let descriptor: Int32
  private let holder: LockHolder
  /// Who had it before: told again if nothing is done.
  private let last: LockHolder?

  static func take(
    _ target: String,
    in directory: StateDirectory,
    for holder: LockHolder,
    askedAt: WallTime
  ) -> Result<LockFile, Refusal> {
    let folder = directory.file("locks")
    // A target's name may hold anything: its digest is a name for a file.
    let path = "\(folder)/\(Digest.sha256(target.utf8).prefix(32)).lock"
    func unavailable(_ number: Int32) -> Result<LockFile, Refusal> {
      let failure = FileFailure(number, at: path)
      return .failure(.lockUnavailable(path: SafeText(path), cause: SafeText(failure.cause)))
    }
    do throws(FileFailure) {
      try directory.make()
    } catch {
      return .failure(.lockUnavailable(path: SafeText(error.path), cause: SafeText(error.cause)))
    }
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return unavailable(errno) }
    let descriptor: Int32
    do throws(FileFailure) {
      descriptor = try PrivateFile.descriptor(path, flags: O_RDWR | O_CREAT)
    } catch {
      return unavailable(error.number)
    }
    let isFree = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    let number = errno
    let last = read(descriptor).flatMap(LockHolder.init(parsing:))
    if !isFree {
      close(descriptor)
      guard number == EWOULDBLOCK else { return unavailable(number) }
      let who = last.map { "\($0.who) since \(clock($0.begun)): \(SafeText($0.act))" as SafeText }
      return .failure(.busy("it is being acted on by \(who ?? "another console")"))
    }
    if let last, let ended = last.ended, ended > askedAt.secondsSince1970 {
      defer { close(descriptor) }
      let act = SafeText(last.act)
      guard ended > holder.begun else {
        return .failure(
          .busy(
            "\(last.who) did this meanwhile, until \(clock(ended)): \(act); look at it before you ask again"
          )
        )
      }
      // The clock was set back, so when it ended nobody can say: it counts as done just now, and only once.
      LockFile(descriptor: descriptor, holder: last, last: nil).note(end: holder.begun)
      return .failure(
        .busy(
          """
          \(last.who) did this, until \(clock(ended)) of a clock that was set back since: \(act); look at it \
          before you ask again
          """
        )
      )
    }
    let file = LockFile(descriptor: descriptor, holder: holder, last: last)
    guard file.write(holder) else {
      let number = errno
      close(descriptor)
      return unavailable(number)
    }
    return .success(file)
  }

  /// Notes the end (nil: nothing was done) and gives the lock back; a note that can't be written is missed.
  func release(at ended: Double?) {
    if let ended {
      note(end: ended)
    } else if let last {
      _ = write(last)
    } else {
      _ = ftruncate(descriptor, 0)
    }
    close(descriptor)
  }

  private func note(end: Double) {
    var holder = holder
    holder.ended = end
    _ = write(holder)
  }

  private func write(_ holder: LockHolder) -> Bool {
    let bytes = holder.bytes
    return ftruncate(descriptor, 0) == 0 && pwrite(descriptor, bytes, bytes.count, 0) == bytes.count
  }

  private static func read(_ descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: cap)
    let count = pread(descriptor, &bytes, cap, 0)
    return count > 0 ? Array(bytes.prefix(count)) : nil
  }

  private static func clock(_ seconds: Double) -> SafeText {
    SafeText(Format.timestamp(WallTime(secondsSince1970: seconds)))
  }
}
