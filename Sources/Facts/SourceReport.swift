/// Why an attempt to read or act on something outside failed.
public struct SourceFailure: Error, Sendable, Hashable {
  /// What kind of failure it was; decides the operator's word and what to try.
  public enum Code: Sendable, Hashable {
    /// Nothing listens there (ECONNREFUSED, ENOENT of a unix socket).
    case refused
    /// Our own deadline passed.
    case timedOut
    /// The name could not be resolved.
    case unresolved
    /// No way to the host, connection reset or closed in the middle of a reply.
    case disconnected
    /// The certificate or handshake was not accepted.
    case insecure
    /// 401, or a wrong password.
    case unauthorized
    /// 403, or a missing privilege.
    case forbidden
    /// 404 or 405: what was asked for is not there.
    case notFound
    /// 429; the seconds of Retry-After if it was given.
    case rateLimited(retryAfter: Int?)
    /// Any other status outside of 200 to 299.
    case status(Int)
    /// The reply could not be understood.
    case unreadable
    /// The reply was larger than the cap.
    case tooLarge
    /// The server said no: an SQL error, an error reply.
    case rejected
    /// Nothing was asked: a reference to a secret that is missing, a bad address.
    case misconfigured
    /// The console itself has run out of something: file descriptors, room for replies.
    case exhausted
    /// The console gave up on it itself (shutdown, changed environment).
    case cancelled
  }

  /// The kind of failure.
  public var code: Code
  /// Where: the address, redacted.
  public var address: String
  /// The library's or server's own words and number, raw but for passwords; may be empty.
  public var detail: String {
    didSet { detail = CredentialWords.struckOut(of: detail) }
  }
  /// What is said of it where that is known better than by its code: `not Prometheus: HTML`; nil: by its code.
  public var told: String? {
    didSet { told = told.map(CredentialWords.struckOut(of:)) }
  }

  /// Describes a failure of `code` at `address`.
  public init(_ code: Code, at address: String, detail: String = "", told: String? = nil) {
    self.code = code
    self.address = address
    // An observer hears nothing of the first values.
    self.detail = CredentialWords.struckOut(of: detail)
    self.told = told.map(CredentialWords.struckOut(of:))
  }

  /// The failure in a few words: `refused`, `timed out`, `401 unauthorized`, `redirects to /login`.
  public var word: String {
    if let told { return told }
    return switch code {
    case .refused: "refused"
    case .timedOut: "timed out"
    case .unresolved: "unknown host"
    case .disconnected: "disconnected"
    case .insecure: "not trusted"
    case .unauthorized: "401 unauthorized"
    case .forbidden: "403 forbidden"
    case .notFound: "404 not found"
    case .rateLimited: "429 rate limited"
    case .status(let status): "HTTP \(status)"
    case .unreadable: "unreadable"
    case .tooLarge: "too large"
    case .rejected: "rejected"
    case .misconfigured: "misconfigured"
    case .exhausted: "console exhausted"
    case .cancelled: "cancelled"
    }
  }

  /// Whether it is the console's own affair, which says nothing of what was to be asked.
  public var isOwn: Bool { code == .cancelled || code == .exhausted }

  /// What the operator can try, as one short sentence.
  public var advice: String {
    switch code {
    case .refused where isAtSocket:
      "Nothing answers at the socket: is its server running, may this user open it?"
    case .refused: "Nothing listens there: is the service running, is the port right?"
    case .timedOut: "It accepts but does not answer: it hangs, or the network drops packets."
    case .unresolved: "The host name is not known here: check the address in the configuration."
    case .disconnected: "The connection broke: it restarts, or something between cuts it."
    case .insecure: "Its certificate is not trusted here: check the CA and the host name."
    case .unauthorized: "The login was refused: check the user and the password reference."
    case .forbidden: "The user lacks the right: ask for it or use another user."
    case .notFound: "It is another version than expected: check the path or the version."
    case .rateLimited(let seconds):
      "Too many requests, shared with people: wait \(seconds.map { "\($0) s" } ?? "a minute")."
    case .status(300..<400): "Something else stands before it, such as a sign-in: check the address."
    case .status: "The server answered with an error: read its log."
    case .unreadable: "The reply is not what this source speaks: check the address and the port."
    case .tooLarge: "The reply exceeds the cap: check that the address is the right one."
    case .rejected: "The server refused the request: read its own words."
    case .misconfigured: "Correct the configuration: `switchboard config check` shows where."
    case .exhausted: "Nothing was asked: raise this console's limits (`ulimit -n`), or let it ask for less."
    case .cancelled: "It was given up by the console itself."
    }
  }

  /// Whether the address is that of a unix socket: `unix:/path`, `unix:///path`, `postgresql://user@/path:5432/db`.
  private var isAtSocket: Bool {
    if address.hasPrefix("unix:") { return true }
    let scheme = "postgresql://"
    guard address.hasPrefix(scheme) else { return false }
    let rest = address.dropFirst(scheme.count)
    let host = rest.firstIndex(of: "@").map { rest[rest.index(after: $0)...] } ?? rest
    return host.hasPrefix("/")
  }
}

/// What a source shows beside its scalar facts: a list of queues, of runs, of services.
///
/// Each snapshot type belongs to one kind of panel; panels fetch it by type from the ``World``.
public protocol Snapshot: Sendable, Equatable {}

/// What a probe or check found out: it could ask, and this is what the answer means.
///
/// A source with a verdict that is not `.ok` reads well and is not well.
public struct SourceVerdict: Sendable, Hashable {
  /// The state of what was asked.
  public var state: FactState
  /// Why, in a few words: `passes`, `timed out`, `login refused`.
  public var word: String

  /// Makes a verdict.
  public init(_ state: FactState, _ word: String) {
    self.state = state
    self.word = word
  }
}

/// The result of one poll that succeeded.
public struct SourceReading: Sendable {
  /// The scalar facts, each name once.
  public var observations: [Observation]
  /// The rich values, each type at most once a source.
  public var snapshots: [any Snapshot]
  /// What a probe or check says of what it asks; nil from a source that only tells facts.
  public var verdict: SourceVerdict?
  /// How long the server that answered has been up, as it says itself; nil if it doesn't.
  public var uptime: Duration?

  /// Makes a reading of facts and snapshots.
  public init(
    _ observations: [Observation],
    snapshots: [any Snapshot] = [],
    verdict: SourceVerdict? = nil
  ) {
    self.observations = observations
    self.snapshots = snapshots
    self.verdict = verdict
  }
}

/// One poll of one source, done: who, when and what.
public struct SourceReport: Sendable {
  /// The id of the source.
  public var source: String
  /// When the attempt began; facts are as old as the question, not as the reply.
  public var startedAt: Moment
  /// When it ended.
  public var endedAt: Moment
  /// The reading, or why there is none.
  public var result: Result<SourceReading, SourceFailure>

  /// Describes one finished attempt.
  public init(
    source: String,
    startedAt: Moment,
    endedAt: Moment,
    result: Result<SourceReading, SourceFailure>
  ) {
    self.source = source
    self.startedAt = startedAt
    self.endedAt = endedAt
    self.result = result
  }
}
