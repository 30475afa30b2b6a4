public import Facts

/// How to reach and enter one Redis database.
public struct RedisOptions: Sendable {
  /// Where the server listens.
  enum Place: Sendable, Hashable {
    case tcp(host: String, port: Int)
    case unix(path: String)
  }

  let place: Place
  let user: String?
  let password: Secret?
  let database: Int
  /// How TLS is spoken; nil: it isn't.
  let tls: TLSOptions?
  /// Where it is, as it may be shown: `redis://localhost:6379/0`.
  public let address: String
  /// How the server stands to this login; the same for all copies.
  let standing = LoginStanding()

  /// Reads `redis://[user:password@]host[:port][/database]`, the same as `rediss://` over TLS with the parameters of
  /// ``TLSOptions``, or `unix:///path[?db=n]`.
  ///
  /// A password in the address is taken out of it; `password` goes before it, `user` before its user.
  /// - Throws: `misconfigured`.
  public init(
    address: String,
    user: String? = nil,
    password: Secret? = nil
  ) throws(SourceFailure) {
    func refuse(_ detail: String) -> SourceFailure {
      SourceFailure(.misconfigured, at: "redis", detail: detail)
    }
    guard let scheme = ["unix", "redis", "rediss"].first(where: { address.hasPrefix("\($0)://") }) else {
      throw refuse("not an address of Redis: redis://host:port/database")
    }
    let isUnix = scheme == "unix"
    let afterScheme = address.dropFirst(scheme.count + 3)
    let question = afterScheme.firstIndex(of: "?") ?? afterScheme.endIndex
    let query = afterScheme[question...].dropFirst()
    tls = scheme == "rediss" ? try TLSOptions(query: query, at: "redis") : nil
    if tls == nil, query.split(separator: "&").contains(where: { $0.hasPrefix("ssl") }) {
      throw refuse("TLS is spoken at rediss://")
    }
    var rest = afterScheme[..<question]
    var login: Substring = ""
    if let at = rest.lastIndex(of: "@") {
      login = rest[..<at]
      rest = rest[rest.index(after: at)...]
    }
    let colon = login.firstIndex(of: ":")
    let loginUser = percentDecoded(colon.map { login[..<$0] } ?? login)
    let loginPassword = colon.map { percentDecoded(login[login.index(after: $0)...]) } ?? ""
    self.user = user ?? (loginUser.isEmpty ? nil : loginUser)
    self.password = password ?? (loginPassword.isEmpty ? nil : Secret(loginPassword))
    if isUnix {
      guard !rest.isEmpty else { throw refuse("no path in unix://") }
      place = .unix(path: String(rest))
      database = query.hasPrefix("db=") ? Int(query.dropFirst(3)) ?? 0 : 0
      self.address = "unix://\(rest)"
    } else {
      let slash = rest.firstIndex(of: "/") ?? rest.endIndex
      let path = rest[slash...].dropFirst()
      guard let origin = WebOrigin(of: "http://\(rest[..<slash])"),
        let database = path.isEmpty ? 0 : Int(path), database >= 0
      else { throw refuse("not an address of Redis: redis://host:port/database") }
      let port = rest[..<slash].hasSuffix(":\(origin.port)") ? origin.port : 6_379
      place = .tcp(host: origin.host, port: port)
      self.database = database
      let host = origin.host.contains(":") ? "[\(origin.host)]" : origin.host
      self.address = "\(scheme)://\(host):\(port)/\(database)"
    }
  }
}
