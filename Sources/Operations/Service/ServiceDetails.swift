public import DataSources
public import Facts

/// What acting on a service needs beyond its preview.
public struct ServiceDetails: Sendable, Hashable {
  /// What the runtime is asked, with the service as it was when the plan was made.
  public var request: RuntimeRequest
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
    /// How many containers or processes of it there were before the act: all of them must be back.
    public var instances: Int { before.count }
    /// Those containers or processes as they were before the act.
    public var before: [ServiceReading]

    /// Describes a dependent service.
    public init(
      _ profile: ServiceProfile,
      counts: [FactName: Int] = [:],
      wasUnwell: String? = nil,
      before: [ServiceReading] = []
    ) {
      self.profile = profile
      self.counts = counts
      self.wasUnwell = wasUnwell
      self.before = before
    }
  }

  /// Makes details.
  public init(
    request: RuntimeRequest,
    profile: ServiceProfile,
    counts: [FactName: Int] = [:],
    then: [Dependent] = []
  ) {
    self.request = request
    self.profile = profile
    self.counts = counts
    self.then = then
  }

  /// The service as it was when the plan was made.
  public var reading: ServiceReading { request.service }

  /// The sources of all that is proven.
  var probeSources: [String] { profile.probeSources + then.flatMap(\.profile.probeSources) }
}
