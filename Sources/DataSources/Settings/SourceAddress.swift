/// The parts of a configured address that decide trust: scheme, user, host, port.
///
/// Reads what the sources are given: `http://…`, `postgresql://user@host:port/database`, `redis://…`,
/// `unix:///run/docker.sock`. A libpq address may name several hosts; all of them count.
public struct SourceAddress: Sendable, Hashable {
  /// The scheme in lower case.
  public var scheme: String
  /// The user before `@`; nil when none is written.
  public var user: String?
  /// Whether a password stands in the address itself, where it must not.
  public var hasPassword: Bool
  /// The hosts in lower case, without brackets; empty for a unix socket.
  public var hosts: [String]
  /// The port of the first host; nil when none is written.
  public var port: Int?
  /// What follows the authority, from its slash on.
  public var path: String

  /// Reads an address; nil when it has no scheme or its port is no number.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
    scheme = text[..<colon].lowercased()
    guard !scheme.isEmpty else { return nil }
    let rest = text[text.index(colon, offsetBy: 3)...]
    var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    path = String(rest[authority.endIndex...])
    hasPassword = false
    if let at = authority.lastIndex(of: "@") {
      let parts = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      user = parts.first.map(String.init)
      hasPassword = parts.count == 2
      authority = authority[authority.index(after: at)...]
    }
    hosts = []
    for part in authority.split(separator: ",") {
      guard let (host, port) = Self.hostAndPort(part) else { return nil }
      if !host.isEmpty { hosts.append(host) }
      if self.port == nil { self.port = port }
    }
    if path.contains("?") { readParameters() }
  }

  /// Whether the address never leaves this machine; a unix socket does not.
  public var isLoopback: Bool {
    hosts.allSatisfy(WebOrigin.isLoopback(host:))
  }

  /// libpq takes `host`, `hostaddr` and `password` as parameters too.
  private mutating func readParameters() {
    guard let question = path.firstIndex(of: "?") else { return }
    for parameter in path[path.index(after: question)...].split(separator: "&") {
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      switch parts[0] {
      case "password", "sslpassword": hasPassword = true
      case "host", "hostaddr":
        hosts += parts[1].split(separator: ",").map { $0.lowercased() }
          .filter { !$0.hasPrefix("/") && !$0.hasPrefix("%2f") }
      default: continue
      }
    }
  }

  private static func hostAndPort(_ text: Substring) -> (String, Int?)? {
    var host = text
    var portText: Substring?
    if text.first == "[" {
      guard let close = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<close]
      let tail = text[text.index(after: close)...]
      guard tail.isEmpty || tail.first == ":" else { return nil }
      portText = tail.isEmpty ? nil : tail.dropFirst()
    } else if let colon = text.lastIndex(of: ":") {
      host = text[..<colon]
      portText = text[text.index(after: colon)...]
    }
    guard let portText, !portText.isEmpty else { return (socketless(host), nil) }
    guard let port = Int(portText), (1...65_535).contains(port) else { return nil }
    return (socketless(host), port)
  }

  /// A host that is the percent-encoded path of a unix socket is no host.
  private static func socketless(_ host: Substring) -> String {
    let lower = host.lowercased()
    return lower.hasPrefix("%2f") ? "" : lower
  }
}
