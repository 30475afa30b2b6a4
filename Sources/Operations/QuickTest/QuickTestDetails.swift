public import Facts

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
  /// The time it may take.
  public var within: Duration

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
  public init(
    script: String,
    scriptName: String = "",
    requests: [Request],
    passed: Condition,
    within: Duration
  ) {
    self.script = script
    self.scriptName = scriptName
    self.requests = requests
    self.passed = passed
    self.within = within
  }
}
