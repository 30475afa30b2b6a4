public import DataSources
public import Facts

/// Locks that the consoles of other hosts see, too: in Redis, beside those of the state directory.
///
/// Where Redis can't be used the lock holds on this host alone, and says so. One that is held is renewed until it
/// is given back; that of a console that died or was stopped ends by itself, and who was stopped is told at the
/// next step.
@LoopActor public final class SharedTargetLocks: TargetLocking {
  private let local: any TargetLocking
  private let board: SharedBoard
  private let environment: String
  private let author: AuditAuthor
  private let now: @LoopActor () -> WallTime

  /// Locks in `local` and on `board`.
  public init(
    _ local: any TargetLocking,
    board: SharedBoard,
    environment: String,
    author: AuditAuthor,
    now: @escaping @LoopActor () -> WallTime = { LoopActor.now().wall }
  ) {
    self.local = local
    self.board = board
    self.environment = environment
    self.author = author
    self.now = now
  }

  /// Takes the lock of a target, here and then everywhere.
  public func take(
    _ target: String,
    for act: SafeText,
    askedAt: WallTime
  ) async throws(Refusal) -> TargetLock {
    let own = try await local.take(target, for: act, askedAt: askedAt)
    let digest = String(Digest.sha256(target.utf8).prefix(32))
    let shared = SharedLock(
      board,
      lock: SharedBoard.Key(environment, "lock", digest),
      last: SharedBoard.Key(environment, "last", digest),
      holder: LockHolder(act: act.string, author: author, begun: now().secondsSince1970, ended: nil)
    )
    let askedAgo = Duration.seconds(now().secondsSince1970 - askedAt.secondsSince1970)
    switch await shared.take(askedAgo: askedAgo) {
    case .busy(let words):
      await own.abandon()
      throw .busy(words)
    case .alone(let failure):
      return own.noting("locked on this host alone, Redis: \(SafeText(failure.word))")
    case .held:
      return TargetLock(standing: shared.standing) { hasActed in
        await shared.giveBack(hasActed)
        await own.end(hasActed)
      }
    }
  }
}

/// One lock in Redis.
@LoopActor private final class SharedLock {
  enum Taking {
    case held
    /// Somebody else has it, or acted since it was asked for.
    case busy(SafeText)
    /// Redis can't be used.
    case alone(SourceFailure)
  }

  /// A lock ends by itself so long after it was renewed last.
  private static let held = Duration.seconds(15)
  private static let renewal = Duration.seconds(1)
  /// How long it is remembered who acted last.
  private static let remembered = Duration.seconds(900)

  private let board: SharedBoard
  private let lock: SharedBoard.Key
  private let last: SharedBoard.Key
  private let holder: LockHolder
  /// What stands in Redis: the holder, its process' life, and what no other lock has.
  private let note: String
  private var isHeld = false
  /// Who took it while it was not renewed; it stays lost.
  private var loss: SafeText?
  /// The last act of another on the target when this was taken, as it stood in Redis.
  private var lastBefore: String?
  private var renewedAt = LoopActor.now()
  private var isRenewing = false

  init(_ board: SharedBoard, lock: SharedBoard.Key, last: SharedBoard.Key, holder: LockHolder) {
    self.board = board
    self.lock = lock
    self.last = last
    self.holder = holder
    let life = ProcessLife.own?.text ?? ""
    note = "\(String(decoding: holder.bytes, as: UTF8.self))\(life)\n\(UInt64.random(in: .min ... .max))"
  }

  /// Takes it, unless somebody has it or has acted within `askedAgo`.
  func take(askedAgo: Duration) async -> Taking {
    do throws(SourceFailure) {
      guard try await isPut() else {
        let other = try await board.note(at: lock).flatMap(Self.holder)
        let who = other.map { "\($0.who): \(SafeText($0.act))" as SafeText } ?? "another console"
        return .busy("it is being acted on by \(who); if that console has died, its lock ends within 15 s")
      }
      // Whoever may not renew a lock must not rely on it.
      guard try await board.renew(note, at: lock, for: Self.held) else {
        return .busy("another console took it at the same moment")
      }
      renewedAt = LoopActor.now()
      lastBefore = try await board.note(at: last)
      if let (other, ago) = try await lastAct(), ago < askedAgo {
        await free()
        return .busy(
          """
          \(other.who) did this \(SafeText(Format.duration(ago))) ago, after you asked: \(SafeText(other.act)); \
          look at it before you ask again
          """
        )
      }
    } catch {
      await free()
      return .alone(error)
    }
    isHeld = true
    LoopActor.task { await self.keep() }
    return .held
  }

