/// One run, or one execution without a run, with everything that was recorded of it.
public struct RunDetail: Snapshot, Hashable {
  /// The id that was asked for.
  public var id: String
  /// The executions, oldest first.
  public var executions: [ExecutionDetail]
  /// Whether there was more than is kept.
  public var isCut: Bool
  /// Of one judged answer what else was recorded of it; nil of a run.
  public var validation: ValidationRecord?

  /// Makes a detail.
  public init(id: String, executions: [ExecutionDetail], isCut: Bool = false) {
    self.id = id
    self.executions = executions
    self.isCut = isCut
  }

  /// The UUIDs by which programs name it and its parts: its own, its executions', their steps' and results'.
  public var identities: [String] {
    [id] + executions.map(\.id) + executions.flatMap(\.steps).flatMap { [$0.id] + $0.validations.map(\.id) }
  }
}

/// One execution of a scenario.
public struct ExecutionDetail: Sendable, Hashable, Identifiable {
  /// The UUID.
  public var id: String
  /// The scenario's name; nil if it is gone.
  public var scenario: SafeText?
  /// The status as it came.
  public var status: SafeText
  /// Why it failed, if it crashed.
  public var error: SafeText?
  /// When it was created.
  public var createdAt: WallTime
  /// How long it ran; nil if it hasn't begun or ended.
  public var duration: Duration?
  /// Its steps, in order.
  public var steps: [StepDetail]

  /// Makes an execution.
  public init(
    id: String,
    scenario: SafeText?,
    status: SafeText,
    error: SafeText?,
    createdAt: WallTime,
    duration: Duration?,
    steps: [StepDetail]
  ) {
    self.id = id
    self.scenario = scenario
    self.status = status
    self.error = error
    self.createdAt = createdAt
    self.duration = duration
    self.steps = steps
  }
}

/// One step of an execution: what was said, heard and answered.
public struct StepDetail: Sendable, Hashable, Identifiable {
  /// The UUID.
  public var id: String
  /// The step's place, from 1.
  public var order: Int
  /// What the tester said.
  public var utterance: SafeText?
  /// What was heard.
  public var transcription: SafeText?
  /// What was answered.
  public var response: SafeText?
  /// The provider's word for what it did.
  public var commandKind: SafeText?
  /// How long the provider took; nil if it never answered.
  public var responseTime: Duration?
  /// Why it failed, if it crashed.
  public var error: SafeText?
  /// The results of its validation, oldest first.
  public var validations: [ValidationDetail]

  /// Makes a step.
  public init(
    id: String,
    order: Int,
    utterance: SafeText?,
    transcription: SafeText?,
    response: SafeText?,
    commandKind: SafeText?,
    responseTime: Duration?,
    error: SafeText?,
    validations: [ValidationDetail]
  ) {
    self.id = id
    self.order = order
    self.utterance = utterance
    self.transcription = transcription
    self.response = response
    self.commandKind = commandKind
    self.responseTime = responseTime
    self.error = error
    self.validations = validations
  }
}

/// One validation result.
public struct ValidationDetail: Sendable, Hashable, Identifiable {
  /// The UUID.
  public var id: String
  /// The confidence on the 0-1 scale, by the measure of ``ValidationsSnapshot/measure``.
  public var score: Double?
  /// The recogniser's own confidence, shown beside and never as the measure.
  public var asrScore: Double?
  /// The verdict as it came: `auto_fail`, `needs_review`, `auto_pass`.
  public var reviewStatus: SafeText?
  /// The final decision as it came.
  public var decision: SafeText?
  /// The language's code.
  public var language: SafeText?
  /// All recorded errors, in order.
  public var errors: [SafeText]
  /// When it was created.
  public var createdAt: WallTime

  /// Makes a result.
  public init(
    id: String,
    score: Double?,
    asrScore: Double?,
    reviewStatus: SafeText?,
    decision: SafeText?,
    language: SafeText?,
    errors: [SafeText],
    createdAt: WallTime
  ) {
    self.id = id
    self.score = score
    self.asrScore = asrScore
    self.reviewStatus = reviewStatus
    self.decision = decision
    self.language = language
    self.errors = errors
    self.createdAt = createdAt
  }
}
