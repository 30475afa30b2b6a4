internal import Facts

/// What kubectl said when it ended with an error, sorted by what is to be done.
struct KubectlFailure {
  private let lines: [String]
  private let ending: ChildResult.Ending

  init(_ result: ChildResult) {
    lines = String(decoding: result.stderr, as: UTF8.self).split(separator: "\n").map(String.init)
    ending = result.ending
  }

  /// The failure; `canI` makes the call that tells whether a right is there.
  func failure(at address: String, canI: ([String]) -> String) -> SourceFailure {
    // Its log lines (`E1128 05:04:08.3 …`) repeat what its last words say.
    let words = lines.first { $0.hasPrefix("Error from server") } ?? lines.last ?? ending.words
    let (code, told) = kind(of: words)
    var detail = words
    if code == .forbidden {
      let rights = Self.missingRights(lines)
      detail = lines.filter { $0.contains("(Forbidden)") }.joined(separator: "; ")
      let asked = rights.map { canI([$0.verb, $0.resource]) }.joined(separator: "; ")
      if !asked.isEmpty { detail += ". To see the right: \(asked)" }
      let missing = rights.map { "\($0.verb) \($0.resource)" }.joined(separator: ", ")
      return SourceFailure(
        code,
        at: address,
        detail: detail,
        told: missing.isEmpty ? nil : "403: may not \(missing)"
      )
    }
    return SourceFailure(code, at: address, detail: detail, told: told)
  }

  private func kind(of words: String) -> (SourceFailure.Code, told: String?) {
    func says(_ parts: String...) -> Bool { parts.contains { words.contains($0) } }
    if case .signal = ending { return (.disconnected, "kubectl was killed") }
    if lines.contains(where: { $0.contains("(Forbidden)") }) { return (.forbidden, nil) }
    if says("(Unauthorized)", "must be logged in", "getting credentials") { return (.unauthorized, nil) }
    if says("(Conflict)") { return (.rejected, "changed underneath") }
    if says("(TooManyRequests)") { return (.rateLimited(retryAfter: nil), nil) }
    if says("(Timeout)", "(ServerTimeout)", "deadline exceeded", "Client.Timeout", "i/o timeout") {
      return (.timedOut, nil)
    }
    if says("(ServiceUnavailable)") { return (.status(503), nil) }
    if says("(InternalError)") { return (.status(500), nil) }
    if says("(NotFound)") { return (.notFound, nil) }
    if says("(Gone)", "(Expired)") { return (.status(410), "410 gone") }
    if says("connection refused", "was refused") { return (.refused, nil) }
    if says("no such host", "Temporary failure in name resolution") { return (.unresolved, nil) }
    if says("x509:", "tls:", "certificate") { return (.insecure, nil) }
    if says("connection reset", "unexpected EOF", ": EOF", "no route to host", "unreachable") {
      return (.disconnected, nil)
    }
    if says("does not exist", "cannot locate context", "error loading config", "invalid configuration") {
      return (.misconfigured, "no such context")
    }
    if says("unexpected end of JSON", "invalid character") { return (.unreadable, nil) }
    return (.rejected, nil)
  }

  /// The rights that the server says are missing: `cannot list resource "pods" in API group "apps"`.
  private static func missingRights(_ lines: [String]) -> [(verb: String, resource: String)] {
    lines.compactMap { line in
      guard line.contains("(Forbidden)"), let start = line.firstRange(of: " cannot ") else { return nil }
      let words = line[start.upperBound...].split(separator: " ", maxSplits: 3)
      guard words.count == 4, words[1] == "resource" else { return nil }
      let resource = words[2].filter { $0 != "\"" }
      let group = words[3].firstRange(of: "in API group \"").map {
        words[3][$0.upperBound...].prefix { $0 != "\"" }
      }
      return (String(words[0]), resource + (group.map { $0.isEmpty ? "" : ".\($0)" } ?? ""))
    }
  }
}

extension ChildResult.Ending {
  /// `ended with status 1`, for a program that said nothing.
  fileprivate var words: String {
    switch self {
    case .status(let status): "kubectl ended with status \(status)"
    case .signal(let number): "kubectl was ended by signal \(number)"
    }
  }
}
