public import Facts
internal import FoundationEssentials

/// Remembers refused logins across processes: five of them lock the account for 15 minutes.
@LoopActor public protocol LoginMemory: AnyObject {
  /// Until when this pair of email and proof (the password, and the headers sent beside it) is not to be tried; nil if
  /// it may be.
  func refusedUntil(email: String, proof: Secret, base: String) async -> WallTime?
  /// The backend has refused this pair now.
  func remember(refused email: String, proof: Secret, base: String) async
  /// The token that this pair was given before, and when it ends; nil if none is kept.
  func token(email: String, proof: Secret, base: String) async -> (secret: Secret, ends: WallTime)?
  /// Keeps the token that this pair was given until it ends; nil forgets it.
  func keep(token: (secret: Secret, ends: WallTime)?, email: String, proof: Secret, base: String) async
}

/// Who the console is at the backend.
public struct BackendLogin: Sendable {
  /// The email address.
  public let email: String
  /// The password.
  public let password: Secret
  /// The route, `/api/v1/auth/login` unless configured.
  public let path: String

  /// Makes a login.
  public init(email: String, password: Secret, path: String = "/api/v1/auth/login") {
    self.email = email
    self.password = password
    self.path = path
  }
}

/// The authenticated API of the backend: logs in when needed, keeps to the request budget.
///
/// The budget (100 requests in 60 s a token) is shared with people, so calls are spaced `spacing`
/// apart. A token lives 30 minutes and is forgotten by a restarted backend: one 401 logs in again.
@LoopActor public final class BackendSession {
  /// A token lives 30 minutes; one that is about to end is not begun with.
  private static let tokenLife = Duration.seconds(29 * 60)

  /// The API's address without a path: `http://localhost:8000`.
  public let base: String
  private let client: HTTPClient
  private let login: BackendLogin?
  private let memory: (any LoginMemory)?
  private let spacing: Duration
  private let headers: [HTTPCredentials.Header]
  /// How what stands before the backend does to the login; what the backend itself refuses is the memory's.
  private let standing = HTTPStanding()
  /// What is remembered as taken or refused: the password, and what is sent beside it.
  private let proof: Secret?
  private var token: (secret: Secret, expires: MonotonicTime)?
  private var nextTurn: MonotonicTime?
  private var blockedUntil: MonotonicTime?
  /// One login at a time: two at once would count twice against the lock.
  private var loginUnderWay: Task<Result<Secret, SourceFailure>, Never>?

  /// Makes a session that sends `headers` with each call; without a login every call that needs one fails as
  /// `misconfigured`.
  public init(
    base: String,
    login: BackendLogin?,
    memory: (any LoginMemory)?,
    client: HTTPClient,
    headers: [HTTPCredentials.Header] = [],
    spacing: Duration = .seconds(2)
  ) {
    self.base = withoutSlash(base)
    self.login = login
    self.memory = memory
    self.client = client
    self.spacing = spacing
    self.headers = headers
    proof = login.map { login in
      headers.reduce(login.password) { proof, header in
        proof.reveal { proof in
          header.value.reveal { Secret("\(proof.utf8.count):\(proof)\(header.name):\($0)") }
        }
      }
    }
  }

  /// The account that the API is asked as; nil without a login.
  public var account: String? { login?.email }
  /// Whether a login is configured.
  public var hasLogin: Bool { login != nil }

  /// Sends one call with the token, logging in before if there is none, once more after a 401.
  ///
  /// The reply is returned whatever its status, 401 after a fresh login included.
  /// - Throws: what ``HTTPClient/send(_:)`` throws; `unauthorized` when the login is refused or still
  ///   remembered as refused; `rateLimited` while Retry-After runs; `misconfigured` without a login.
  public func call(
    _ method: String,
    _ path: String,
    json body: [UInt8]? = nil,
    deadline: Duration = .seconds(5),
    cap: Int = 4 << 20
  ) async throws(SourceFailure) -> HTTPResponse {
    let used = try await currentToken()
    let first = try await send(method, path, body, deadline, cap, token: used)
    guard first.status == 401 else { return first }
    // Another call may have logged in meanwhile; its token is not the one that was refused.
    if token?.secret === used {
      token = nil
      await keep(nil)
    }
    return try await send(method, path, body, deadline, cap, token: try await currentToken())
  }

