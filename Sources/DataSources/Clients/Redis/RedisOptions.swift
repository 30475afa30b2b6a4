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
  /// Where it is, as it may be shown: `redis://localhost:6379/0`.
  public let address: String

  /// Reads `redis://[user:password@]host[:port][/database]` or `unix:///path[?db=n]`.
  ///
  /// A password in the address is taken out of it; `password` goes before it, `user` before its user.
  /// - Throws: `misconfigured`, also for `rediss://`: the library of this build speaks no TLS.
  public init(
    address: String,
    user: String? = nil,
    password: Secret? = nil
  ) throws(SourceFailure) {
    func refuse(_ detail: String) -> SourceFailure {
      SourceFailure(.misconfigured, at: "redis", detail: detail)
    }
    if address.hasPrefix("rediss://") { throw refuse("TLS (rediss://) is not supported") }
    let isUnix = address.hasPrefix("unix://")
    guard isUnix || address.hasPrefix("redis://") else {
      throw refuse("not an address of Redis: redis://host:port/database")
    }
    let afterScheme = address.dropFirst(isUnix ? 7 : 8)
    let question = afterScheme.firstIndex(of: "?") ?? afterScheme.endIndex
    var rest = afterScheme[..<question]
    var login: Substring = ""
    if let at = rest.lastIndex(of: "@") {
      login = rest[..<at]
      rest = rest[rest.index(after: at)...]
    }
    let colon = login.firstIndex(of: ":")
    let loginUser = Self.decoded(colon.map { login[..<$0] } ?? login)
    let loginPassword = colon.map { Self.decoded(login[login.index(after: $0)...]) } ?? ""
    self.user = user ?? (loginUser.isEmpty ? nil : loginUser)
    self.password = password ?? (loginPassword.isEmpty ? nil : Secret(loginPassword))
    if isUnix {
      let query = afterScheme[question...].dropFirst()
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
      self.address = "redis://\(host):\(port)/\(database)"
    }
  }

  /// Undoes percent-encoding; a broken one stays as it is.
  private static func decoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      if byte == UInt8(ascii: "%"), rest.count >= 3,
        let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
