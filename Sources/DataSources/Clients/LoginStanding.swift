internal import Facts

/// Whether a server takes a login, shared by all who log in there as the same user.
///
/// A password that was refused is not tried at the next poll: many servers lock the account after a few times.
@LoopActor class LoginStanding {
  /// The waits after which a login that was accepted before is tried again.
  ///
  /// A server that has just started may refuse everybody for a moment. One that never was accepted is not tried again
  /// at all, and three tries lock no account.
  private static let patience = [10, 60]
  /// So long after a refusal an answer shows that it is over: beside what is refused there may be open paths.
  private static let calm = Duration.seconds(300)

  /// When the login was refused last; nil when it never was.
  private var refusedAt: MonotonicTime?
  /// Whether a login was refused and rests.
  private(set) var isRefused = false
  private var refusals = 0
  private var wasAccepted = false
  /// Whether the last answer took the login.
  private(set) var isTaken = false
  /// Whether several may log in at once.
  ///
  /// Who keeps a connection logs in seldom, and after a restart all at once: what was taken before may be refused now.
  var needsNoTurn: Bool { false }
  /// The turn of the one who tries; nil while nobody does.
  private var trying: Turn?
  private var turns = 0
  private var waiting: [CheckedContinuation<Turn?, Never>] = []

  /// One try of a login, from ``enter(at:isLogin:)`` to ``leave(_:)``.
  struct Turn: Hashable {
    fileprivate let number: Int
  }

  /// Knows nothing yet.
  nonisolated init() {}

  /// Waits while another tries the login, for of several at once each would count; `isLogin` tells whether it will be
  /// said who asks.
  ///
  /// - Returns: what ``leave(_:)`` takes, in whatever way the try ends; nil where nobody waits for it.
  /// - Throws: what ``check(at:now:)`` throws.
  func enter(at place: String, isLogin: Bool) async throws(SourceFailure) -> Turn? {
    let turn = await isLogin ? takeTurn() : nil
    do throws(SourceFailure) {
      try check(at: place, now: LoopActor.now().monotonic)
      return turn
    } catch {
      leave(turn)
      throw error
    }
  }

  /// The try has ended; where the login was neither taken nor refused, as after a timeout, the next one tries alone.
  func leave(_ turn: Turn?) {
    guard let turn, trying == turn else { return }
    trying = nil
    if !waiting.isEmpty { waiting.removeFirst().resume(returning: beginTurn()) }
  }

  private func takeTurn() async -> Turn? {
    await withCheckedContinuation { continuation in
      // Asked in here, since others run before this: whoever has the turn may have left by now.
      if needsNoTurn {
        continuation.resume(returning: nil)
      } else if trying == nil {
        continuation.resume(returning: beginTurn())
      } else {
        waiting.append(continuation)
      }
    }
  }

  private func beginTurn() -> Turn {
    turns += 1
    let turn = Turn(number: turns)
    trying = turn
    return turn
  }

  /// What was waited for is known: nobody needs to wait any longer.
  private func endWaiting() {
    trying = nil
    let waiting = waiting
    self.waiting = []
    for one in waiting { one.resume(returning: nil) }
  }

  /// Refuses to try while a refused login rests.
  /// - Throws: `unauthorized`, with the time of the next try.
  func check(at place: String, now: MonotonicTime) throws(SourceFailure) {
    guard isRefused else { return }
    let again = nextTry
    if let again, again <= now { return }
    let when =
      again.map { "in \(Self.seconds(from: now, to: $0)) s" }
      ?? "when all sources are asked anew (refresh), or with another password"
    throw SourceFailure(
      .unauthorized,
      at: place,
      detail: "this login was refused; it is tried again \(when)"
    )
  }

  /// Somebody wants the login to be tried once more.
  func forgetRefusal() {
    isRefused = false
  }

  /// When a refused login is tried again; nil: never by itself.
  private var nextTry: MonotonicTime? {
    guard let refusedAt, wasAccepted, refusals <= Self.patience.count else { return nil }
    return refusedAt + .seconds(Self.patience[refusals - 1])
  }

  /// The login was refused.
  func refuse(now: MonotonicTime) {
    defer { endWaiting() }
    // Of several on their way at once one counts.
    if isRefused, nextTry.map({ $0 > now }) ?? true { return }
    refusals += 1
    refusedAt = now
    isRefused = true
    isTaken = false
  }

  /// The server let in who asks; `isLogin` tells whether it was said who that is.
  func accept(isLogin: Bool, now: MonotonicTime) {
    if let refusedAt, now - refusedAt >= Self.calm { refusals = 0 }
    isRefused = false
    wasAccepted = isLogin
    isTaken = true
    endWaiting()
  }

  static func seconds(from now: MonotonicTime, to end: MonotonicTime) -> Int {
    Int((end - now).seconds.rounded(.up))
  }
}