  private func send(
    _ method: String,
    _ path: String,
    _ body: [UInt8]?,
    _ deadline: Duration,
    _ cap: Int,
    token: Secret?
  ) async throws(SourceFailure) -> HTTPResponse {
    try await waitForTurn()
    var request = HTTPRequest(method, base + path, body: body, deadline: deadline, cap: cap)
    // A server that refuses the login's body may quote it (FastAPI's 422 does).
    if token == nil, let login {
      request.secrets = [login.password]
      request.standing = standing
    }
    if body != nil { request.headers.append(("Content-Type", "application/json")) }
    if let origin = WebOrigin(of: base), token != nil || !headers.isEmpty {
      request.credentials = HTTPCredentials(
        token.map { .bearer($0) } ?? .headersOnly,
        headers: headers,
        for: origin
      )
    }
    let response = try await client.send(request)
    if response.status == 429 {
      // A quarter of an hour is the longest lock there is; a longer one is a mistake on the way.
      let seconds = response.retryAfter ?? 60
      blockedUntil = LoopActor.now().monotonic + .seconds(min(max(1, seconds), 900))
    }
    return response
  }

  private func waitForTurn() async throws(SourceFailure) {
    let now = LoopActor.now().monotonic
    if let blockedUntil, blockedUntil > now {
      let left = Int((blockedUntil - now).seconds.rounded(.up))
      throw SourceFailure(.rateLimited(retryAfter: left), at: base)
    }
    let turn = max(now, nextTurn ?? now)
    nextTurn = turn + spacing
    if turn > now { await LoopActor.sleep(for: turn - now) }
  }

  private func keep(_ token: (secret: Secret, ends: WallTime)?) async {
    guard let login, let proof, let memory else { return }
    await memory.keep(token: token, email: login.email, proof: proof, base: base)
  }

  /// The token of an earlier console or call, which spares a login: ten a minute are allowed to everybody.
  private func keptToken(_ login: BackendLogin, _ proof: Secret) async -> Secret? {
    guard let kept = await memory?.token(email: login.email, proof: proof, base: base) else {
      return nil
    }
    let now = LoopActor.now()
    let left = kept.ends.secondsSince1970 - now.wall.secondsSince1970
    guard left > 0, left <= Self.tokenLife.seconds else { return nil }
    token = (kept.secret, now.monotonic + .seconds(left))
    return kept.secret
  }

  private func currentToken() async throws(SourceFailure) -> Secret {
    if let token, token.expires > LoopActor.now().monotonic { return token.secret }
    let task =
      loginUnderWay
      ?? LoopActor.task {
        // Ended by itself, not by who waits for it: a late one would end the next.
        defer { self.loginUnderWay = nil }
        do throws(SourceFailure) {
          return .success(try await self.logIn())
        } catch {
          return .failure(error)
        }
      }
    loginUnderWay = task
    return try await task.value.get()
  }

  private func logIn() async throws(SourceFailure) -> Secret {
    let address = base + (login?.path ?? "")
    guard let login, let proof else {
      throw SourceFailure(
        .misconfigured,
        at: base,
        detail: "no login is configured for this API",
        told: "no login"
      )
    }
    if let kept = await keptToken(login, proof) { return kept }
    let refused = await memory?.refusedUntil(email: login.email, proof: proof, base: base)
    if let refused {
      let minutes = Int(
        ((refused.secondsSince1970 - LoopActor.now().wall.secondsSince1970) / 60).rounded(.up)
      )
      throw SourceFailure(
        .unauthorized,
        at: address,
        detail: "this password was refused; not tried again for \(minutes) min (five lock the account)"
      )
    }
    let body = login.password.reveal { password in
      (try? JSONEncoder().encode(["email": login.email, "password": password])).map { Array($0) }
    }
    let response = try await send("POST", login.path, body ?? [], .seconds(5), 1 << 20, token: nil)
    if let failure = response.failure(at: address) {
      if response.status == 401 || response.status == 403 || response.status == 400 {
        guard await isOwn(response) else {
          throw SourceFailure(
            .unauthorized,
            at: address,
            detail: "refused before the login, so perhaps a header is wrong: \(failure.detail)"
          )
        }
        if let memory {
          await memory.remember(refused: login.email, proof: proof, base: base)
          // Where it couldn't be written, this console's own has to do.
          let isKept = await memory.refusedUntil(email: login.email, proof: proof, base: base) != nil
          if isKept { standing.forgetRefusal() }
        }
        throw SourceFailure(.unauthorized, at: address, detail: failure.detail)
      }
      throw failure
    }
    guard let reply = await LoopActor.decodeJSON(response.body), let text = reply["access_token"]?.text,
      !text.isEmpty, text.utf8.count < 16_384, !text.contains(where: \.isNewline)
    else {
      throw SourceFailure(.unreadable, at: address, detail: "no access_token in the reply")
    }
    let secret = Secret(text)
    let now = LoopActor.now()
    token = (secret, now.monotonic + Self.tokenLife)
    await keep((secret, now.wall + Self.tokenLife))
    return secret
  }

  /// Whether the backend itself refuses, and not the gateway that the headers are for: it says why in `detail`.
  private func isOwn(_ refusal: HTTPResponse) async -> Bool {
    guard !headers.isEmpty else { return true }
    return await LoopActor.decodeJSON(refusal.body)?["detail"] != nil
  }
}
