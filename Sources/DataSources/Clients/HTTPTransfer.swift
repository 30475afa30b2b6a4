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
  private var stop: SourceFailure.Code?
  private var isStoppedByReceiver = false
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private var routeList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  init(
    _ request: HTTPRequest,
    route: String?,
    startedAt: MonotonicTime,
    opened: (@LoopActor () -> Void)?,
    receive: (@LoopActor ([UInt8]) -> Bool)?
  ) {
    self.request = request
    self.route = route
    self.startedAt = startedAt
    self.opened = opened
    self.receive = receive
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  /// Makes curl's handle for the request; the caller frees it by ``freeEasyHandle(_:)``.
  func makeEasyHandle() -> OpaquePointer? {
    guard let easy = curl_easy_init() else { return nil }
    let context = Unmanaged.passUnretained(self).toOpaque()
    _ = ccurl_set_string(easy, CURLOPT_URL, request.url)
    _ = ccurl_set_string(easy, CURLOPT_PROTOCOLS_STR, "http,https")
    _ = ccurl_set_long(easy, CURLOPT_NOSIGNAL, 1)
    // A lookup of curl's own (a proxy's name) is left to itself when the transfer ends before it: curl
    // would wait for its thread otherwise, and the loop with it.
    _ = ccurl_set_long(easy, CURLOPT_QUICK_EXIT, 1)
    if let route {
      routeList = curl_slist_append(nil, route)
      _ = ccurl_set_pointer(easy, CURLOPT_RESOLVE, routeList)
    }
    _ = ccurl_set_pointer(easy, CURLOPT_ERRORBUFFER, errorText)
    _ = ccurl_set_string(easy, CURLOPT_ACCEPT_ENCODING, "")
    _ = ccurl_set_string(easy, CURLOPT_USERAGENT, "switchboard")
    setDeadline(easy)
    setTrust(easy)
    setMessage(easy)
    _ = ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context)
    _ = ccurl_set_bytes_callback(easy, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      nonisolated(unsafe) let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return LoopActor.assumeIsolated { transfer.take(body: piece) } ? size * count : 0
    }
    _ = ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context)
    _ = ccurl_set_bytes_callback(easy, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
      nonisolated(unsafe) let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return LoopActor.assumeIsolated { transfer.take(header: piece) } ? size * count : 0
    }
    return OpaquePointer(easy)
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
    _ = ccurl_set_long(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds)
    // A stream lives on; only its beginning has a deadline.
    if receive == nil { _ = ccurl_set_long(easy, CURLOPT_TIMEOUT_MS, milliseconds) }
  }

  private func setTrust(_ easy: UnsafeMutableRawPointer) {
    if let socket = request.unixSocket {
      _ = ccurl_set_string(easy, CURLOPT_UNIX_SOCKET_PATH, socket)
      _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
    } else if WebOrigin(of: request.url)?.isLoopback ?? false {
      // A proxy can't reach our own loopback, and a certificate for it is nobody's to sign.
      _ = ccurl_set_string(easy, CURLOPT_PROXY, "")
      _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, 0)
      _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, 0)
    }
    if let files = request.certificates { setCertificates(easy, files) }
    switch request.credentials?.scheme {
    case .basic(let user, let password):
      _ = ccurl_set_string(easy, CURLOPT_USERNAME, user)
      password.reveal { _ = ccurl_set_string(easy, CURLOPT_PASSWORD, $0) }
    case .bearer(let token):
      token.reveal { headerList = curl_slist_append(headerList, "Authorization: Bearer \($0)") }
    case nil: break
    }
  }

  private func setCertificates(_ easy: UnsafeMutableRawPointer, _ files: CertificateFiles) {
    _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYPEER, files.isUnchecked ? 0 : 1)
    _ = ccurl_set_long(easy, CURLOPT_SSL_VERIFYHOST, files.isUnchecked ? 0 : 2)
    if let path = files.authority { _ = ccurl_set_string(easy, CURLOPT_CAINFO, path) }
    if let path = files.certificate { _ = ccurl_set_string(easy, CURLOPT_SSLCERT, path) }
    if let path = files.key { _ = ccurl_set_string(easy, CURLOPT_SSLKEY, path) }
  }

  private func setMessage(_ easy: UnsafeMutableRawPointer) {
    switch request.method {
    case "GET": break
    case "HEAD": _ = ccurl_set_long(easy, CURLOPT_NOBODY, 1)
    default:
      _ = ccurl_set_string(easy, CURLOPT_CUSTOMREQUEST, request.method)
      // curl sends a request again when a kept connection turns out dead; an act must go out once.
      _ = ccurl_set_long(easy, CURLOPT_FRESH_CONNECT, 1)
      _ = ccurl_set_long(easy, CURLOPT_FORBID_REUSE, 1)
      let body = request.body ?? []
      _ = ccurl_set_long(easy, CURLOPT_POSTFIELDSIZE, body.count)
      body.withUnsafeBytes { bytes in
        let start = bytes.baseAddress?.assumingMemoryBound(to: CChar.self)
        _ = ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, start ?? UnsafePointer(errorText))
      }
      // "Expect: 100-continue" costs a second at servers that don't know it.
      headerList = curl_slist_append(headerList, "Expect:")
    }
    for header in request.headers {
      headerList = curl_slist_append(headerList, "\(header.name): \(header.value)")
    }
    if let headerList { _ = ccurl_set_pointer(easy, CURLOPT_HTTPHEADER, headerList) }
  }

  private func take(body piece: UnsafeRawBufferPointer) -> Bool {
    if let receive, status < 400 {
      guard receive(Array(piece)) else {
        isStoppedByReceiver = true
        return false
      }
      return true
    }
    guard body.count + piece.count <= request.cap else {
      stop = .tooLarge
      return false
    }
    body.append(contentsOf: piece)
    return true
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
      return .success(
        HTTPResponse(
          status: status,
          headers: headers,
          body: body,
          duration: LoopActor.now().monotonic - startedAt
        )
      )
    }
    var systemError = 0
    _ = ccurl_get_long(easy, CURLINFO_OS_ERRNO, &systemError)
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
