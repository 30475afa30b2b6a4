internal import DataSources
internal import Facts

/// The beginning of a quick test, a state machine: which route to try, and what an answer means.
struct QuickTestStart: Sendable {
  /// What to do next.
  enum Step: Sendable, Hashable {
    /// Send this, once.
    case send(QuickTestDetails.Request)
    /// The execution runs under this id.
    case follow(id: String)
    /// Nobody knows whether it runs: look for an execution created since the request.
    case reread
    /// It is decided.
    case ended(Verdict)
  }

  private let requests: [QuickTestDetails.Request]
  private let script: String
  private var position = 0
  /// The routes that are not there, each with what is used instead.
  private(set) var missing: [String] = []
  /// Why the outcome is unknown; empty while it isn't.
  private(set) var trouble = ""
  /// Why the execution failed that was stored, as the reply has it, which doesn't say which it is; nil if it says
  /// nothing that tells one from others.
  private(set) var reason: String?
  /// What the reply says against a success, whatever becomes of the execution; nil if nothing.
  private(set) var doubt: String?

  /// The requests that start a test of `script`, in the order in which they are tried.
  init(_ requests: [QuickTestDetails.Request], of script: String) {
    self.requests = requests
    self.script = script
  }

  /// What to send first.
  mutating func begin() -> Step {
    guard let first = requests.first else { return .ended(Verdict(.failed, "no route is configured")) }
    return .send(first)
  }

  /// What to do about the reply to the last request.
  mutating func answered(_ result: Result<HTTPResponse, SourceFailure>) -> Step {
    let request = requests[position]
    switch result {
    case .failure(let failure):
      guard failure.mayHaveHappened else {
        let detail = failure.detail.isEmpty ? "" : ": \(failure.detail)"
        return .ended(Verdict(.failed, SafeText("\(request.line) \(failure.word)\(detail)", limit: 400)))
      }
      trouble = failure.word
      return .reread
    case .success(let response):
      return answered(response, request)
    }
  }

  private mutating func answered(
    _ response: HTTPResponse,
    _ request: QuickTestDetails.Request
  ) -> Step {
    let words = Self.detail(of: response)
    switch response.status {
    case 200..<300:
      let body = JSONValue(parsing: response.body)
      let told = [body?["script_id"], body?["data"]?["script_id"]].compactMap { $0 }.filter { $0 != .null }
      if let other = told.first(where: isAnother) {
        let name = other.text ?? "what is no id"
        return .ended(
          Verdict(.unknown, SafeText("the server answered about another script: \(name)", limit: 300))
        )
      }
      doubt = body.flatMap(QuickTestDenial.words)
      guard let id = Self.id(in: response.body, at: request.id) else {
        trouble = "the server answered \(response.status) without an execution's id"
        return .reread
      }
      return .follow(id: id)
    case 404, 405:
      let route = "\(request.line) is not on this backend (\(response.status)\(words))"
      position += 1
      guard position < requests.count else {
        return .ended(Verdict(.failed, SafeText("\(route); there is no other route", limit: 400)))
      }
      missing.append("\(response.status)\(words) for \(request.line), used \(requests[position].line)")
      return .send(requests[position])
    case 401, 403:
      return .ended(Verdict(.failed, SafeText("\(request.line) \(response.status): the login was refused")))
    case 429:
      let wait = response.retryAfter.map { "wait \($0) s" } ?? "wait a minute"
      return .ended(Verdict(.failed, SafeText("\(request.line) 429 rate limited: \(wait)")))
    default:
      trouble = "the server answered \(response.status)\(words)"
      // So the framework answers once the execution is stored, and has crashed.
      let told = Self.storedPrefix
      if response.status == 500, words.hasPrefix(told), words.count > told.count {
        reason = String(words.dropFirst(told.count))
      }
      return .reread
    }
  }

  private static let storedPrefix = ": Execution failed: "

  /// What to do about the search for the executions that the script has had since: the only one is followed
  /// if the server stored one and said why that failed, anything else stays unknown.
  ///
  /// Somebody else may run the same script: another one's verdict is never told as this one's.
  func reread(_ found: [String], failure: SourceFailure? = nil) -> Step {
    if let id = found.first, found.count == 1, reason != nil { return .follow(id: id) }
    let why =
      if let failure {
        "and the executions can't be read: \(failure.word)"
      } else if found.isEmpty {
        "and no execution of the script was created; not repeated"
      } else {
        "and which execution is this one's can't be told; created since: \(found.joined(separator: ", "))"
      }
    return .ended(Verdict(.unknown, SafeText("\(trouble); \(why)", limit: 600)))
  }

  /// What is said about the way to the execution that is followed; nil if there is nothing to say.
  var note: String? {
    var parts = missing
    if !trouble.isEmpty { parts.append("\(trouble), but the execution exists") }
    return parts.isEmpty ? nil : parts.joined(separator: "; ")
  }

  private func isAnother(_ told: JSONValue) -> Bool { told.text?.lowercased() != script.lowercased() }

  /// The server's own words in brackets or after a colon; a plain "Not Found" says nothing.
  private static func detail(of response: HTTPResponse) -> String {
    guard let detail = JSONValue(parsing: response.body)?["detail"]?.text, !detail.isEmpty,
      detail != "Not Found", detail != "Method Not Allowed"
    else { return "" }
    return ": \(CredentialWords.struckOut(of: detail))"
  }

  /// The id at `body.a.b`; without a path one of the usual keys.
  private static func id(in body: [UInt8], at path: String?) -> String? {
    guard let value = JSONValue(parsing: body) else { return nil }
    guard let path else {
      let ids = [value["execution_id"], value["data"]?["execution_id"], value["id"]]
      return ids.lazy.compactMap { $0?.text }.first { !$0.isEmpty }
    }
    var found: JSONValue? = value
    for key in path.split(separator: ".").drop(while: { $0 == "body" }) { found = found?[String(key)] }
    guard let id = found?.text, !id.isEmpty else { return nil }
    return id
  }
}
