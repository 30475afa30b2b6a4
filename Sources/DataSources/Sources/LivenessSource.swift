public import Facts

/// The liveness check of one service: an HTTP request that tells whether it answers at all.
///
/// Liveness is not health: the backend's `/health` is a constant that stays green with its database
/// stopped. A check that fails is a value (`crit`), not a failure of this source.
@LoopActor public final class LivenessSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let service: String
  private let request: HTTPRequest
  private let client: HTTPClient
  private let expected: Expectation

  /// What the reply must be, beside a status of 200 to 299.
  public enum Expectation: Sendable {
    /// A condition holds over ``HTTPReplyFacts``.
    case condition(Condition)
    /// A short line of text with one of these words, in small letters: what `server` says when it is well.
    case words([String], server: String)

    /// The same for people, the status included.
    var text: String {
      switch self {
      case .condition(let condition): "status 2xx, and \(condition.text)"
      case .words(let words, let server):
        "status 2xx, and a word of \(server): \(words.joined(separator: ", "))"
      }
    }

    /// What Prometheus-compatible servers and Alertmanagers answer at `/-/healthy`.
    public static func healthy(_ server: String) -> Expectation {
      .words(["ok", "healthy", "ready"], server: server)
    }
  }

  /// Makes a check of `service` by `request`.
  public init(
    service: String,
    request: HTTPRequest,
    expecting expected: Expectation,
    client: HTTPClient,
    interval: Duration = .seconds(2)
  ) {
    self.service = service
    var request = request
    // What a cache remembers says nothing of a service that lives now.
    request.headers.append(("Cache-Control", "no-cache"))
    self.request = request
    self.client = client
    self.expected = expected
    descriptor = SourceDescriptor(
      id: "liveness.\(service)",
      kind: "HTTP liveness",
      address: request.shown,
      interval: interval,
      deadline: request.deadline,
      declares: [
        FactDeclaration(FactName("service", service, "liveness")),
        FactDeclaration(FactName("service", service, "latency"), unit: .milliseconds),
      ]
    )
  }

  /// Asks once.
  public func poll() async throws(SourceFailure) -> SourceReading {
    var origin = Origin(source: descriptor.id, query: request.shown, expected: expected.text)
    do throws(SourceFailure) {
      let response = try await client.send(request)
      origin.excerpt = "\(response.status) \(String(decoding: response.body.prefix(200), as: UTF8.self))"
      if let failure = response.failure(at: request.place) {
        return reading(failure.judgement, latency: response.duration, origin)
      }
      if let told = response.header("age"), Int(told) != 0 {
        let age = Int(told).map { ", \(Format.duration(.seconds($0))) old" } ?? ""
        let word = "a cache answers\(age)"
        return reading((nil, .nodata, word, nil), latency: response.duration, origin)
      }
      guard let word = await objection(to: response) else {
        return reading((.flag(true), .ok, "answers", nil), latency: response.duration, origin)
      }
      return reading((.flag(false), .crit, word, nil), latency: response.duration, origin)
    } catch {
      if error.isOwn { throw error }
      origin.excerpt = error.detail
      return reading(error.judgement, latency: nil, origin)
    }
  }

  /// Closes what is open; no poll follows.
  public func close() {}

  /// nil if the reply passes, else why it doesn't.
  private func objection(to response: HTTPResponse) async -> String? {
    switch expected {
    case .condition(let condition): return await objection(to: response, condition)
    case .words(let words, let server):
      return response.saysOneOf(words) ? nil : response.foreign(server, at: request.place).word
    }
  }

  private func objection(to response: HTTPResponse, _ condition: Condition) async -> String? {
    // A health check answers in a line; what answers in megabytes must not hold up the keys.
    let truth = await DecodingLane.run(response.body.count) {
      condition.evaluate(HTTPReplyFacts.table(of: response))
    }
    switch truth {
    case .yes: return nil
    case .no: return "unexpected reply"
    case .unknown: return "unreadable reply"
    }
  }

  private func reading(
    _ judgement: (value: FactValue?, state: FactState, word: String, absence: Absence?),
    latency: Duration?,
    _ origin: Origin
  ) -> SourceReading {
    SourceReading(
      [
        Observation(
          FactName("service", service, "liveness"),
          judgement.value,
          state: judgement.state,
          word: judgement.word,
          absence: judgement.absence,
          origin: origin
        ),
        Observation(
          FactName("service", service, "latency"),
          latency.map { .number($0.seconds * 1_000) },
          unit: .milliseconds,
          word: judgement.state == .ok ? "" : judgement.word,
          origin: origin,
          isDrawn: true
        ),
      ],
      verdict: SourceVerdict(judgement.state, judgement.word)
    )
  }
}

/// The names that a condition over an HTTP reply may use: `status`, `latency`, `header."x"`, `body.a.b`.
public enum HTTPReplyFacts {
  /// A table of those facts for one reply.
  public static func table(of response: HTTPResponse) -> FactTable {
    var table = FactTable()
    table.set("status", .number(Double(response.status)))
    table.set("latency", .number(response.duration.seconds), unit: .seconds)
    for header in response.headers { table.set(FactName("header", header.name), .text(header.value)) }
    if let body = JSONValue(parsing: response.body) { add(body, at: ["body"], to: &table) }
    return table
  }

  /// Adds the scalars of a JSON value under `path`: objects by their keys, lists by their indices.
  public static func add(_ value: JSONValue, at path: [String], to table: inout FactTable) {
    switch value {
    case .null, .broken: break
    case .flag(let flag): table.set(FactName(segments: path), .flag(flag))
    case .number(let number): table.set(FactName(segments: path), .number(number))
    case .text(let text): table.set(FactName(segments: path), .text(text))
    case .list(let list):
      for (index, element) in list.enumerated() { add(element, at: path + ["\(index)"], to: &table) }
    case .object(let object):
      for (key, element) in object { add(element, at: path + [key], to: &table) }
    }
  }
}
