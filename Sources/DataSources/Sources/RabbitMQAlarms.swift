internal import Facts

/// The broker's alarms (memory, disk), for the source and for the deep probe.
enum RabbitMQAlarms {
  /// What the broker said.
  enum Answer: Sendable, Hashable {
    /// No alarm is in effect; `route` is how that was found out.
    case clear(latency: Duration, route: String)
    /// These are.
    case inEffect([String])
    /// It told nothing.
    case failure(SourceFailure)
  }

  private static let route = "/api/health/checks/alarms"
  private static let olderRoute = "/api/nodes"

  /// The request whose answer tells, for the management API at `base`.
  static func request(_ base: String, _ credentials: HTTPCredentials?, deadline: Duration) -> HTTPRequest {
    HTTPRequest("GET", withoutSlash(base) + route, credentials: credentials, deadline: deadline)
  }

  /// Asks once; where a broker doesn't know the check (before 3.8.10), what its nodes say of themselves counts.
  @LoopActor static func ask(_ request: HTTPRequest, _ client: HTTPClient) async -> Answer {
    let startedAt = LoopActor.now().monotonic
    do throws(SourceFailure) {
      let response = try await client.send(request)
      if response.status == 503, let reply = await LoopActor.decodeJSON(response.body),
        let alarms = reply["alarms"]?.list
      {
        let names = alarms.compactMap { $0["resource"]?.text }
        return .inEffect(names.isEmpty ? ["unnamed"] : names)
      }
      guard response.status == 404 else {
        let reply = try await response.document(of: "RabbitMQ", at: request.place)
        guard reply["status"]?.text == "ok" else {
          return .failure(response.foreign("RabbitMQ", reply, at: request.place))
        }
        // A reply that says "ok" and tells alarms, or something else of them, says nothing.
        guard [nil, .null, .list([])].contains(reply["alarms"]) else {
          return .failure(
            SourceFailure(.unreadable, at: request.place, detail: "it says ok and tells of alarms")
          )
        }
        return .clear(latency: response.duration, route: route)
      }
      var nodes = request
      nodes.url = request.url.dropLast(route.count) + olderRoute + "?columns=name,mem_alarm,disk_free_alarm"
      nodes.deadline = max(.milliseconds(1), request.deadline - (LoopActor.now().monotonic - startedAt))
      let reply = try await client.send(nodes).document(of: "RabbitMQ", at: nodes.place)
      return read(nodes: reply, latency: LoopActor.now().monotonic - startedAt, at: nodes.place)
    } catch {
      return .failure(error)
    }
  }

  /// Every node has to tell both of its alarms: one that is silent about them has no statistics.
  private static func read(nodes reply: JSONValue, latency: Duration, at place: String) -> Answer {
    var names: [String] = []
    var isKnown = reply.list?.isEmpty == false
    for node in reply.list ?? [] {
      for (member, name) in [("mem_alarm", "memory"), ("disk_free_alarm", "disk")] {
        guard let isSet = node[member]?.flag else {
          isKnown = false
          continue
        }
        if isSet { names.append(name) }
      }
    }
    if !names.isEmpty { return .inEffect(names) }
    guard isKnown else {
      return .failure(SourceFailure(.notFound, at: place, told: "alarms are not told"))
    }
    return .clear(latency: latency, route: olderRoute)
  }

  /// What is said of alarms in effect: `alarm: memory`.
  static func word(_ names: [String]) -> String { "alarm: \(names.joined(separator: ", "))" }
}