  /// Gives it back, and tells the others that something was done.
  func giveBack(_ hasActed: Bool) async {
    isHeld = false
    if hasActed {
      do throws(SourceFailure) {
        var done = holder
        // By the server's clock, which is the same for all.
        done.ended = try await board.clock()
        try await board.replace(String(decoding: done.bytes, as: UTF8.self), at: last, for: Self.remembered)
      } catch {
        // Redis went while the act was on, perhaps by it: then the others don't see that lock either.
      }
    }
    await free()
  }

  /// Whether it is there now: put where none was, or in place of one whose console is seen to be dead.
  private func isPut() async throws(SourceFailure) -> Bool {
    if try await board.put(note, at: lock, for: Self.held) { return true }
    guard let other = try await board.note(at: lock),
      let life = other.split(separator: "\n").dropFirst().first.flatMap({ ProcessLife(String($0)) }),
      life.isOver == true
    else { return false }
    try await board.remove(other, at: lock)
    return try await board.put(note, at: lock, for: Self.held)
  }

  private func lastAct() async throws(SourceFailure) -> (holder: LockHolder, ago: Duration)? {
    guard let other = lastBefore.flatMap(Self.holder), let ended = other.ended else { return nil }
    return (other, .seconds(max(0, try await board.clock() - ended)))
  }

  private func keep() async {
    while isHeld, loss == nil {
      await LoopActor.sleep(for: Self.renewal)
      guard isHeld else { return }
      // Without Redis it is tried again: nobody else can take it there meanwhile.
      try? await renew()
    }
  }

  /// Asks Redis now, since whoever was stopped runs on before the next renewal.
  func standing() async -> TargetLock.Standing {
    if loss == nil {
      do throws(SourceFailure) {
        try await renew()
      } catch {
        guard silence >= Self.held else { return .held }
        let time = SafeText(Format.duration(silence))
        return .unsure("the lock in Redis was not renewed for \(time): \(SafeText(error.word))")
      }
    }
    return loss.map { .lost($0) } ?? .held
  }

  /// How long ago it was renewed: the monotonic clock stands still while a machine sleeps, the other one may be set.
  private var silence: Duration {
    let now = LoopActor.now()
    return max(
      now.monotonic - renewedAt.monotonic,
      .seconds(now.wall.secondsSince1970 - renewedAt.wall.secondsSince1970)
    )
  }

  /// Renews it; one that ended meanwhile is taken again, and lost if anybody can have had it in between.
  ///
  /// One renewal at a time: of two, one could see what the other has just taken again and not yet asked about.
  private func renew() async throws(SourceFailure) {
    while isRenewing { await LoopActor.sleep(for: .milliseconds(5)) }
    isRenewing = true
    defer { isRenewing = false }
    guard loss == nil else { return }
    if try await !board.renew(note, at: lock, for: Self.held) {
      // A server that was restarted has forgotten it; or this console was stopped for longer than it lasts.
      let lapsed = silence >= Self.held ? silence : nil
      let isFree = try await board.put(note, at: lock, for: Self.held)
      // It was given back meanwhile: nobody holds it.
      if isFree, !isHeld { return await free() }
      let other = try await board.note(at: isFree ? last : lock)
      if !isFree || other != nil && other != lastBefore {
        let who = other.flatMap(Self.holder)
        let name = who?.who ?? "another console"
        let act = who.map { ": \(SafeText($0.act))" as SafeText } ?? ""
        let did: SafeText = isFree ? "\(name) acted meanwhile\(act)" : "\(name) has taken it\(act)"
        loss = "the lock ended while this console stood still, and \(did)"
      } else if let lapsed {
        // Whoever had it may have died before he told, or it is so long ago that it is forgotten.
        let time = SafeText(Format.duration(lapsed))
        loss = "this console stood still for \(time), its lock ended, and whether another acted is not known"
      }
    }
    renewedAt = LoopActor.now()
  }

  private func free() async {
    // If that fails it ends by itself.
    try? await board.remove(note, at: lock)
  }

  private static func holder(_ note: String) -> LockHolder? {
    LockHolder(parsing: Array(note.utf8.prefix { $0 != UInt8(ascii: "\n") }))
  }
}
