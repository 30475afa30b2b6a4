internal import CPQ
public import Facts

/// How to reach and enter one Postgres database.
public struct PostgresOptions: Sendable {
  /// The connection parameters by libpq's keywords; never the password.
  let parameters: [String: String]
  /// The password of the configuration; nil leaves it to `.pgpass` and the environment.
  let password: Secret?
  /// Where it is, as it may be shown: `postgresql://postgres@localhost:5433/voiceai_testing`.
  public let address: String
  /// How the server stands to this login; the same for all copies.
  let standing = LoginStanding()
  private(set) var isReadOnlySession = false

  /// Reads a `postgresql://` address or a keyword string; `.pgpass`, PGSERVICE and PG… work as in psql.
  ///
  /// A password in the address is taken out of it; `password` goes before it.
  /// - Throws: `misconfigured`. libpq's own words are left out: they may quote the password.
  public init(address: String, password: Secret? = nil) throws(SourceFailure) {
    var words: UnsafeMutablePointer<CChar>?
    let list = PQconninfoParse(address, &words)
    PQfreemem(words)
    guard let list else {
      throw SourceFailure(
        .misconfigured,
        at: "postgres",
        detail: "not an address of Postgres: postgresql://user@host:port/db"
      )
    }
    var parameters = Self.pairs(list)
    PQconninfoFree(list)
    self.password = password ?? parameters.removeValue(forKey: "password").map { Secret($0) }
    parameters["password"] = nil
    self.parameters = parameters
    self.address = Self.shown(parameters)
  }

  private static func shown(_ parameters: [String: String]) -> String {
    if let service = parameters["service"], parameters["host"] == nil {
      return "postgresql://?service=\(service)"
    }
    let user = parameters["user"].map { "\($0)@" } ?? ""
    let host = parameters["host"] ?? parameters["hostaddr"] ?? "localhost"
    let port = parameters["port"].map { ":\($0)" } ?? ""
    return "postgresql://\(user)\(host)\(port)/\(parameters["dbname"] ?? "")"
  }

  private static func pairs(_ list: UnsafeMutablePointer<PQconninfoOption>) -> [String: String] {
    var pairs: [String: String] = [:]
    var next = list
    while let keyword = next.pointee.keyword {
      if let value = next.pointee.val {
        pairs[String(cString: keyword)] = String(cString: value)
      }
      next += 1
    }
    return pairs
  }

  /// The same for a connection whose transactions are read-only unless they say otherwise.
  ///
  /// A pooler may refuse that.
  var readOnly: PostgresOptions {
    var options = self
    options.isReadOnlySession = true
    return options
  }

  /// Everything libpq needs but the password, with host names looked up.
  ///
  /// Blocks: thread pool only.
  ///
  /// Services and the environment are read by libpq itself: a handle that is refused for its impossible
  /// `sslmode` before anything is sent tells what they come to.
  func resolved(
    applicationName: String,
    connectTimeout: Duration
  ) -> Result<[String: String], SourceFailure> {
    var parameters = parameters
    let effective = effectiveParameters()
    if let expansion = expand(effective) {
      guard !expansion.hosts.isEmpty else {
        return .failure(HostNames.failure(at: address, detail: effective["host"] ?? ""))
      }
      parameters["host"] = expansion.hosts.joined(separator: ",")
      parameters["hostaddr"] = expansion.addresses.joined(separator: ",")
      parameters["port"] = expansion.ports.joined(separator: ",")
    }
    parameters["application_name"] = applicationName
    parameters["client_encoding"] = "UTF8"
    parameters["connect_timeout"] = "\(max(2, Int(connectTimeout.seconds)))"
    // Kerberos would ask the name service on its own, and wait for it.
    if parameters["gssencmode"] == nil { parameters["gssencmode"] = "disable" }
    // Told though libpq would read it itself: what the user set isn't set otherwise.
    parameters["options"] = effective["options"]
    if isReadOnlySession {
      let own = effective["options"].map { "\($0) " } ?? ""
      parameters["options"] = "\(own)-c default_transaction_read_only=on"
    }
    return .success(parameters)
  }

  private func effectiveParameters() -> [String: String] {
    var probe = parameters
    probe["sslmode"] = "none of them"
    let handle = PostgresHandle.withKeywordArrays(probe) { PQconnectStartParams($0, $1, 0) }
    defer { PQfinish(handle) }
    guard let list = PQconninfo(handle) else { return parameters }
    defer { PQconninfoFree(list) }
    return Self.pairs(list)
  }

  /// Each host with each of its addresses; nil when there is nothing to look up (a socket, hostaddr).
  private func expand(
    _ effective: [String: String]
  ) -> (hosts: [String], addresses: [String], ports: [String])? {
    let hosts = (effective["host"] ?? "").split(separator: ",").map(String.init)
    guard effective["hostaddr"] == nil, !hosts.isEmpty, !hosts.contains(where: { $0.hasPrefix("/") })
    else { return nil }
    let ports = (effective["port"] ?? "5432").split(separator: ",").map(String.init)
    var expansion: (hosts: [String], addresses: [String], ports: [String]) = ([], [], [])
    for (index, host) in hosts.enumerated() {
      for address in HostNames.addresses(of: host) {
        expansion.hosts.append(host)
        expansion.addresses.append(address)
        expansion.ports.append(ports.indices.contains(index) ? ports[index] : ports.first ?? "5432")
      }
    }
    return expansion
  }
}
