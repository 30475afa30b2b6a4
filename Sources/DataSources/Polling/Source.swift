public import Facts

/// How a source is polled and told.
public struct SourceDescriptor: Sendable, Hashable {
  /// The id, unique in the environment: `rabbitmq`.
  public var id: String
  /// What kind of thing it is, for people: `RabbitMQ management`.
  public var kind: String
  /// Where it is, redacted.
  public var address: String
  /// The time between the starts of two polls.
  public var interval: Duration
  /// The time a poll may take.
  public var deadline: Duration
  /// The facts it gives even before its first answer, so that a failure has a name to stand at.
  public var declares: [FactDeclaration]
  /// Whether asking it logs in, which few are allowed to do at a time.
  public var logsIn = false
  /// What stands before the names of its facts; nil: nothing.
  public var qualifier: String?
  /// What it can't be asked without, and isn't there yet: `its secret`; nil: it is asked.
  public var waitsFor: String?

  /// Describes a source.
  public init(
    id: String,
    kind: String,
    address: String,
    interval: Duration,
    deadline: Duration,
    declares: [FactDeclaration] = []
  ) {
    self.id = id
    self.kind = kind
    self.address = address
    self.interval = interval
    self.deadline = deadline
    self.declares = declares
  }
}

/// A fact that a source will give: its name and kind, known before the first poll.
public struct FactDeclaration: Sendable, Hashable {
  /// The fact's name.
  public var name: FactName
  /// Whether it counts.
  public var kind: FactKind
  /// The unit of its number.
  public var unit: FactUnit

  /// Declares a fact.
  public init(_ name: FactName, kind: FactKind = .info, unit: FactUnit = .one) {
    self.name = name
    self.kind = kind
    self.unit = unit
  }
}

/// Something that is asked again and again for facts: a server, a runtime, a set of probes.
///
/// What people configure is made of ``SourceSettings``.
@LoopActor public protocol Source: AnyObject {
  /// How it is polled and told.
  var descriptor: SourceDescriptor { get }

  /// Asks once. The scheduler never asks again before the last answer or failure.
  ///
  /// A *failed probe* of a service is no failure of the source but a value: an observation in state
  /// `crit`. It throws when it can't tell anything.
  /// - Throws: why nothing can be told.
  func poll() async throws(SourceFailure) -> SourceReading

  /// Closes connections; no poll follows.
  func close()
}
