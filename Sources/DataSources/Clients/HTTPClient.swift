internal import CCurl
public import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// HTTP over libcurl's multi interface on the event loop: TCP, TLS and unix sockets.
///
/// One client keeps the connections of all its requests. Every request has a deadline and a cap;
/// nothing is retried, and no redirect is followed. Names are looked up in the ``SlowLane`` and handed over
/// with their addresses: libcurl's own lookup waits for its thread when a transfer ends before it.
@LoopActor public final class HTTPClient {
  private var multi: OpaquePointer?
  private let timer = LoopTimer()
  private var watches: [Int32: DescriptorWatch] = [:]
  private var transfers: [OpaquePointer: HTTPTransfer] = [:]
  private let hosts: HostBook
  private let room: ReplyRoom
  /// What libcurl refused of how it is used here; nil if nothing.
  private var problem: String?
  /// Those whose logins were refused and rest.
  private var refused: [HTTPStanding] = []
  /// How many requests and streams have not ended.
  var underway: Int { transfers.count }

  /// Makes a client without connections.
  public convenience init() {
    self.init(room: .shared)
  }

  /// Makes a client that finds a host's numeric addresses by `resolve`, which may block, and has this room for
  /// large replies.
  init(
    room: ReplyRoom = .shared,
    resolve: @escaping @Sendable (String) -> [String] = HostNames.addresses
  ) {
    self.room = room
    hosts = HostBook(resolve)
    Self.initialiseLibrary()
    multi = curl_multi_init().map { OpaquePointer($0) }
    let context = Unmanaged.passUnretained(self).toOpaque()
    note(ccurl_multi_set_pointer(handle, CURLMOPT_SOCKETDATA, context))
    note(ccurl_multi_set_pointer(handle, CURLMOPT_TIMERDATA, context))
    note(ccurl_multi_set_long(handle, CURLMOPT_MAXCONNECTS, 64))
    let watches = ccurl_multi_set_socket_callback(handle) { _, socket, what, context, _ in
      guard let context else { return 0 }
      let client = Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
      LoopActor.assumeIsolated { client.watch(socket, what) }
      return 0
    }
    let waits = ccurl_multi_set_timer_callback(handle) { _, milliseconds, context in
      guard let context else { return 0 }
      let client = Unmanaged<HTTPClient>.fromOpaque(context).takeUnretainedValue()
      LoopActor.assumeIsolated { client.schedule(milliseconds) }
      return 0
    }
    note(watches)
    note(waits)
  }

  private func note(_ code: CURLMcode) {
    guard code != CURLM_OK, problem == nil else { return }
    problem = curl_multi_strerror(code).map { String(cString: $0) } ?? "libcurl's error \(code.rawValue)"
  }

  private var handle: UnsafeMutableRawPointer? { multi.map { UnsafeMutableRawPointer($0) } }

  private static let libraryIsReady: Bool = {
    // TLS libraries write without MSG_NOSIGNAL: a peer that has gone would end the console.
    signal(SIGPIPE, SIG_IGN)
    return curl_global_init(Int(CURL_GLOBAL_ALL)) == CURLE_OK
  }()
  private nonisolated static func initialiseLibrary() {
    LoopActor.assumeIsolated { _ = libraryIsReady }
  }

  /// Sends a request and returns the whole reply, whatever its status.
  ///
  /// What it carried to say who asks is struck out of all that comes back, of failures too.
  /// - Throws: `refused`, `timedOut`, `unresolved`, `disconnected`, `insecure`, `unreadable`,
  ///   `tooLarge`, `misconfigured`, `exhausted`, `cancelled`.
  public func send(_ request: HTTPRequest) async throws(SourceFailure) -> HTTPResponse {
    let asked = LoopActor.now().monotonic
    let turn = try await request.standing?.enter(at: request.place, isLogin: request.isLogin)
    defer { request.standing?.leave(turn) }
    return try await answer(to: request, askedAt: asked).get()
  }

  private func answer(
    to request: HTTPRequest,
    askedAt asked: MonotonicTime
  ) async -> Result<HTTPResponse, SourceFailure> {
    let now = LoopActor.now().monotonic
    var request = request
    request.deadline -= now - asked
    let sent = SentSecrets(request)
    do throws(SourceFailure) {
      guard request.deadline > .zero else {
        throw SourceFailure(.timedOut, at: request.place, detail: "another's login got no answer in time")
      }
      let response = try await start(request, receive: nil)
      note(response, of: request)
      guard !sent.isEmpty else { return .success(response) }
      return .success(await DecodingLane.run(response.body.count) { sent.struckOut(of: response) })
    } catch {
      return .failure(sent.struckOut(of: error))
    }
  }

