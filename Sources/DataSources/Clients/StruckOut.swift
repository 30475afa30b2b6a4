internal import Facts
internal import FoundationEssentials

/// What was sent to a server to say who asks, in every form in which it may come back; it is struck out of all that
/// comes in, before anybody reads it.
///
/// Servers quote what they were sent: FastAPI's 422 a whole body, a proxy's error page the headers, Redis a command.
struct SentSecrets: Sendable {
  /// So many bytes of a form's beginning are struck out of somebody's words even where the rest is missing.
  ///
  /// A server that quotes what it was sent may cut it short (Redis does after 128 bytes).
  private static let tellingPrefix = 8
  private static let mark = Array("‹password›".utf8)

  /// Forms that stand in words and data by design alone.
  fileprivate private(set) var forms: [[UInt8]] = []
  /// Secrets that are words: shorter than the telling prefix, or the user's own name (`guest`, `guest`).
  ///
  /// Data hold those by chance, as a queue's name does, so they are struck out of words only.
  fileprivate private(set) var words: [[UInt8]] = []

  /// Whether nothing was sent.
  var isEmpty: Bool { forms.isEmpty && words.isEmpty }

  /// What a request carries.
  init(_ request: HTTPRequest) {
    switch request.credentials?.scheme {
    case .basic(let user, let password):
      add(password, user: user)
      password.reveal { add(encoded: Array("\(user):\($0)".utf8)) }
    case .bearer(let token): add(token, user: nil)
    case .headersOnly, nil: break
    }
    for header in request.credentials?.headers ?? [] where header.isSecret { add(header.value, user: nil) }
    for secret in request.secrets { add(secret, user: nil) }
  }

  /// One secret by itself.
  init(_ secret: Secret, user: String? = nil) {
    add(secret, user: user)
  }

  /// What may be sent for any of these users; who logs in is no secret, and a password that is one is a word.
  fileprivate init(_ secrets: [Secret], users: [String]) {
    for secret in secrets {
      secret.reveal { text in
        add(secret, user: users.first { $0 == text })
        for user in users { add(encoded: Array("\(user):\(text)".utf8)) }
      }
    }
  }

  private mutating func add(_ secret: Secret, user: String?) {
    secret.reveal { text in
      guard !text.isEmpty else { return }
      let plain = Array(text.utf8)
      if plain.count < Self.tellingPrefix || text == user { words.append(plain) } else { forms.append(plain) }
      let quoted = Array(JSONBody.quoted(text).utf8.dropFirst().dropLast())
      let percent = percentEncoded(text)
      let inForms = percent.split(separator: "%20", omittingEmptySubsequences: false).joined(separator: "+")
      // Quoted once more, as the body of a request is in a server's words about it.
      let twice = [quoted, Self.escaped(text)].map { form in
        Array(JSONBody.quoted(String(decoding: form, as: UTF8.self)).utf8.dropFirst().dropLast())
      }
      let others = [
        quoted, Self.escaped(text), Self.inMarkup(text), Array(percent.utf8), Self.inSmallDigits(percent),
        Array(inForms.utf8),
      ]
      for form in others + twice where form != plain { add(form) }
      add(encoded: plain)
    }
  }

  /// Adds the base64 of bytes, in both alphabets and without what fills it up, wherever they stand in what is encoded:
  /// a third of all places gives the same digits.
  private mutating func add(encoded bytes: [UInt8]) {
    guard !bytes.isEmpty else { return }
    for before in 0..<3 {
      let all = Data([UInt8](repeating: 0, count: before) + bytes).base64EncodedString()
      // The first digits hold bits of what stands before, and the last one may hold some of what follows.
      let last = (before + bytes.count) * 8 / 6
      let first = before == 0 ? 0 : before + 1
      guard last > first else { continue }
      for end in [all.prefix { $0 != "=" }, all.prefix(last)] {
        let standard = end.dropFirst(first)
        let forAddresses = standard.map { $0 == "+" ? "-" : $0 == "/" ? "_" : $0 }
        for form in [Array(standard.utf8), Array(String(forAddresses).utf8)]
        where form.count >= Self.leastEncoded {
          add(form)
        }
      }
    }
  }

  /// Fewer digits of base64 stand anywhere by chance.
  private static let leastEncoded = 5

  private mutating func add(_ form: [UInt8]) {
    if form.count < Self.tellingPrefix {
      words.append(form)
    } else if !forms.contains(form) {
      forms.append(form)
    }
  }

  /// Percent-encoded with `a` to `f` for the digits beyond 9.
  private static func inSmallDigits(_ percent: String) -> [UInt8] {
    let parts = percent.split(separator: "%", omittingEmptySubsequences: false)
    let rest = parts.dropFirst().map { "%" + $0.prefix(2).lowercased() + $0.dropFirst(2) }
    return Array(((parts.first.map { [String($0)] } ?? []) + rest).joined().utf8)
  }

