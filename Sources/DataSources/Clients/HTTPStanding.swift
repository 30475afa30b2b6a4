internal import Facts

/// What a server said of how it wants to be asked, shared by all who ask it as the same user: when it may be asked
/// again (Retry-After), and whether it refused the login.
///
/// A password that was refused is not tried at the next poll: many servers lock the account after a few times.
@LoopActor final class HTTPStanding {
  /// The longest wait that a server may ask for; longer is a mistake on the way.
  private static let longestWait = 900
  /// Without a Retry-After beside 429.
  private static let usualWait = 60
  /// The waits after which a login that was accepted before is tried again.
  ///
  /// A server that has just started may refuse everybody for a moment. One that never was accepted is not tried again
  /// at all, and three tries lock no account.
  private static let patience = [10, 60]
  /// So long after a refusal an answer shows that it is over: beside what is refused there may be open paths.
  private static let calm = Duration.seconds(300)

  private var quietUntil: MonotonicTime?
  /// When the login was refused last; nil when it never was.
  private var refusedAt: MonotonicTime?
  /// Whether a login was refused and rests.
  private(set) var isRefused = false
  private var refusals = 0
  private var wasAccepted = false
  /// Whether the last answer took the login.
  private var isTrusted = false
  private var isTrying = false
  private var waiting: [CheckedContinuation<Void, Never>] = []

  /// Knows nothing yet.
  nonisolated init() {}

  /// Refuses what the server doesn't want to be asked now.
  /// - Throws: `rateLimited` with the seconds left; `unauthorized` while a refused login rests.
  func check(at place: String, now: MonotonicTime) throws(SourceFailure) {
    if let quietUntil, quietUntil > now {
      throw SourceFailure(.rateLimited(retryAfter: Self.seconds(from: now, to: quietUntil)), at: place)
    }
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
    guard !isTrusted, isTrying else {
      isTrying = true
      return
    }
    await withCheckedContinuation { waiting.append($0) }
  }

  /// A request has ended, however it did.
  func endTurn() {
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

  /// Takes in what came; `isLogin` tells whether the request said who asks, else nothing of it can be refused.
  func note(_ response: HTTPResponse, isLogin: Bool = true, now: MonotonicTime) {
    let told = response.header("retry-after").flatMap(Int.init)
    switch response.status {
    case 429: quietUntil = now + .seconds(min(max(1, told ?? Self.usualWait), Self.longestWait))
    case 503: quietUntil = told.map { now + .seconds(min(max(1, $0), Self.longestWait)) }
    case 401 where isLogin:
      // Of several on their way at once one counts.
      if isRefused, nextTry.map({ $0 > now }) ?? true { return }
      refusals += 1
      refusedAt = now
      isRefused = true
      isTrusted = false
    case 200..<300:
      if let refusedAt, now - refusedAt >= Self.calm { refusals = 0 }
      isRefused = false
      wasAccepted = isLogin
      isTrusted = true
    default: break
    }
  }

  private static func seconds(from now: MonotonicTime, to end: MonotonicTime) -> Int {
    Int((end - now).seconds.rounded(.up))
  }
}
