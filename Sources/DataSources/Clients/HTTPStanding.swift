internal import Facts

/// What a server said of how it wants to be asked, shared by all who ask it as the same user: when it may be asked
/// again (Retry-After), and whether it refused the login.
///
/// A password that was refused is not tried at every poll: many servers lock the account after a few times.
@LoopActor final class HTTPStanding {
  /// The longest wait that a server may ask for; longer is a mistake on the way.
  private static let longestWait = 900
  /// Without a Retry-After beside 429.
  private static let usualWait = 60
  /// The wait after a first refusal of a login, doubled by each further one: a server that has just started may
  /// refuse everybody for a moment.
  private static let firstRefusal = 10

  private var quietUntil: MonotonicTime?
  private var refusedUntil: MonotonicTime?
  private var refusals = 0

  /// Knows nothing yet.
  nonisolated init() {}

  /// Refuses what the server doesn't want to be asked now.
  /// - Throws: `rateLimited` with the seconds left; `unauthorized` while a refused login rests.
  func check(at place: String, now: MonotonicTime) throws(SourceFailure) {
    if let quietUntil, quietUntil > now {
      throw SourceFailure(.rateLimited(retryAfter: Self.seconds(from: now, to: quietUntil)), at: place)
    }
    if let refusedUntil, refusedUntil > now {
      throw SourceFailure(
        .unauthorized,
        at: place,
        detail: "this login was refused; it is tried again in \(Self.seconds(from: now, to: refusedUntil)) s"
      )
    }
  }

  /// Takes in what came.
  func note(_ response: HTTPResponse, now: MonotonicTime) {
    let told = response.header("retry-after").flatMap(Int.init)
    switch response.status {
    case 429: quietUntil = now + .seconds(min(max(1, told ?? Self.usualWait), Self.longestWait))
    case 503: quietUntil = told.map { now + .seconds(min(max(1, $0), Self.longestWait)) }
    case 401:
      // Of several on their way at once one counts.
      guard refusedUntil.map({ $0 <= now }) ?? true else { return }
      refusals += 1
      let wait = min(Self.firstRefusal << min(refusals - 1, 8), Self.longestWait)
      refusedUntil = now + .seconds(wait)
    default:
      refusals = 0
      refusedUntil = nil
    }
  }

  private static func seconds(from now: MonotonicTime, to end: MonotonicTime) -> Int {
    Int((end - now).seconds.rounded(.up))
  }
}
