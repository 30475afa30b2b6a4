internal import CCurl
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// One request under way: what curl's callbacks fill, and how its outcome is told.
@LoopActor final class HTTPTransfer {
  /// The most bytes of headers accepted.
  private static let headerCap = 64 << 10

  let request: HTTPRequest
  var continuation: CheckedContinuation<Result<HTTPResponse, SourceFailure>, Never>?
  /// Runs while a stream's head is waited for.
  var headTimer: LoopTimer?
  private let opened: (@LoopActor () -> Void)?
  private let receive: (@LoopActor ([UInt8]) -> Bool)?
  private let startedAt: MonotonicTime
  /// Where the host's name leads, as `CURLOPT_RESOLVE` takes it.
  private let route: String?
  private var status = 0
  private var headers: [(name: String, value: String)] = []
  private var headerBytes = 0
  private var body: [UInt8] = []
  /// The part of the room that the body takes; nil while it is small.
  private var lease: ReplyRoom.Lease?
  private var isWaitingForRoom = false
  private let room: ReplyRoom
  /// Lets the body come again that had to wait.
  var goOn: (@LoopActor () -> Void)?
  private var stop: SourceFailure.Code?
  /// Why the last socket could not be opened; 0 if it could.
  private var socketError: Int32 = 0
  /// What curl refused of how the request is to be sent; nil if it took all.
  private(set) var refusal: String?
  private var isStoppedByReceiver = false
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var routeList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init(
    _ request: HTTPRequest,
    room: ReplyRoom,
    route: String?,
    startedAt: MonotonicTime,
    opened: (@LoopActor () -> Void)?,
    receive: (@LoopActor ([UInt8]) -> Bool)?
  ) {
    self.request = request
    self.room = room
    self.route = route
    self.startedAt = startedAt
    self.opened = opened
    self.receive = receive
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  /// Makes curl's handle for the request, which the caller frees by ``freeEasyHandle(_:)``.
  /// - Returns: nil where curl refuses some of it, see ``refusal``.
  func makeEasyHandle() -> OpaquePointer? {
    guard let easy = curl_easy_init() else { return nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    set(easy, CURLOPT_URL, request.url)
    set(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    set(easy, CURLOPT_NOSIGNAL, 1)
    // A lookup of curl's own (a proxy's name) is left to itself when the transfer ends before it: curl
    // would wait for its thread otherwise, and the loop with it.
    set(easy, CURLOPT_QUICK_EXIT, 1)
    if let route {
      routeList = appending(route, to: nil)
      if let routeList { set(easy, CURLOPT_RESOLVE, UnsafeMutableRawPointer(routeList)) }
    }
    set(easy, CURLOPT_ERRORBUFFER, UnsafeMutableRawPointer(errorText))
    set(easy, CURLOPT_ACCEPT_ENCODING, "")
    set(easy, CURLOPT_USERAGENT, "switchboard")
    setDeadline(easy)
    setTrust(easy)
    setMessage(easy)
    set(easy, CURLOPT_WRITEDATA, context)
    let writes = ccurl_set_bytes_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      nonisolated(unsafe) let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return switch LoopActor.assumeIsolated({ transfer.take(body: piece) }) {
      case .taken: size * count
      case .refused: 0
      case .later: Int(CURL_WRITEFUNC_PAUSE)
      }
    }
    set(easy, CURLOPT_HEADERDATA, context)
    let reads = ccurl_set_bytes_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      nonisolated(unsafe) let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return LoopActor.assumeIsolated { transfer.take(header: piece) } ? size * count : 0
    }
    let opens = ccurl_set_socket_opener(easy) { context, _, address in
      guard let context, let address else { return CURL_SOCKET_BAD }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      let (family, type, number) = (
        address.pointee.family, address.pointee.socktype, address.pointee.protocol
      )
      return LoopActor.assumeIsolated { transfer.openSocket(family, type, number) }
    }
    set(easy, CURLOPT_OPENSOCKETDATA, context)
    for code in [writes, reads, opens] { note(code) }
    guard refusal == nil else {
      freeEasyHandle(OpaquePointer(easy))
      return nil
    }
    return OpaquePointer(easy)
  }

  /// Opens the socket of a connection: curl keeps the reason to itself when there is none, and would hand the
  /// socket on to children.
  private func openSocket(_ family: Int32, _ type: Int32, _ number: Int32) -> Int32 {
    let descriptor = socket(family, type | Int32(SOCK_CLOEXEC.rawValue), number)
    socketError = descriptor < 0 ? errno : 0
    return descriptor
  }

  private func note(_ code: CURLcode) {
    guard code != CURLE_OK, refusal == nil else { return }
    refusal = "libcurl \(code.rawValue): \(curl_easy_strerror(code).map { String(cString: $0) } ?? "")"
  }

  private func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: String) {
    note(ccurl_set_string(easy, option, value))
  }

