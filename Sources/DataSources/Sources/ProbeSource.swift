public import Facts

/// One deep probe: a question that only a working server can answer.
public struct ServiceProbe: Sendable {
  /// What the probe is called in facts and on the screen: `postgres`, `redis`, `rabbitmq`, `canary`.
  public var name: String
  /// What it does, as it may be shown: `SELECT 1 at postgresql://…`.
  public var shown: String
  /// What has to come back.
  public var expected: String
  /// The services that it speaks for: the server's own, and those that cannot do without it.
  public var services: [String]
  /// The service whose latency it measures; nil if another check does.
  public var latencyOf: String?
  /// Whether asking logs in.
  public var logsIn = false
  /// Asks once, within its own deadline: the latency, or why not.
  public var ask: @LoopActor @Sendable () async -> Result<Duration, SourceFailure>

  /// Describes a probe.
  public init(
    name: String,
    shown: String,
    expecting expected: String = "an answer",
    services: [String],
    latencyOf: String? = nil,
    ask: @escaping @LoopActor @Sendable () async -> Result<Duration, SourceFailure>
  ) {
    self.name = name
    self.shown = shown
    self.expected = expected
    self.services = services
    self.latencyOf = latencyOf
    self.ask = ask
  }
}

/// Polls one deep probe; its failure is a value (`crit`) of every service that it speaks for.
@LoopActor public final class ProbeSource: Source {
  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let probe: ServiceProbe
  private let onClose: @LoopActor () -> Void

  /// Makes a source of `probe`; `onClose` gives its connection back.
  public init(
    _ probe: ServiceProbe,
    interval: Duration = .seconds(2),
    deadline: Duration = .seconds(2),
    onClose: @escaping @LoopActor () -> Void = {}
  ) {
    self.probe = probe
    self.onClose = onClose
    var descriptor = SourceDescriptor(
      id: "probe.\(probe.name)",
      kind: "deep probe",
      address: probe.shown,
      interval: interval,
      deadline: deadline,
      declares: probe.services.map { FactDeclaration(FactName("probe", $0, probe.name)) }
    )
    descriptor.logsIn = probe.logsIn
    self.descriptor = descriptor
  }

  /// Asks once.
  public func poll() async throws(SourceFailure) -> SourceReading {
    let expected = "\(probe.expected) within \(Format.duration(descriptor.deadline))"
    var origin = Origin(source: descriptor.id, query: probe.shown, expected: expected)
    var value: FactValue? = .flag(true)
    var state = FactState.ok
    var word = "passes"
    var absence: Absence?
    var latency: Duration?
    switch await probe.ask() {
    case .success(let duration):
      latency = duration
      origin.excerpt = "answered in \(duration.milliseconds) ms"
    case .failure(let failure):
      if failure.isOwn { throw failure }
      origin.excerpt = failure.detail
      (value, state, word, absence) = failure.judgement
    }
    var observations = probe.services.map { service in
      Observation(
        FactName("probe", service, probe.name),
        value,
        state: state,
        word: word,
        absence: absence,
        origin: origin
      )
    }
    if let service = probe.latencyOf {
      observations.append(
        Observation(
          FactName("service", service, "latency"),
          latency.map { .number($0.seconds * 1_000) },
          unit: .milliseconds,
          word: latency == nil ? word : "",
          origin: origin,
          isDrawn: true
        )
      )
    }
    return SourceReading(observations, verdict: SourceVerdict(state, word))
  }

  /// Closes what is open; no poll follows.
  public func close() { onClose() }
}

extension SourceFailure {
  /// What it says of the server that was asked whether it lives.
  ///
  /// To be refused as a user says nothing of it, but hides it and can be put right; to have no login may be meant;
  /// and what may not be asked now is not known.
  var judgement: (value: FactValue?, state: FactState, word: String, absence: Absence?) {
    switch code {
    case .unauthorized, .forbidden: (.flag(false), .warn, "login refused", .loginRefused)
    case .misconfigured: (nil, .nodata, told ?? (detail.isEmpty ? word : detail), .noLogin)
    case .rateLimited: (nil, .nodata, word, .rateLimited)
    case .refused, .timedOut, .unresolved, .disconnected, .insecure, .notFound, .status, .unreadable,
      .tooLarge, .rejected, .exhausted, .cancelled:
      (.flag(false), .crit, word, nil)
    }
  }
}

extension ServiceProbe {
  /// The broker's own alarm check over the management API.
  @LoopActor public static func rabbitMQ(
    base: String,
    credentials: HTTPCredentials?,
    services: [String],
    latencyOf: String?,
    client: HTTPClient,
    deadline: Duration = .seconds(2)
  ) -> ServiceProbe {
    let request = RabbitMQAlarms.request(base, credentials, deadline: deadline)
    return ServiceProbe(
      name: "rabbitmq",
      shown: request.shown,
      expecting: "that no alarm is in effect",
      services: services,
      latencyOf: latencyOf
    ) {
      switch await RabbitMQAlarms.ask(request, client) {
      case .clear(let latency, _): .success(latency)
      case .inEffect(let names):
        .failure(SourceFailure(.rejected, at: request.place, told: RabbitMQAlarms.word(names)))
      case .failure(let failure): .failure(failure)
      }
    }
  }

  /// An authenticated read through the whole backend: login, Redis, Postgres.
  ///
  /// It reads one run by today's route, or by the runbook's where today's is missing.
  @LoopActor public static func canary(
    session: BackendSession,
    services: [String],
    deadline: Duration = .seconds(5)
  ) -> ServiceProbe {
    var probe = ServiceProbe(
      name: "canary",
      shown: "GET \(redacted(session.base))/api/v1/suite-runs/?limit=1",
      expecting: "a list of runs",
      services: services
    ) {
      do throws(SourceFailure) {
        var response = try await session.call(
          "GET",
          "/api/v1/suite-runs/?limit=1",
          deadline: deadline
        )
        if response.status == 404 {
          response = try await session.call("GET", "/api/v1/test-runs?limit=1", deadline: deadline)
        }
        let reply = try await response.document(of: "the backend", at: session.base)
        // Both routes answer a list of runs, bare or as a member; an error's body has none.
        guard reply.list != nil || reply.hasList else {
          return .failure(response.foreign("a list of runs", reply, at: session.base))
        }
        return .success(response.duration)
      } catch {
        return .failure(error)
      }
    }
    probe.logsIn = session.hasLogin
    return probe
  }
}

extension JSONValue {
  /// Whether it is an object with a list among its members.
  fileprivate var hasList: Bool {
    guard case .object(let members) = self else { return false }
    return members.values.contains { $0.list != nil }
  }
}
