public import DataSources
public import Facts

/// What the restart of a service needs beyond its preview.
public struct RestartDetails: Sendable, Hashable {
  /// The service as it was when the plan was made.
  public var reading: ServiceReading
  /// What the configuration says of it.
  public var profile: ServiceProfile
  /// The profiles of the services whose recovery is proven, too, in order.
  public var then: [ServiceProfile]
  /// The consumers of the main queue before, for a worker; nil for anything else or if unknown.
  public var consumers: QueueConsumers?

  /// How many consumers a queue had, and who tells how many it has now.
  public struct QueueConsumers: Sendable, Hashable {
    /// The number before the act.
    public var count: Int
    /// The fact that tells it.
    public var fact: FactName
    /// The source that feeds the fact.
    public var source: String

    /// Makes a count.
    public init(count: Int, fact: FactName, source: String) {
      self.count = count
      self.fact = fact
      self.source = source
    }
  }

  /// Makes details.
  public init(
    reading: ServiceReading,
    profile: ServiceProfile,
    then: [ServiceProfile] = [],
    consumers: QueueConsumers? = nil
  ) {
    self.reading = reading
    self.profile = profile
    self.then = then
    self.consumers = consumers
  }
}

/// What a quick test needs beyond its preview.
public struct QuickTestDetails: Sendable, Hashable {
  /// The UUID of the script that is run.
  public var script: String
  /// Its name; empty if unknown.
  public var scriptName: String
  /// The requests in the order in which they are tried.
  public var requests: [Request]

  /// One way of starting the test, its placeholders filled in.
  public struct Request: Sendable, Hashable {
    /// The method, in capitals.
    public var method: String
    /// The path below the API's base.
    public var path: String
    /// The JSON body; empty if there is none.
    public var body: String
    /// Where in the reply the execution's id stands: `body.execution_id`; nil: it is looked up.
    public var id: String?

    /// Makes a request.
    public init(method: String = "POST", path: String, body: String = "", id: String? = nil) {
      self.method = method
      self.path = path
      self.body = body
      self.id = id
    }

    /// The request line: `POST /api/v1/…`.
    public var line: String { "\(method) \(path)" }
  }

  /// Makes details.
  public init(script: String, scriptName: String = "", requests: [Request]) {
    self.script = script
    self.scriptName = scriptName
    self.requests = requests
  }
}
