/// The parts of an http or https address that decide trust: scheme, host and port.
public struct WebOrigin: Sendable, Hashable, CustomStringConvertible {
  /// `http` or `https`, in lower case.
  public let scheme: String
  /// The host in lower case, without the brackets of an IPv6 address.
  public let host: String
  /// The port; the scheme's own when none is written.
  public let port: Int

  /// Reads the origin of an absolute http(s) address; nil for anything else.
  public init?(of url: String) {
    guard let schemeEnd = url.range(of: "://") else { return nil }
    scheme = url[..<schemeEnd.lowerBound].lowercased()
    guard scheme == "http" || scheme == "https" else { return nil }
    let rest = url[schemeEnd.upperBound...]
    var authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = authority.lastIndex(of: "@") { authority = authority[authority.index(after: at)...] }
    var portText: Substring?
    if authority.first == "[" {
      guard let close = authority.firstIndex(of: "]") else { return nil }
      host = authority[authority.index(after: authority.startIndex)..<close].lowercased()
      let tail = authority[authority.index(after: close)...]
      if tail.first == ":" { portText = tail.dropFirst() } else if !tail.isEmpty { return nil }
    } else if let colon = authority.lastIndex(of: ":") {
      host = authority[..<colon].lowercased()
      portText = authority[authority.index(after: colon)...]
    } else {
      host = authority.lowercased()
    }
    guard !host.isEmpty else { return nil }
    if let portText {
      guard let number = Int(portText), (1...65_535).contains(number) else { return nil }
      port = number
    } else {
      port = scheme == "https" ? 443 : 80
    }
  }

  /// Whether the address never leaves this machine: `localhost`, 127.0.0.0/8 or ::1.
  public var isLoopback: Bool {
    Self.isLoopback(host: host)
  }

  /// Whether a host name or address stands for this machine itself.
  public static func isLoopback(host: String) -> Bool {
    if host == "localhost" || host.hasSuffix(".localhost") || host == "::1" { return true }
    let parts = host.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4 && parts[0] == "127"
      && parts.allSatisfy { part in UInt8(part) != nil }
  }

  /// The origin as it is written: `http://host:port`.
  public var description: String {
    "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)"
  }
}

/// Names of query parameters whose values are never shown.
private let secretParameters = ["password", "passwd", "token", "secret", "key", "auth", "apikey"]

/// An address as it may be shown: the password and the values of secret-looking parameters are replaced.
///
/// The user stays, for it tells who was refused: `http://ops:‹password›@host/path?token=‹token›`.
public func redacted(_ url: String) -> String {
  var text = url
  if let scheme = text.range(of: "://") {
    let rest = text[scheme.upperBound...]
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    if let at = authority.lastIndex(of: "@") {
      let user = authority[..<at].prefix { $0 != ":" }
      let hasPassword = authority[..<at].contains(":")
      text =
        String(text[..<scheme.upperBound]) + user + (hasPassword ? ":‹password›" : "")
        + String(rest[at...])
    }
  }
  guard let question = text.firstIndex(of: "?") else { return text }
  let parameters = text[text.index(after: question)...].split(
    separator: "&",
    omittingEmptySubsequences: false
  )
  let shown = parameters.map { parameter -> String in
    guard let equals = parameter.firstIndex(of: "=") else { return String(parameter) }
    let name = parameter[..<equals].lowercased()
    return secretParameters.contains(where: name.contains)
      ? "\(parameter[..<equals])=‹\(name)›" : String(parameter)
  }
  return String(text[...question]) + shown.joined(separator: "&")
}

/// An address as paths are appended to it: without the slash at its end.
public func withoutSlash(_ url: String) -> String {
  url.hasSuffix("/") ? String(url.dropLast()) : url
}

extension StringProtocol {
  /// The range of the first occurrence of `other`, by plain comparison.
  fileprivate func range(of other: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) {
        return start..<index(start, offsetBy: other.count)
      }
      start = index(after: start)
    }
    return nil
  }
}