  /// As JSON writers do that keep to ASCII and to what is harmless in a page.
  private static func escaped(_ text: String) -> [UInt8] {
    var result = ""
    for unit in text.utf16 {
      switch UInt8(exactly: unit) {
      case .some(let byte) where byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\"):
        result += "\\"
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case .some(let byte) where (0x20..<0x7F).contains(byte) && !"<>&".utf8.contains(byte):
        result.unicodeScalars.append(Unicode.Scalar(byte))
      case .some, nil:
        let digits = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return Array(result.utf8)
  }

  /// As a page shows it.
  private static func inMarkup(_ text: String) -> [UInt8] {
    let names: [Character: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#x27;"]
    return Array(text.map { names[$0] ?? String($0) }.joined().utf8)
  }

  /// Somebody's words without what was sent, also where only its beginning is quoted.
  func struckOut(ofWords bytes: [UInt8]) -> [UInt8] {
    strike(forms + words, outOf: bytes, least: Self.tellingPrefix) ?? bytes
  }

  /// Somebody's words without what was sent, also where only its beginning is quoted.
  func struckOut(ofWords text: String) -> String {
    strike(forms + words, outOf: Array(text.utf8), least: Self.tellingPrefix)
      .map { String(decoding: $0, as: UTF8.self) } ?? text
  }

  /// Data without what was sent, where it stands whole.
  func struckOut(ofData bytes: [UInt8]) -> [UInt8] {
    strike(forms, outOf: bytes, least: .max) ?? bytes
  }

  /// A failure that tells nothing of what was sent.
  func struckOut(of failure: SourceFailure) -> SourceFailure {
    var failure = failure
    failure.detail = struckOut(ofWords: failure.detail)
    failure.address = struckOut(ofWords: failure.address)
    failure.told = failure.told.map(struckOut(ofWords:))
    return failure
  }

  /// A reply that tells nothing of what was sent; takes as long as the body is.
  func struckOut(of response: HTTPResponse) -> HTTPResponse {
    var response = response
    // Their names are the protocol's, and a short password may be one of their numbers.
    response.headers = response.headers.map { name, value in
      let struck = strike(forms, outOf: Array(value.utf8), least: Self.tellingPrefix)
      return (name, struck.map { String(decoding: $0, as: UTF8.self) } ?? value)
    }
    let isAnswer = (200..<300).contains(response.status)
    response.body = isAnswer ? struckOut(ofData: response.body) : struckOut(ofWords: response.body)
    return response
  }

  /// The bytes with every form replaced of which at least `least` bytes (or all) stand there; nil if none does.
  ///
  /// In one pass, since a second would find "password" in what marks the first.
  private func strike(_ forms: [[UInt8]], outOf bytes: [UInt8], least: Int) -> [UInt8]? {
    var begins = [Bool](repeating: false, count: 256)
    for form in forms { if let first = form.first { begins[Int(first)] = true } }
    var result: [UInt8] = []
    var kept = 0
    var position = 0
    bytes.withUnsafeBufferPointer { bytes in
      while position < bytes.count {
        guard begins[Int(bytes[position])] else {
          position += 1
          continue
        }
        var longest = 0
        for form in forms {
          var length = 0
          while length < form.count, position + length < bytes.count, bytes[position + length] == form[length]
          {
            length += 1
          }
          if length >= min(form.count, least) { longest = max(longest, length) }
        }
        guard longest > 0 else {
          position += 1
          continue
        }
        result += bytes[kept..<position]
        result += Self.mark
        position += longest
        kept = position
      }
      if kept > 0 { result += bytes[kept...] }
    }
    return kept > 0 ? result : nil
  }
}

extension KnownCredentials {
  /// Knows the passwords and tokens of an environment's settings in every form.
  ///
  /// Not those that are also the name of something, as default passwords are: they hide nothing, and struck out
  /// of every sentence they would be told by it.
  convenience init(of environment: EnvironmentSettings, _ resolved: (SecretReference) -> Secret?) {
    let names = [environment.name] + environment.services.map(\.name)
    let all = environment.sources.map { source in
      let references = source.settings.references
      let accounts = references.filter(\.isAccount).compactMap { resolved($0.reference)?.reveal { $0 } }
      let user = source.settings.address.flatMap { SourceAddress($0)?.user }
      return SentSecrets(
        references.filter { !$0.isAccount }.compactMap { resolved($0.reference) }.filter { secret in
          !secret.reveal { secret in names.contains { $0.contains(secret) } }
        },
        users: accounts + (user.map { [$0] } ?? [])
      )
    }
    self.init(forms: all.flatMap(\.forms), words: all.flatMap(\.words))
  }
}

extension Secret {
  /// Somebody else's words with this secret replaced by `‹password›`, in whatever form it stands there.
  func struckOut(of text: String) -> String {
    SentSecrets(self).struckOut(ofWords: text)
  }
}
