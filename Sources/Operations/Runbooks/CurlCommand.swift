/// `curl` and `wget`: what is read, and the few writes that are actions of the console.
struct CurlCommand {
  private let words: CommandWords

  /// Options with which something is sent along.
  private static let sending = [
    "-d", "--data", "--data-raw", "--data-ascii", "--data-binary", "--data-urlencode", "--json", "-F",
    "--form", "-T", "--upload-file", "--post-data", "--post-file", "--body-data", "--body-file",
  ]
  private static let values = Set(
    sending + [
      "-X", "--request", "--method", "-H", "--header", "-o", "--output", "-u", "--user", "-m", "--max-time",
      "--connect-timeout", "-w", "--write-out", "--retry", "-O", "--output-document", "--timeout", "--cacert",
    ]
  )

  init(_ words: CommandWords) { self.words = words }

  func read() -> Recognition? {
    let addresses = words.operands(withValue: Self.values).dropFirst()
    guard addresses.count == 1, let address = addresses.first else { return nil }
    var (path, query) = Self.parts(of: address)
    var sent = Self.sending.flatMap { words.values(of: $0) }
    if words.has("-G", "--get") {
      // What would be sent stands behind the address instead.
      for pair in sent { Self.add(pair[...], to: &query) }
      sent = []
    }
    let method =
      words.value(of: "-X", "--request", "--method")?.uppercased() ?? (sent.isEmpty ? "GET" : "POST")
    if method == "POST", path.hasSuffix("/test-runs/quick-test") {
      return Recognition(
        .act(QuickTest.descriptor.id, targets: []),
        harm: "the route is gone from newer backends: the one that is there is used, and its verdict followed"
      )
    }
    guard method == "GET" || method == "HEAD", sent.isEmpty else { return nil }
    if path == "/health" || path == "/healthz" || path == "/ready" {
      return Recognition(
        .check("any service.*.liveness is ok"),
        harm: "it answers the same with the database down: the deep probes stand beside it"
      )
    }
    if path.hasSuffix("/api/v1/query"), let expression = query["query"] {
      return Recognition(.metric(expression), harm: Self.harm(ofMetric: expression))
    }
    if path.hasSuffix("/test-runs") || path.hasSuffix("/suite-runs") || path.hasSuffix("/suite-runs/") {
      return Recognition(
        .view("runs"),
        harm: "`status=failed` leaves out the runs whose validations failed, and newer backends ignore it"
      )
    }
    return Recognition(.fetch(address))
  }

  static func harm(ofMetric expression: String) -> String? {
    if expression.contains("queue_depth") || expression.contains("test_executions_total") {
      return "the series doesn't exist in newer backends: empty is not zero"
    }
    return nil
  }

  private static func parts(of address: String) -> (path: String, query: [String: String]) {
    let halves = address.split(separator: "?", maxSplits: 1)
    var place = halves.first.map(Substring.init) ?? ""
    if let scheme = place.firstRange(of: "://") { place = place[scheme.upperBound...] }
    let path = place.drop { $0 != "/" }
    var query: [String: String] = [:]
    for pair in halves.dropFirst().first?.split(separator: "&") ?? [] { add(pair, to: &query) }
    return (path.isEmpty ? "/" : String(path), query)
  }

  private static func add(_ pair: Substring, to query: inout [String: String]) {
    let sides = pair.split(separator: "=", maxSplits: 1)
    if let name = sides.first { query[String(name)] = sides.dropFirst().first.map(String.init) ?? "" }
  }
}
