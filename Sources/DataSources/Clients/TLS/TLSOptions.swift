internal import Facts

/// How a server is checked that is spoken to over TLS, and what it is shown; by the names that libpq has for them.
struct TLSOptions: Sendable, Hashable {
  /// What has to be right for a connection to be used.
  enum Check: String, Sendable, Hashable, CaseIterable {
    /// The certificate is signed by somebody trusted, and for this host.
    case full = "verify-full"
    /// It is signed by somebody trusted, for whomever.
    case authority = "verify-ca"
    /// Nothing: who listens between is not noticed.
    case nothing = "insecure"
  }

  /// What is checked; all unless told.
  var check = Check.full
  /// The file of those who are trusted to sign; nil: the machine's own.
  var authority: String?
  /// The file of the certificate that the server is shown; nil: none.
  var certificate: String?
  /// The file of its key; nil: it is in the same file.
  var key: String?

  /// Everything as safe as it can be.
  init() {}

  /// Reads the parameters of an address: `sslmode=verify-full&sslrootcert=/etc/ca.pem&sslcert=…&sslkey=…`.
  /// - Throws: `misconfigured`, also for a name or mode that doesn't exist: a slip must not make it less safe.
  init(query: Substring, at address: String) throws(SourceFailure) {
    for parameter in query.split(separator: "&") {
      let parts = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? percentDecoded(parts[1]) : ""
      func refuse(_ detail: String) -> SourceFailure {
        SourceFailure(.misconfigured, at: address, detail: detail)
      }
      guard !value.isEmpty else { throw refuse("no value of `\(parts[0])`") }
      switch parts[0] {
      case "sslmode":
        guard let check = Check(rawValue: value) else {
          let modes = Check.allCases.map(\.rawValue).joined(separator: ", ")
          throw refuse("no sslmode `\(value)`, expected one of \(modes)")
        }
        self.check = check
      case "sslrootcert": authority = value
      case "sslcert": certificate = value
      case "sslkey": key = value
      default: throw refuse("no parameter `\(parts[0])`, expected sslmode, sslrootcert, sslcert, sslkey")
      }
    }
    guard key == nil || certificate != nil else {
      throw SourceFailure(.misconfigured, at: address, detail: "`sslkey` without `sslcert`")
    }
  }
}

/// Why TLS gave no connection.
struct TLSFailure: Sendable, Hashable {
  /// In a few words: `certificate expired`.
  var told: String
  /// What that means, with OpenSSL's number and words.
  var detail: String
}
