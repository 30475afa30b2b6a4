internal import Facts

/// A Docker Engine, asked over HTTP: its address, the version of its API, and its refusals in words.
@LoopActor public final class DockerEngine {
  /// The newest API whose replies this console has been written for.
  nonisolated static let newestKnownVersion = "1.51"

  /// Where it is asked.
  public let endpoint: ServerEndpoint
  /// The ssh to it, when it is on another machine.
  private let tunnel: DockerTunnel?
  private let client: HTTPClient
  private var version: String?

  /// Makes an engine behind `endpoint` and asks nothing yet; the client is the caller's to close.
  public init(at endpoint: ServerEndpoint, tunnel: DockerTunnel? = nil, client: HTTPClient) {
    self.endpoint = endpoint
    self.tunnel = tunnel
    self.client = client
  }

  /// Closes the tunnel.
  func close() { tunnel?.close() }

  /// The endpoint of an engine, and the tunnel to it where it is reached by ssh.
  /// - Throws: `misconfigured`, for an address that this console can't reach.
  static func reach(
    _ context: DockerContext,
    ssh program: String = "ssh"
  ) throws(SourceFailure) -> (endpoint: ServerEndpoint, tunnel: DockerTunnel?) {
    guard context.address.hasPrefix("ssh://") else {
      let files = context.certificates
      return (try ServerEndpoint(context.address, name: "docker", certificates: files), nil)
    }
    let tunnel = try DockerTunnel(to: context.address, program: program)
    return (ServerEndpoint(socket: tunnel.socket, name: "docker"), tunnel)
  }

  /// Reads a document: `path` is without version, such as `/containers/json?all=1`.
  func get<Reply: DockerReply>(
    _ path: String,
    as type: Reply.Type,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> Reply {
    let response = try await send("GET", path, until: end)
    // The list of a large project takes milliseconds: no key waits for it.
    let reply = await DecodingLane.run(response.body.count) { Reply.parse(response.body) }
    guard let reply else {
      throw SourceFailure(.unreadable, at: endpoint.description, detail: "not the reply of \(path)")
    }
    return reply
  }

  /// Sends one request of the API and returns the reply, if its status is below 400.
  func send(
    _ method: String,
    _ path: String,
    until end: MonotonicTime
  ) async throws(SourceFailure) -> HTTPResponse {
    let version = try await negotiatedVersion(until: end)
    let response: HTTPResponse
    do {
      response = try await client.send(try request(method, "/v\(version)\(path)", until: end))
    } catch {
      throw failure(error)
    }
    try check(response, path)
    return response
  }

  /// Streams a reply line by line; ends with the engine's end of it.
  func stream(
    _ path: String,
    opened: @escaping @LoopActor () -> Void,
    line: @escaping @LoopActor ([UInt8]) -> Void,
    headWithin deadline: Duration
  ) async throws(SourceFailure) {
    let end = LoopActor.now().monotonic + deadline
    let version = try await negotiatedVersion(until: end)
    let request = try request("GET", "/v\(version)\(path)", until: end)
    let lines = LineSplitter(line)
    let response: HTTPResponse
    do {
      response = try await client.stream(request, opened: opened) { bytes in
        lines.take(bytes)
        return true
      }
    } catch {
      throw failure(error)
    }
    try check(response, path)
  }

  /// The version that both sides speak; asked once, and again after an engine may have been replaced.
  private func negotiatedVersion(until end: MonotonicTime) async throws(SourceFailure) -> String {
    if let version { return version }
    let response: HTTPResponse
    do {
      response = try await client.send(try request("GET", "/version", until: end))
    } catch {
      throw failure(error)
    }
    try check(response, "/version")
    guard let told = DockerVersion.parse(response.body) else {
      throw SourceFailure(.unreadable, at: endpoint.description, detail: "not a Docker Engine's version")
    }
    guard let chosen = Self.version(engine: told.ApiVersion, oldest: told.MinAPIVersion) else {
      throw SourceFailure(
        .unreadable,
        at: endpoint.description,
        detail:
          "it speaks API \(told.MinAPIVersion ?? "?") to \(told.ApiVersion), this console 1.24 to \(Self.newestKnownVersion)"
      )
    }
    version = chosen
    return chosen
  }

  /// The newest version that an engine and this console both speak; nil if there is none.
  nonisolated static func version(engine: String, oldest: String?) -> String? {
    guard let engineParts = parts(engine), let known = parts(newestKnownVersion) else { return nil }
    let chosen = engineParts < known ? engineParts : known
    guard chosen >= (1, 24) else { return nil }
    if let oldest, let oldestParts = parts(oldest), chosen < oldestParts { return nil }
    return "\(chosen.0).\(chosen.1)"
  }

  private nonisolated static func parts(_ version: String) -> (Int, Int)? {
    let numbers = version.split(separator: ".").map { Int($0) }
    guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else { return nil }
    return (major, minor)
  }

  private func request(
    _ method: String,
    _ path: String,
    until end: MonotonicTime
  ) throws(SourceFailure) -> HTTPRequest {
    let left = end - LoopActor.now().monotonic
    guard left > .zero else {
      throw SourceFailure(.timedOut, at: endpoint.description, detail: "before \(path)")
    }
    return endpoint.request(method, path, deadline: left, cap: 16 << 20)
  }

  private func check(_ response: HTTPResponse, _ path: String) throws(SourceFailure) {
    guard var failure = response.failure(at: endpoint.description) else { return }
    if let told = DockerMessage.parse(response.body) { failure.detail = told.message }
    // "client version … is too new/old": the engine was replaced since it was asked.
    if response.status == 400 { version = nil }
    throw failure
  }

  private func failure(_ failure: SourceFailure) -> SourceFailure {
    // A stream that the console itself has closed says nothing of the engine.
    guard failure.code != .cancelled else { return failure }
    version = nil
    if let words = tunnel?.lastWords, !words.isEmpty {
      // What the socket tells is only that ssh has ended; ssh says why.
      return SourceFailure(.disconnected, at: failure.address, detail: words)
    }
    guard failure.code == .forbidden else { return failure }
    return SourceFailure(
      .forbidden,
      at: failure.address,
      detail: "the engine's socket is not yours to open: join the group docker and log in again"
    )
  }
}

/// Cuts a stream of bytes into lines; a line beyond the cap is dropped.
@LoopActor private final class LineSplitter {
  private static let cap = 1 << 20
  private var pending: [UInt8] = []
  private var isOverlong = false
  private let line: @LoopActor ([UInt8]) -> Void

  init(_ line: @escaping @LoopActor ([UInt8]) -> Void) { self.line = line }

  func take(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while let end = rest.firstIndex(of: 0x0A) {
      if !isOverlong { line(pending + rest[..<end]) }
      pending = []
      isOverlong = false
      rest = rest[(end + 1)...]
    }
    guard !isOverlong else { return }
    pending += rest
    guard pending.count > Self.cap else { return }
    pending = []
    isOverlong = true
  }
}
