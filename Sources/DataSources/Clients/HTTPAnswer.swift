public import Facts

/// What counts as an answer, decided here for every check, probe and source: a status of 200 to 299, and the
/// body that this server sends.
///
/// A sign-in page, a proxy's own page and an empty body come with 200 as well.
extension HTTPResponse {
  /// The seconds that the server asks to be left alone for (Retry-After); nil if it asks for none, gives a date or
  /// anything else that is no number of seconds.
  public var retryAfter: Int? { header("retry-after").flatMap(Int.init).map { max(0, $0) } }

  /// Why this is no answer whatever its body; nil for a status of 200 to 299.
  public func failure(at address: String) -> SourceFailure? {
    guard !(200..<300).contains(status) else { return nil }
    var failure = SourceFailure(.status(status), at: address, detail: shownBody)
    switch status {
    case 300..<400:
      guard let target = header("location") else { break }
      failure.detail = "\(status) to \(redacted(target))"
      failure.told = "redirects to \(Self.shortened(target))"
    case 401: failure.code = .unauthorized
    case 403: failure.code = .forbidden
    case 404, 405: failure.code = .notFound
    case 429: failure.code = .rateLimited(retryAfter: retryAfter)
    default: break
    }
    return failure
  }

  /// The document of a reply of 200 to 299 that holds one JSON list or object and nothing else.
  ///
  /// - Throws: ``failure(at:)``; `unreadable`, told as `not Prometheus: HTML`, for any other body.
  public func document(of server: String, at address: String) async throws(SourceFailure) -> JSONValue {
    if let failure = failure(at: address) { throw failure }
    let document = await LoopActor.decodeJSON(body)
    switch document {
    case .list, .object: break
    case .null, .flag, .number, .text, .broken, nil: throw foreign(server, document, at: address)
    }
    return document ?? .null
  }

  /// What `read` takes out of the ``document(of:at:)``; nil from it means that it is not what `server` sends.
  ///
  /// A large document never comes to the loop: to walk through it and to free it takes longer than a key may wait.
  func read<Value: Sendable>(
    of server: String,
    at address: String,
    _ read: @escaping @Sendable (JSONValue) throws(SourceFailure) -> Value?
  ) async throws(SourceFailure) -> Value {
    if let failure = failure(at: address) { throw failure }
    let work: @Sendable () -> Result<Value, SourceFailure> = {
      let document = JSONValue(parsing: self.body)
      do throws(SourceFailure) {
        if let document, let value = try read(document) { return .success(value) }
        return .failure(self.foreign(server, document, at: address))
      } catch {
        return .failure(error)
      }
    }
    return try await DecodingLane.run(body.count, work).get()
  }

  /// The failure of a reply of 200 to 299 whose body is not what `server` sends: `not RabbitMQ: empty`.
  func foreign(_ server: String, _ document: JSONValue? = nil, at address: String) -> SourceFailure {
    SourceFailure(
      .unreadable,
      at: address,
      detail: shownBody,
      told: "not \(server): \(kindOfBody(document))"
    )
  }

  /// Whether the body is one of a few short words, such as `OK`, or holds one of them in a line of text.
  func saysOneOf(_ words: [String]) -> Bool {
    guard body.count <= 256, let firstByte, !"<{[\"".utf8.contains(firstByte) else { return false }
    let text = String(decoding: body, as: UTF8.self).lowercased()
    let said = text.split { !$0.isLetter }
    return !said.contains("not") && words.contains { word in said.contains { $0 == word } }
  }

  /// The beginning of the body as people read it: of a page only its title.
  private var shownBody: String {
    let text = String(decoding: body.prefix(4_096), as: UTF8.self)
    guard isMarkup else { return String(decoding: body.prefix(512), as: UTF8.self) }
    for tag in ["title", "h1"] {
      for piece in text.split(separator: "<") where piece.prefix(tag.count).lowercased() == tag {
        let title = piece.drop { $0 != ">" }.dropFirst().split(whereSeparator: \.isWhitespace)
        if !title.isEmpty { return "a page: \(title.joined(separator: " ").prefix(200))" }
      }
    }
    return "a page without a title"
  }

  private var firstByte: UInt8? { body.first { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 } }
  private var isMarkup: Bool { firstByte == UInt8(ascii: "<") }

  private func kindOfBody(_ document: JSONValue?) -> String {
    guard let firstByte else { return status == 204 ? "204, no body" : "empty" }
    if isMarkup {
      let head = String(decoding: body.prefix(1_024), as: UTF8.self).lowercased()
      return head.contains("<?xml") && !head.contains("<html") ? "XML" : "HTML"
    }
    if let problem = document?.problem { return problem }
    if let said = document?["status"]?.text { return "status \(said.prefix(20))" }
    if document != nil { return "other JSON" }
    return firstByte == UInt8(ascii: "{") || firstByte == UInt8(ascii: "[") ? "broken JSON" : "text"
  }

  /// Where a redirect leads, in one or two words: the host and path of an address, without what is asked.
  private static func shortened(_ target: String) -> String {
    let place = redacted(target).prefix { $0 != "?" && $0 != "#" }
    let isAbsolute = place.hasPrefix("http://") || place.hasPrefix("https://")
    let shown = isAbsolute ? place.drop { $0 != "/" }.dropFirst(2) : place
    return shown.count > 48 ? "\(shown.prefix(47))…" : String(shown)
  }
}
