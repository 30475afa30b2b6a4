/// How a quick test is run and told: a recipe, since today's API has no route for it.
public struct QuickTestSettings: Sendable, Equatable {
  /// One way of starting it; the next is tried only when the route is not there (404, 405).
  public struct Attempt: Sendable, Equatable {
    /// The method, in capitals.
    public var method: String
    /// The path below the API's base.
    ///
    /// `{script}` and `{language}` stand for the settings' own.
    public var path: String
    /// The JSON body, its texts with the same placeholders; nil: none.
    public var body: JSONBody?
    /// What in the reply tells the execution's id, such as `body.execution_id`; nil: it is looked up.
    public var id: String?

    /// Makes an attempt; POST without a body unless told.
    public init(method: String = "POST", path: String, body: JSONBody? = nil, id: String? = nil) {
      self.method = method
      self.path = path
      self.body = body
      self.id = id
    }
  }

  /// The script: a UUID, a scenario's name, or `auto`.
  public var script: String
  /// The language of the test.
  public var language: String
  /// The ways of starting it, in order.
  public var attempts: [Attempt]
  /// The condition over `execution.*` that makes it passed.
  public var passed: String
  /// The time it may take.
  public var within: Duration

  /// Makes a recipe; the runbook's route first, then the nearest of today, unless told.
  public init(
    script: String = "auto",
    language: String = "en-US",
    attempts: [Attempt] = Self.builtInAttempts,
    passed: String = #"execution.status == "completed" and execution.auto_fail == 0"#,
    within: Duration = .seconds(300)
  ) {
    self.script = script
    self.language = language
    self.attempts = attempts
    self.passed = passed
    self.within = within
  }

  /// The runbook's route and the nearest that today's API has.
  public static let builtInAttempts = [
    Attempt(path: "/api/v1/test-runs/quick-test"),
    Attempt(
      path: "/api/v1/multi-turn/execute/{script}",
      body: .object([.init("language_codes", .array([.string("{language}")]))]),
      id: "body.data.execution_id"
    ),
  ]
}
