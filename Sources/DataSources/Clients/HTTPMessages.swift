public import Facts

/// Who asks: bound to the origin it was configured for, and sent nowhere else.
public struct HTTPCredentials: Sendable {
  /// The way of proving who asks.
  public enum Scheme: Sendable {
    /// HTTP Basic, as the RabbitMQ management API takes it.
    case basic(user: String, password: Secret)
    /// A bearer token, as the backend's JWT.
    case bearer(Secret)
    /// By the headers alone, if at all.
    case headersOnly
  }

  /// A header of the user's own, such as the tenant of a store (`X-Scope-OrgID`).
  public struct Header: Sendable {
    /// Its name.
    public let name: String
    /// Its value.
    public let value: Secret
    /// Whether the value is to be kept from what is shown.
    public let isSecret: Bool

    /// Makes a header.
    public init(_ name: String, _ value: Secret, isSecret: Bool) {
      self.name = name
      self.value = value
      self.isSecret = isSecret
    }
  }

  /// The way of proving who asks.
  public let scheme: Scheme
  /// What else is told of who asks.
  public let headers: [Header]
  /// The only origin that may see it.
  public let origin: WebOrigin
  /// How the server stands to this user; the same for all copies.
  let standing = HTTPStanding()

  /// Binds a scheme and headers to an origin.
  public init(_ scheme: Scheme, headers: [Header] = [], for origin: WebOrigin) {
    self.scheme = scheme
    self.headers = headers
    self.origin = origin
  }

  /// Whether they say who asks, which a server may refuse: a tenant alone says only whose data are meant.
  var isLogin: Bool {
    switch scheme {
    case .basic, .bearer: true
    case .headersOnly: headers.contains(where: \.isSecret)
    }
  }
}

/// One HTTP request.
public struct HTTPRequest: Sendable {
  /// The method, in capitals.
  public var method: String
  /// The absolute http(s) address; behind a unix socket its host is only a name.
  public var url: String
  /// Further headers, in order.
  public var headers: [(name: String, value: String)] = []
  /// The body; its type goes into `headers`.
  public var body: [UInt8]?
  /// Who asks.
  public var credentials: HTTPCredentials?
  /// What else it carries that must not come back, such as the password in its body.
  public var secrets: [Secret] = []
  /// How the server stands to who asks; nil: nobody keeps to what it said.
  var standing: HTTPStanding?
  /// The path of a unix socket to connect to instead of the host.
  public var unixSocket: String?
  /// The certificates of TLS; nil: those of the machine.
  public var certificates: CertificateFiles?
  /// The time until the whole reply must be there.
  public var deadline: Duration
  /// The most bytes of body accepted, counted after decompression.
  public var cap: Int

  /// Makes a request; 2 s and 4 MiB unless told.
  public init(
    _ method: String = "GET",
    _ url: String,
    body: [UInt8]? = nil,
    credentials: HTTPCredentials? = nil,
    unixSocket: String? = nil,
    deadline: Duration = .seconds(2),
    cap: Int = 4 << 20
  ) {
    self.method = method
    self.url = url
    self.body = body
    self.credentials = credentials
    standing = credentials?.standing
    self.unixSocket = unixSocket
    self.deadline = deadline
    self.cap = cap
  }

  /// Whether it says who asks, which a server may refuse.
  var isLogin: Bool { credentials?.isLogin ?? false || !secrets.isEmpty }

  /// Where it goes, as failures show it: without a query, which is what is asked and may be long.
  var place: String {
    unixSocket.map { "unix:\($0)" } ?? String(redacted(url).prefix { $0 != "?" })
  }

  /// Why it can't be sent: a line break in a header would begin another one.
  ///
  /// Nil if it can.
  var problem: String? {
    func hasLineBreak(_ text: String) -> Bool {
      text.utf8.contains { $0 == 0x0D || $0 == 0x0A || $0 == 0 }
    }
    for header in headers where hasLineBreak(header.name) || hasLineBreak(header.value) {
      return "a line break in a header"
    }
    for header in credentials?.headers ?? [] where header.value.reveal(hasLineBreak) {
      return "a line break in the header \(header.name) (does its file or command end with one?)"
    }
    if case .bearer(let token) = credentials?.scheme, token.reveal(hasLineBreak) {
      return "a line break in the token (does its file or command end with one?)"
    }
    return hasLineBreak(method) || hasLineBreak(url) ? "a line break in the address" : nil
  }

  /// Where it goes, as it may be shown: `GET http://host:port/path`.
  public var shown: String {
    if let unixSocket {
      let path = url.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
      return "\(method) unix:\(unixSocket) /\(path.count > 3 ? String(path[3]) : "")"
    }
    return "\(method) \(redacted(url))"
  }
}

/// One HTTP reply, complete.
public struct HTTPResponse: Sendable {
  /// The status code.
  public var status: Int
  /// The headers of the last response, names in lower case.
  public var headers: [(name: String, value: String)]
  /// The body, decompressed.
  public var body: [UInt8]
  /// From the start of the request to the end of the reply.
  public var duration: Duration
  /// The room that a large body takes as long as somebody reads it.
  var lease: ReplyRoom.Lease?

  /// Makes a reply; tests do.
  public init(
    status: Int,
    headers: [(name: String, value: String)] = [],
    body: [UInt8] = [],
    duration: Duration = .zero
  ) {
    self.status = status
    self.headers = headers
    self.body = body
    self.duration = duration
  }

  /// The first header of that name (in lower case).
  public func header(_ name: String) -> String? {
    headers.first { $0.name == name }?.value
  }
}