  private func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: Int) {
    note(ccurl_set_long(easy, option, value))
  }

  private func set(_ easy: UnsafeMutableRawPointer, _ option: CURLoption, _ value: UnsafeMutableRawPointer) {
    note(ccurl_set_pointer(easy, option, value))
  }

  /// The list with one line more.
  private func appending(
    _ line: String,
    to list: UnsafeMutablePointer<curl_slist>?
  ) -> UnsafeMutablePointer<curl_slist>? {
    guard let longer = curl_slist_append(list, line) else {
      note(CURLE_OUT_OF_MEMORY)
      return list
    }
    return longer
  }

  func freeEasyHandle(_ easy: OpaquePointer) {
    curl_easy_cleanup(UnsafeMutableRawPointer(easy))
    curl_slist_free_all(headerList)
    headerList = nil
    curl_slist_free_all(routeList)
    routeList = nil
    errorText.deallocate()
  }

  private func setDeadline(_ easy: UnsafeMutableRawPointer) {
    let milliseconds = max(1, Int(request.deadline.milliseconds))
    set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
    // A stream lives on; only its beginning has a deadline.
    if receive == nil { set(easy, CURLOPT_TIMEOUT_MS, milliseconds) }
  }

  private func setTrust(_ easy: UnsafeMutableRawPointer) {
    if let socket = request.unixSocket {
      set(easy, CURLOPT_UNIX_SOCKET_PATH, socket)
      set(easy, CURLOPT_PROXY, "")
    } else if WebOrigin(of: request.url)?.isLoopback ?? false {
      // A proxy can't reach our own loopback, and a certificate for it is nobody's to sign.
      set(easy, CURLOPT_PROXY, "")
      set(easy, CURLOPT_SSL_VERIFYPEER, 0)
      set(easy, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let files = request.certificates { setCertificates(easy, files) }
    switch request.credentials?.scheme {
    case .basic(let user, let password):
      set(easy, CURLOPT_USERNAME, user)
      password.reveal { set(easy, CURLOPT_PASSWORD, $0) }
    case .bearer(let token):
      token.reveal { headerList = appending("Authorization: Bearer \($0)", to: headerList) }
    case .headersOnly, nil: break
    }
    for header in request.credentials?.headers ?? [] {
      header.value.reveal { headerList = appending("\(header.name): \($0)", to: headerList) }
    }
  }

  private func setCertificates(_ easy: UnsafeMutableRawPointer, _ files: CertificateFiles) {
    set(easy, CURLOPT_SSL_VERIFYPEER, files.isUnchecked ? 0 : 1)
    set(easy, CURLOPT_SSL_VERIFYHOST, files.isUnchecked ? 0 : 2)
    if let path = files.authority { set(easy, CURLOPT_CAINFO, path) }
    if let path = files.certificate { set(easy, CURLOPT_SSLCERT, path) }
    if let path = files.key { set(easy, CURLOPT_SSLKEY, path) }
  }

  private func setMessage(_ easy: UnsafeMutableRawPointer) {
    switch request.method {
    case "GET": break
    case "HEAD": set(easy, CURLOPT_NOBODY, 1)
    default:
      set(easy, CURLOPT_CUSTOMREQUEST, request.method)
      // curl sends a request again when a kept connection turns out dead; an act must go out once.
      set(easy, CURLOPT_FRESH_CONNECT, 1)
      set(easy, CURLOPT_FORBID_REUSE, 1)
      let body = request.body ?? []
      set(easy, CURLOPT_POSTFIELDSIZE, body.count)
      body.withUnsafeBytes { bytes in
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        note(ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, start ?? UnsafePointer(errorText)))
      }
      // "Expect: 100-continue" costs a second at servers that don't know it.
      headerList = appending("Expect:", to: headerList)
    }
    for header in request.headers {
      headerList = appending("\(header.name): \(header.value)", to: headerList)
    }
    if let headerList { set(easy, CURLOPT_HTTPHEADER, UnsafeMutableRawPointer(headerList)) }
  }

  /// What becomes of a piece of the body.
  private enum Taking {
    case taken
    case refused
    /// It comes again once there is room.
    case later
  }

  private func take(body piece: UnsafeRawBufferPointer) -> Taking {
    if let receive, status < 400 {
      isStoppedByReceiver = !receive(Array(piece))
      return isStoppedByReceiver ? .refused : .taken
    }
    let size = body.count + piece.count
    guard size <= request.cap else {
      stop = .tooLarge
      return .refused
    }
    // An act's reply is taken whatever it costs: without it nobody knows what was done.
    if lease == nil, size > ReplyRoom.small, request.method == "GET" {
      guard !isWaitingForRoom else { return .later }
      lease = room.take(request.cap) { [weak self] lease in
        guard let self, continuation != nil else { return }
        self.lease = lease
        isWaitingForRoom = false
        goOn?()
      }
      guard lease != nil else {
        isWaitingForRoom = true
        return .later
      }
    }
    body.append(contentsOf: piece)
    return .taken
  }

  private func take(header piece: UnsafeRawBufferPointer) -> Bool {
    headerBytes += piece.count
    guard headerBytes <= Self.headerCap else {
      stop = .tooLarge
      return false
    }
    var line = String(decoding: piece, as: UTF8.self)
    while let last = line.last, last.isNewline { line.removeLast() }
    if line.isEmpty, status >= 200 {
      headTimer?.close()
      headTimer = nil
      if status < 400, receive != nil { opened?() }
    } else if line.hasPrefix("HTTP/") {
      // A new response: the one after "100 Continue" or after a proxy's.
      headers = []
      status = line.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers.append((line[..<colon].lowercased(), String(value)))
    }
    return true
  }

  /// Where the request goes, as it may be shown.
  var address: String { request.place }

  /// Calls `late` unless a stream's head comes within the deadline; curl has none for it.
  func watchHead(_ late: @escaping @LoopActor () -> Void) {
    guard receive != nil else { return }
    let timer = LoopTimer()
    timer.start(after: request.deadline, late)
    headTimer = timer
  }

  /// What came of it, once curl is done.
  func result(
    _ easy: UnsafeMutableRawPointer,
    _ code: CURLcode
  ) -> Result<HTTPResponse, SourceFailure> {
    if code == CURLE_OK || (isStoppedByReceiver && code == CURLE_WRITE_ERROR) {
      lease?.shrink(to: body.count)
      var response = HTTPResponse(
        status: status,
        headers: headers,
        body: body,
        duration: LoopActor.now().monotonic - startedAt
      )
      response.lease = lease
      return .success(response)
    }
    if isWaitingForRoom {
      return .failure(
        SourceFailure(
          .exhausted,
          at: address,
          detail: "large replies of other sources took all of \(room.bytes >> 20) MiB until the deadline",
          told: "no room for its reply"
        )
      )
    }
    var systemError = 0
    _ = ccurl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
    if Descriptors.isExhaustion(socketError) {
      return .failure(Descriptors.failure(socketError, at: address))
    }
    let words = String(cString: errorText)
    var detail = "curl \(code.rawValue)"
    if !words.isEmpty { detail += ": \(words)" }
    if stop == .tooLarge {
      detail =
        headerBytes > Self.headerCap
        ? "more than \(Self.headerCap) bytes of headers" : "more than \(request.cap) bytes"
    }
    let reason = Self.failureCode(
      code,
      systemError: Int32(systemError),
      isEncrypted: request.url.hasPrefix("https:")
    )
    return .failure(SourceFailure(stop ?? reason, at: address, detail: detail))
  }

  /// Maps curl's code to ours.
  static func failureCode(
    _ code: CURLcode,
    systemError: Int32,
    isEncrypted: Bool
  ) -> SourceFailure.Code {
    switch code {
    case CURLE_COULDNT_CONNECT:
      switch systemError {
      case ECONNREFUSED, ENOENT, 0: .refused
      case EACCES, EPERM: .forbidden
      case ETIMEDOUT: .timedOut
      default: .disconnected
      }
    case CURLE_OPERATION_TIMEDOUT: .timedOut
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .unresolved
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      .insecure
    // Without an error of the socket it is the framing of chunks that couldn't be read.
    case CURLE_RECV_ERROR where systemError == 0 && !isEncrypted: .unreadable
    case CURLE_GOT_NOTHING, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_PARTIAL_FILE: .disconnected
    case CURLE_URL_MALFORMAT: .misconfigured
    default: .unreadable
    }
  }
}