  /// Lets refused logins be tried once more: somebody has asked for it.
  public func forgetRefusals() {
    for standing in refused { standing.forgetRefusal() }
    refused = []
  }

  private func note(_ response: HTTPResponse, of request: HTTPRequest) {
    guard let standing = request.standing else { return }
    standing.note(response, isLogin: request.isLogin, now: LoopActor.now().monotonic)
    refused.removeAll { $0 === standing }
    if standing.isRefused { refused.append(standing) }
  }

  /// Sends a request and hands the body to `receive` as it comes; the deadline covers only the head.
  ///
  /// Ends when the server ends the body or when `receive` returns false. A body of status 400 and
  /// above is collected as by ``send(_:)`` instead. `opened` is called once the head of a reply below
  /// 400 is there, which may be long before the first byte of its body.
  public func stream(
    _ request: HTTPRequest,
    opened: (@LoopActor () -> Void)? = nil,
    _ receive: @escaping @LoopActor ([UInt8]) -> Bool
  ) async throws(SourceFailure) -> HTTPResponse {
    // What comes in pieces can't be searched for what was sent.
    guard SentSecrets(request).isEmpty else {
      throw SourceFailure(
        .misconfigured,
        at: request.place,
        detail: "a stream is asked for without credentials"
      )
    }
    return try await start(request, opened: opened, receive: receive)
  }

  /// Ends all requests as cancelled and closes the connections; later requests are cancelled too.
  public func close() {
    guard let handle else { return }
    hosts.close()
    for (easy, transfer) in transfers {
      finish(easy, .failure(SourceFailure(.cancelled, at: transfer.address)))
    }
    timer.close()
    for watch in watches.values { watch.close() }
    watches = [:]
    // curl calls back while it cleans up; nothing of it is watched any more.
    curl_multi_cleanup(handle)
    for watch in watches.values { watch.close() }
    watches = [:]
    multi = nil
  }

