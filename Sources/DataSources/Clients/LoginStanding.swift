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
  private var isTrusted = false
  private var isTrying = false
  /// Whether the login was taken or refused since somebody began to try.
  private var hasVerdict = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Knows nothing yet.
  nonisolated init() {}

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

  /// Waits while the first request of a login that isn't known to be good is on its way: of several at once each
  /// would count as a try.
  func takeTurn() async {
    if !isTrusted, isTrying { return await withCheckedContinuation { waiting.append($0) } }
    isTrying = true
    if !isTrusted { hasVerdict = false }
  }

  /// A request has ended, however it did; without a verdict, as after a timeout, the next one tries alone.
  func endTurn() {
    guard hasVerdict || waiting.isEmpty else { return waiting.removeFirst().resume() }
    isTrying = false
    let waiting = waiting
    self.waiting = []
    for one in waiting { one.resume() }
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
    hasVerdict = true
    // Of several on their way at once one counts.
    if isRefused, nextTry.map({ $0 > now }) ?? true { return }
    refusals += 1
    refusedAt = now
    isRefused = true
    isTrusted = false
  }

  /// The server let in who asks; `isLogin` tells whether it was said who that is.
  func accept(isLogin: Bool, now: MonotonicTime) {
    if let refusedAt, now - refusedAt >= Self.calm { refusals = 0 }
    hasVerdict = true
    isRefused = false
    wasAccepted = isLogin
    isTrusted = true
  }

  static func seconds(from now: MonotonicTime, to end: MonotonicTime) -> Int {
    Int((end - now).seconds.rounded(.up))
  }
}
