internal import CCrypto
internal import Facts

#if canImport(Glibc)
internal import Glibc
#endif

/// The one owner of an SSL: TLS over a socket that is somebody else's, without blocking.
@LoopActor final class TLSSession {
  /// What came of one step.
  enum Step {
    /// It is done, with so many bytes.
    case done(Int)
    /// It goes on once the socket can be read.
    case wantsRead
    /// It goes on once the socket can be written.
    case wantsWrite
    /// The server has closed the connection.
    case ended
    /// The socket has failed with this error of the system.
    case broken(Int32)
    /// It can't go on.
    case failed(TLSFailure)
  }

  /// Whether hands are shaken: bytes can be read and written.
  private(set) var isEstablished = false
  private var session: OpaquePointer?
  private let host: String

  /// Begins as a client of `host` on a socket; nil without memory, or for a host that can't be checked.
  init?(_ context: TLSContext, _ options: TLSOptions, host: String, descriptor: Int32) {
    self.host = host
    guard let session = SSL_new(context.pointer) else { return nil }
    self.session = session
    var binary = in6_addr()
    let isNumeric = inet_pton(AF_INET, host, &binary) == 1 || inet_pton(AF_INET6, host, &binary) == 1
    var isReady = SSL_set_fd(session, descriptor) == 1
    if options.check == .full {
      isReady =
        isReady
        && (isNumeric
          ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host) : SSL_set1_host(session, host)) == 1
    }
    // A server of many names is told which is meant.
    if !isNumeric { isReady = isReady && ccrypto_set_server_name(session, host) == 1 }
    guard isReady else {
      close()
      return nil
    }
    SSL_set_connect_state(session)
  }

  isolated deinit {
    close()
  }

  /// Moves the handshake on; once done, bytes can go.
  func shakeHands() -> Step {
    let step = step { SSL_do_handshake($0) }
    if case .done = step { isEstablished = true }
    return step
  }

  /// Reads what there is, at most as much as there is room for.
  func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
    step { SSL_read($0, buffer.baseAddress, Int32(clamping: buffer.count)) }
  }

  /// Writes as much as goes.
  func write(_ bytes: UnsafeRawBufferPointer) -> Step {
    step { SSL_write($0, bytes.baseAddress, Int32(clamping: bytes.count)) }
  }

  private func step(_ body: (OpaquePointer) -> Int32) -> Step {
    guard let session else { return .ended }
    ERR_clear_error()
    let result = body(session)
    let number = result > 0 ? 0 : errno
    guard result <= 0 else { return .done(Int(result)) }
    switch SSL_get_error(session, result) {
    case SSL_ERROR_WANT_READ: return .wantsRead
    case SSL_ERROR_WANT_WRITE: return .wantsWrite
    case SSL_ERROR_ZERO_RETURN: return .ended
    case SSL_ERROR_SYSCALL:
      // Nothing more may be asked of a session that has failed.
      isEstablished = false
      return number == 0 ? .ended : .broken(number)
    default:
      isEstablished = false
      let words = TLSWords.lastError
      if words == "unexpected eof while reading" { return .ended }
      return .failed(
        TLSWords.verdict(SSL_get_verify_result(session), host: host, isChecked: isChecked) ?? refused(words)
      )
    }
  }

  private var isChecked: Bool { SSL_get_verify_mode(session) != SSL_VERIFY_NONE }

  private func refused(_ words: String) -> TLSFailure {
    let told =
      switch words {
      case "wrong version number", "packet length too long", "record layer failure": "no TLS there"
      case "tlsv13 alert certificate required", "peer did not return a certificate":
        "it wants a certificate of ours"
      default: words.isEmpty ? "no TLS there" : words
      }
    return TLSFailure(told: told, detail: "OpenSSL: \(words)")
  }

  /// Says farewell, as far as that goes without waiting, and gives the session back; the socket is its owner's.
  func close() {
    guard let session else { return }
    self.session = nil
    if isEstablished { _ = SSL_shutdown(session) }
    ERR_clear_error()
    SSL_free(session)
  }
}
