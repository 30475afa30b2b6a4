/// What a runtime can do to a service.
public struct RuntimeVerb: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The verb: `restart`.
  public let name: String

  /// Names a verb in the source.
  public init(stringLiteral value: String) { name = value }

  /// The verb.
  public var description: String { name }

  /// Ends it and starts the same thing again.
  public static let restart: RuntimeVerb = "restart"
  /// Ends it; it stays down.
  public static let stop: RuntimeVerb = "stop"
  /// Starts what is down.
  public static let start: RuntimeVerb = "start"
  /// Makes another one in its place, from what is written of it now.
  public static let recreate: RuntimeVerb = "recreate"
  /// Changes how many there are of it.
  public static let scale: RuntimeVerb = "scale"
}

/// One thing that a runtime is asked to do to one service: what is previewed is what is sent.
public struct RuntimeRequest: Sendable, Hashable {
  /// What is to be done.
  public let verb: RuntimeVerb
  /// The service, by its immutable identity.
  public let service: ServiceReading
  /// What runs, as the preview shows it: `POST /containers/3f2a…/restart?t=10`.
  public let shown: String
  /// The program and its arguments, where that is what runs; else empty.
  public var words: [String] = []
  /// What the preview says beside it: the order of things, what is kept.
  public var remarks: [String] = []

  /// Makes a request; runtimes do.
  public init(_ verb: RuntimeVerb, _ service: ServiceReading, shown: String) {
    self.verb = verb
    self.service = service
    self.shown = shown
  }
}
