public import Facts

/// Where a local daemon is asked over HTTP: a unix socket, or an http address.
public struct ServerEndpoint: Sendable, Hashable, CustomStringConvertible {
  /// The path of the unix socket; nil for an http address.
  public let socket: String?
  /// The address that paths are appended to: `http://host:port`.
  public let base: String
  /// The certificates that it is asked with; nil: without TLS, or as any https server.
  public let certificates: CertificateFiles?

  /// Reads `unix:///path`, a plain absolute path, `http(s)://host:port` or `tcp://host:port`.
  ///
  /// `tcp` is Docker's word for https with certificates, and for http without; the latter is taken for this
  /// machine only: it has no password. `name` is what the server behind a socket is called in the request's
  /// Host header.
  /// - Throws: `misconfigured`.
  public init(
    _ text: String,
    name: String,
    certificates: CertificateFiles? = nil
  ) throws(SourceFailure) {
    if text.hasPrefix("unix://") || text.hasPrefix("/") {
      let path = text.hasPrefix("/") ? text : String(text.dropFirst("unix://".count))
      guard path.hasPrefix("/") else {
        throw SourceFailure(
          .misconfigured,
          at: text,
          detail: "a socket is written unix:///absolute/path"
        )
      }
      // sockaddr_un holds 108 bytes with the ending zero; curl would report a plain refusal.
      guard path.utf8.count < 108 else {
        throw SourceFailure(
          .misconfigured,
          at: text,
          detail: "the path of a socket has at most 107 bytes"
        )
      }
      socket = path
      base = "http://\(name)"
      self.certificates = nil
      return
    }
    let isTCP = text.hasPrefix("tcp://")
    let scheme = certificates == nil ? "http://" : "https://"
    var address = isTCP ? scheme + text.dropFirst("tcp://".count) : text
    while address.hasSuffix("/") { address.removeLast() }
    guard let origin = WebOrigin(of: address) else {
      throw SourceFailure(
        .misconfigured,
        at: redacted(text),
        detail: "expected unix:///path or http://host:port"
      )
    }
    guard !isTCP || certificates != nil || origin.isLoopback else {
      throw SourceFailure(
        .misconfigured,
        at: redacted(text),
        detail: "tcp:// has neither password nor encryption: only this machine's own is accepted"
      )
    }
    socket = nil
    base = origin.description
    self.certificates = certificates
  }

  /// The server behind a unix socket, called `name` in the request's Host header.
  public init(socket: String, name: String) {
    self.socket = socket
    base = "http://\(name)"
    certificates = nil
  }

  /// A request for `path`, which begins with a slash.
  public func request(
    _ method: String,
    _ path: String,
    body: [UInt8]? = nil,
    deadline: Duration,
    cap: Int = 4 << 20
  ) -> HTTPRequest {
    var request = HTTPRequest(
      method,
      base + path,
      body: body,
      unixSocket: socket,
      deadline: deadline,
      cap: cap
    )
    request.certificates = certificates
    return request
  }

  /// The endpoint as it may be shown: `unix:/path` or `http://host:port`.
  public var description: String { socket.map { "unix:\($0)" } ?? base }
}
