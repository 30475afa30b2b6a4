internal import Facts

/// What a server said of how it wants to be asked, shared by all who ask it as the same user: when it may be asked
/// again (Retry-After), and whether it refused the login.
@LoopActor final class HTTPStanding: LoginStanding {
  /// The longest wait that a server may ask for; longer is a mistake on the way.
  private static let longestWait = 900
  /// Without a Retry-After beside 429.
  private static let usualWait = 60

  private var quietUntil: MonotonicTime?
  /// Each request logs in anew: of a login that is known to be good none waits for another.
  override var needsNoTurn: Bool { isTaken }

  /// Refuses what the server doesn't want to be asked now.
  /// - Throws: `rateLimited` with the seconds left; `unauthorized` while a refused login rests.
  override func check(at place: String, now: MonotonicTime) throws(SourceFailure) {
    if let quietUntil, quietUntil > now {
      throw SourceFailure(.rateLimited(retryAfter: Self.seconds(from: now, to: quietUntil)), at: place)
    }
    try super.check(at: place, now: now)
  }

  /// Takes in what came; `isLogin` tells whether the request said who asks, else nothing of it can be refused.
  func note(_ response: HTTPResponse, isLogin: Bool = true, now: MonotonicTime) {
    let told = response.retryAfter
    switch response.status {
    case 429: quietUntil = now + .seconds(min(max(1, told ?? Self.usualWait), Self.longestWait))
    case 503: quietUntil = told.map { now + .seconds(min(max(1, $0), Self.longestWait)) }
    case 401 where isLogin: refuse(now: now)
    case 200..<300: accept(isLogin: isLogin, now: now)
    default: break
    }
  }
}
