public import DataSources
public import Facts

/// What the restart of a service needs beyond its preview.
public struct RestartDetails: Sendable, Hashable {
  /// The service as it was when the plan was made.
  public var reading: ServiceReading
  /// What the configuration says of it.
  public var profile: ServiceProfile
  /// What its counting probes told before, such as a worker's consumers; what is not known is absent.
  public var counts: [FactName: Int]
  /// The services whose recovery is proven, too, in order.
  public var then: [Dependent]

  /// A service that must be back when the target is.
  public struct Dependent: Sendable, Hashable {
    /// What the configuration says of it.
    public var profile: ServiceProfile
    /// What its counting probes told before.
    public var counts: [FactName: Int]
    /// What was wrong with it already before the act: `liveness refused`; nil if nothing was known to be.
    public var wasUnwell: String?

    /// Describes a dependent service.
    public init(_ profile: ServiceProfile, counts: [FactName: Int] = [:], wasUnwell: String? = nil) {
      self.profile = profile
      self.counts = counts
      self.wasUnwell = wasUnwell
    }
  }

  /// Makes details.
  public init(
    reading: ServiceReading,
    profile: ServiceProfile,
    counts: [FactName: Int] = [:],
    then: [Dependent] = []
  ) {
    self.reading = reading
    self.profile = profile
    self.counts = counts
    self.then = then
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
  /// What the execution must be like.
  public var passed: Condition

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
  public init(script: String, scriptName: String = "", requests: [Request], passed: Condition) {
    self.script = script
    self.scriptName = scriptName
    self.requests = requests
    self.passed = passed
  }
}
