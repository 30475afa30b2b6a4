internal import CCrypto
internal import Facts

/// The one owner of an SSL_CTX: what is trusted and shown, read from its files once.
final class TLSContext: Sendable {
  /// The pointer as a number, which threads may share.
  private let bits: UInt

  var pointer: OpaquePointer? { OpaquePointer(bitPattern: bits) }

  private init(_ pointer: OpaquePointer) {
    bits = UInt(bitPattern: pointer)
  }

  deinit {
    SSL_CTX_free(pointer)
  }

  /// Reads the files; blocks, so it belongs on the thread pool.
  ///
  /// - Returns: `misconfigured` with the file that can't be used and OpenSSL's words.
  static func make(_ options: TLSOptions, at address: String) -> Result<TLSContext, SourceFailure> {
    ERR_clear_error()
    func failure(_ what: String) -> Result<TLSContext, SourceFailure> {
      let words = TLSWords.lastError
      return .failure(
        SourceFailure(
          .misconfigured,
          at: address,
          detail: words.isEmpty ? what : "\(what): \(words)",
          told: what
        )
      )
    }
    guard let pointer = SSL_CTX_new(TLS_client_method()) else { return failure("no TLS") }
    let context = TLSContext(pointer)
    guard ccrypto_set_oldest_version(pointer, TLS1_2_VERSION) == 1 else { return failure("no TLS 1.2") }
    // A moved buffer is the same bytes; a part that was written is not written again.
    _ = ccrypto_set_mode(pointer, Int(SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER))
    SSL_CTX_set_verify(pointer, options.check == .nothing ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nil)
    if let path = options.authority {
      guard SSL_CTX_load_verify_file(pointer, path) == 1 else { return failure("no CA in \(path)") }
    } else if options.check != .nothing {
      guard SSL_CTX_set_default_verify_paths(pointer) == 1 else { return failure("no CAs of this machine") }
    }
    if let path = options.certificate {
      guard SSL_CTX_use_certificate_chain_file(pointer, path) == 1 else {
        return failure("no certificate in \(path)")
      }
      let key = options.key ?? path
      // A key that asks for a passphrase must not ask the terminal for it.
      SSL_CTX_set_default_passwd_cb(pointer) { _, _, _, _ in 0 }
      guard SSL_CTX_use_PrivateKey_file(pointer, key, SSL_FILETYPE_PEM) == 1 else {
        return failure("no key of that certificate in \(key)")
      }
    }
    return .success(context)
  }
}

/// OpenSSL's errors in words.
enum TLSWords {
  /// The words of the last error of this thread, of which there are many for one cause; empty without one.
  static var lastError: String {
    let code = ERR_peek_last_error()
    return ERR_reason_error_string(code).map { String(cString: $0) } ?? ""
  }

  /// What a certificate that was not accepted is told as; nil if it was, or isn't checked.
  static func verdict(_ code: Int, host: String, isChecked: Bool) -> TLSFailure? {
    let number = Int32(clamping: code)
    guard isChecked, number != X509_V_OK else { return nil }
    let words = X509_verify_cert_error_string(code).map { String(cString: $0) } ?? ""
    let (told, meaning) =
      switch number {
      case X509_V_ERR_CERT_HAS_EXPIRED: ("certificate expired", "its certificate has expired")
      case X509_V_ERR_CERT_NOT_YET_VALID: ("certificate not valid yet", "is a clock wrong?")
      case X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH:
        ("certificate of another host", "its certificate is not for \(host)")
      case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN,
        X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
        X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        ("unknown issuer", "nobody who is trusted here has signed its certificate (sslrootcert names who is)")
      case X509_V_ERR_CERT_REVOKED: ("certificate revoked", "its certificate was revoked")
      default: ("certificate refused", "its certificate can't be used")
      }
    return TLSFailure(told: told, detail: "\(meaning): OpenSSL \(number), \(words)")
  }
}