  private func start(
    _ request: HTTPRequest,
    opened: (@LoopActor () -> Void)? = nil,
    receive: (@LoopActor ([UInt8]) -> Bool)?
  ) async throws(SourceFailure) -> HTTPResponse {
    if let credentials = request.credentials, WebOrigin(of: request.url) != credentials.origin {
      throw SourceFailure(
        .misconfigured,
        at: request.place,
        detail: "these credentials belong to \(credentials.origin)"
      )
    }
    if let problem = problem ?? request.problem {
      throw SourceFailure(.misconfigured, at: request.place, detail: problem)
    }
    guard !Task.isCancelled, multi != nil else {
      throw SourceFailure(.cancelled, at: request.place)
    }
    let startedAt = LoopActor.now().monotonic
    let route = try await route(of: request)
    // The client may have been closed, and the task cancelled, during the lookup.
    guard !Task.isCancelled, multi != nil else {
      throw SourceFailure(.cancelled, at: request.place)
    }
    var request = request
    request.deadline -= LoopActor.now().monotonic - startedAt
    let transfer = HTTPTransfer(
      request,
      room: room,
      route: route,
      startedAt: startedAt,
      opened: opened,
      receive: receive
    )
    guard let easy = transfer.makeEasyHandle() else {
      let detail = transfer.refusal ?? "out of memory"
      throw SourceFailure(.misconfigured, at: request.place, detail: detail)
    }
    let result: Result<HTTPResponse, SourceFailure> = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        transfer.continuation = continuation
        transfer.goOn = { [weak self, weak transfer] in self?.goOn(easy, transfer) }
        transfers[easy] = transfer
        transfer.watchHead { [weak self] in
          self?.finish(
            easy,
            .failure(SourceFailure(.timedOut, at: transfer.address, detail: "no head of a reply"))
          )
        }
        let code = curl_multi_add_handle(handle, UnsafeMutableRawPointer(easy))
        if code != CURLM_OK {
          let reason =
            curl_multi_strerror(code).map { String(cString: $0) } ?? "libcurl's error \(code.rawValue)"
          finish(easy, .failure(SourceFailure(.misconfigured, at: transfer.address, detail: reason)))
        }
      }
    } onCancel: {
      LoopActor.task { self.cancel(transfer) }
    }
    return try result.get()
  }

  /// Where the request's name leads, as curl's `HOST:PORT:ADDRESS,…`; nil when there is no name to look up.
  private func route(of request: HTTPRequest) async throws(SourceFailure) -> String? {
    guard request.unixSocket == nil, let origin = WebOrigin(of: request.url),
      let host = HostBook.name(toLookUp: origin.host), !Self.hasProxy(for: origin.scheme)
    else { return nil }
    switch await hosts.addresses(of: host, within: request.deadline) {
    case .found(let addresses):
      guard !addresses.isEmpty else {
        throw HostNames.failure(at: request.place, detail: "no address is known of \(host)")
      }
      // curl reads no scope (`fe80::1%eth0`).
      let usable = addresses.filter { !$0.contains("%") }.map { $0.contains(":") ? "[\($0)]" : $0 }
      // The plus lets curl forget it again, as it would what it had found itself.
      return usable.isEmpty ? nil : "+\(host):\(origin.port):\(usable.joined(separator: ","))"
    case .late:
      throw SourceFailure(.timedOut, at: request.place, detail: "the host name was not resolved in time")
    case .cancelled:
      throw SourceFailure(.cancelled, at: request.place)
    }
  }

  /// Whether the environment names a proxy, which then looks names up; curl reads the same variables.
  private static func hasProxy(for scheme: String) -> Bool {
    let own = scheme == "https" ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
    return (own + ["all_proxy", "ALL_PROXY"]).contains { name in
      getenv(name).map { $0.pointee != 0 } ?? false
    }
  }

  private func cancel(_ transfer: HTTPTransfer) {
    guard let easy = transfers.first(where: { $0.value === transfer })?.key else { return }
    finish(easy, .failure(SourceFailure(.cancelled, at: redacted(transfer.request.url))))
  }

  private func goOn(_ easy: OpaquePointer, _ transfer: HTTPTransfer?) {
    guard let transfer, transfers[easy] === transfer else { return }
    curl_easy_pause(UnsafeMutableRawPointer(easy), CURLPAUSE_RECV_CONT)
  }

  private func watch(_ socket: Int32, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else {
      watches.removeValue(forKey: socket)?.close()
      return
    }
    var events: DescriptorWatch.Events = []
    if what & CURL_POLL_IN != 0 { events.insert(.readable) }
    if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
    let watch =
      watches[socket]
      ?? DescriptorWatch(socket) { [weak self] ready, status in
        var flags: Int32 = 0
        if ready.contains(.readable) { flags |= CURL_CSELECT_IN }
        if ready.contains(.writable) { flags |= CURL_CSELECT_OUT }
        if status < 0 { flags |= CURL_CSELECT_ERR }
        self?.act(socket, flags)
      }
    watches[socket] = watch
    watch?.watch(events)
  }

  private func schedule(_ milliseconds: Int) {
    guard milliseconds >= 0 else {
      timer.stop()
      return
    }
    // curl may not be called from inside its own callback, so even 0 goes through the timer.
    timer.start(after: .milliseconds(milliseconds)) { [weak self] in
      self?.act(CURL_SOCKET_TIMEOUT, 0)
    }
  }

  private func act(_ socket: Int32, _ flags: Int32) {
    guard let handle else { return }
    var running: Int32 = 0
    curl_multi_socket_action(handle, socket, flags, &running)
    var left: Int32 = 0
    while let message = curl_multi_info_read(handle, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else {
        continue
      }
      let key = OpaquePointer(easy)
      let code = message.pointee.data.result
      guard let transfer = transfers[key] else { continue }
      finish(key, transfer.result(easy, code))
    }
  }

  private func finish(_ easy: OpaquePointer, _ result: Result<HTTPResponse, SourceFailure>) {
    guard let transfer = transfers.removeValue(forKey: easy) else { return }
    curl_multi_remove_handle(handle, UnsafeMutableRawPointer(easy))
    transfer.freeEasyHandle(easy)
    transfer.headTimer?.close()
    transfer.headTimer = nil
    transfer.goOn = nil
    transfer.continuation?.resume(returning: result)
    transfer.continuation = nil
  }
}
