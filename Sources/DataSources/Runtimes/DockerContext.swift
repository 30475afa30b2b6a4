public import Facts

/// Which Docker Engine this user's own `docker` would ask, found in docker's own order.
///
/// `DOCKER_HOST` goes before `DOCKER_CONTEXT`, that before `currentContext` of `config.json`; without any of
/// them it is the usual socket.
public struct DockerContext: Sendable, Hashable {
  /// The context's name; nil for `default` and for an address of the environment.
  public var name: String?
  /// The address: `unix://…`, `tcp://…`, `ssh://…`.
  public var address: String
  /// The certificates that the engine is asked with; nil: without TLS.
  public var certificates: CertificateFiles?

  /// The usual socket.
  public static let usual = DockerContext(address: "unix:///var/run/docker.sock")

  /// Makes a context.
  public init(name: String? = nil, address: String, certificates: CertificateFiles? = nil) {
    self.name = name
    self.address = address
    self.certificates = certificates
  }

  /// Whether the engine is on this machine.
  public var isLocal: Bool { SourceAddress(address)?.isLoopback ?? false }

  /// What the header says of an engine elsewhere: the context's name, else the address; nil for a local one.
  public var place: String? { isLocal ? nil : name ?? redacted(address) }

  /// Finds the context; reads small files of the user's own docker directory.
  /// - Throws: `misconfigured`, for a context that is named and isn't there: another engine is never asked
  ///   in its place.
  public static func current(_ variables: [String: String]) throws(SourceFailure) -> DockerContext {
    let directory = directory(variables)
    if let host = text(variables["DOCKER_HOST"]) {
      return DockerContext(address: host, certificates: certificates(directory, variables))
    }
    let file = UpwardSearch.join(directory, "config.json")
    let name = text(variables["DOCKER_CONTEXT"]) ?? text(json(file)?["currentContext"]?.text)
    guard let name, name != "default" else { return .usual }
    let contexts = UpwardSearch.join(directory, "contexts")
    for id in LocalFile.names(in: UpwardSearch.join(contexts, "meta")) {
      guard let meta = json("\(contexts)/meta/\(id)/meta.json"), meta["Name"]?.text == name else { continue }
      let endpoint = meta["Endpoints"]?["docker"]
      guard let address = text(endpoint?["Host"]?.text) else { return .usual }
      let isUnchecked = endpoint?["SkipTLSVerify"] == .flag(true)
      let files = CertificateFiles(in: "\(contexts)/tls/\(id)/docker", isUnchecked: isUnchecked)
      return DockerContext(name: name, address: address, certificates: files)
    }
    throw SourceFailure(
      .misconfigured,
      at: "docker context \(name)",
      detail: "docker's context \(name) is not there: `docker context ls` lists those that are"
    )
  }

  /// With `DOCKER_TLS_VERIFY` the engine of `DOCKER_HOST` is asked with the certificates of
  /// `DOCKER_CERT_PATH`, else with those of docker's own directory.
  private static func certificates(
    _ directory: String,
    _ variables: [String: String]
  ) -> CertificateFiles? {
    guard let flag = text(variables["DOCKER_TLS_VERIFY"]) ?? text(variables["DOCKER_TLS"]) else { return nil }
    let isUnchecked = text(variables["DOCKER_TLS_VERIFY"]) == nil && flag != "0"
    return CertificateFiles(
      in: text(variables["DOCKER_CERT_PATH"]) ?? directory,
      isUnchecked: isUnchecked
    ) ?? CertificateFiles(isUnchecked: isUnchecked)
  }

  private static func directory(_ variables: [String: String]) -> String {
    text(variables["DOCKER_CONFIG"]) ?? UpwardSearch.join(variables["HOME"] ?? "/", ".docker")
  }

  private static func json(_ path: String) -> JSONValue? {
    guard let file = try? LocalFile.read(path), file.isOurs else { return nil }
    return JSONValue(parsing: file.bytes)
  }

  private static func text(_ text: String?) -> String? {
    text.flatMap { $0.isEmpty ? nil : $0 }
  }
}

/// The files of TLS that a server is asked with.
public struct CertificateFiles: Sendable, Hashable {
  /// The authority that signs the server's certificate; nil: the machine's own ones.
  public var authority: String?
  /// Our own certificate; nil: none is shown.
  public var certificate: String?
  /// Its key.
  public var key: String?
  /// Whether the server's certificate is not looked at.
  public var isUnchecked: Bool

  /// Makes files.
  public init(
    authority: String? = nil,
    certificate: String? = nil,
    key: String? = nil,
    isUnchecked: Bool = false
  ) {
    self.authority = authority
    self.certificate = certificate
    self.key = key
    self.isUnchecked = isUnchecked
  }

  /// `ca.pem`, `cert.pem` and `key.pem` of a directory, as docker names them; nil when none is there.
  init?(in directory: String, isUnchecked: Bool) {
    func path(_ name: String) -> String? {
      let path = UpwardSearch.join(directory, name)
      return LocalFile.exists(path) ? path : nil
    }
    self.init(
      authority: path("ca.pem"),
      certificate: path("cert.pem"),
      key: path("key.pem"),
      isUnchecked: isUnchecked
    )
    if authority == nil, certificate == nil, key == nil { return nil }
  }
}
