public import Facts

/// Where variables stand that services are started with, and who is started with them.
public struct CredentialPlace: Sendable, Hashable {
  /// A service that is started with one of them.
  public struct Carrier: Sendable, Hashable {
    /// The service.
    public var service: String
    /// The variables of its environment that their values reach; empty where they reach only something else of it.
    public var variables: [String]

    /// Names a carrier.
    public init(_ service: String, variables: [String]) {
      self.service = service
      self.variables = variables
    }
  }

  /// A file or a Secret, and those of the variables that stand in it.
  public struct File: Sendable, Hashable {
    /// Its path; `secret/NAME`.
    public var path: String
    /// The variables, in the order in which they were asked for.
    public var names: [String]

    /// Names it.
    public init(_ path: String, names: [String]) {
      self.path = path
      self.names = names
    }
  }

  /// Where they stand.
  public var files: [File]
  /// Those of them that stand there, in the order in which they were asked for.
  public var names: [String]
  /// Who is started with them, in the order of the files.
  public var carriers: [Carrier]
  /// Whether others than its owner may read one of them.
  public var isOpenToOthers: Bool
  /// When the one was changed that has been left alone for the longest time.
  public var changedAt: WallTime

  /// Describes a place.
  public init(
    files: [File],
    names: [String],
    carriers: [Carrier],
    isOpenToOthers: Bool = false,
    changedAt: WallTime
  ) {
    self.files = files
    self.names = names
    self.carriers = carriers
    self.isOpenToOthers = isOpenToOthers
    self.changedAt = changedAt
  }

  /// Where they stand, in words.
  public var path: String { files.map(\.path).joined(separator: ", ") }
}

/// Who gets one of the values and is not started anew by a rotation.
public struct CredentialBystander: Sendable, Hashable {
  /// What the runtime calls it: `job/import`.
  public var name: String
  /// What becomes of it, behind its name: `keeps the old one until it ends`.
  public var words: String
  /// Whether it has the old value when the rotation is over, or may have.
  public var holdsOld: Bool

  /// Names one.
  public init(_ name: String, _ words: String, holdsOld: Bool) {
    self.name = name
    self.words = words
    self.holdsOld = holdsOld
  }
}

/// A file, or what a Secret held, as it stood before a change: whoever keeps it keeps secrets.
public struct KeptFile: Sendable, Hashable {
  /// Its path; `secret/NAME`.
  public var path: String
  /// What stood in it.
  public var bytes: [UInt8]

  /// Keeps a file.
  public init(_ path: String, _ bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
  }
}

/// How far a change of variables has come, by what stands in the files now.
public struct CredentialStanding: Sendable, Hashable {
  /// Those that have another value than before, or none any more, in a file at least.
  public var changed: [String]
  /// Those that have no new value: that of before in a file at least, or none.
  public var left: [String]

  /// Tells how far it is.
  public init(changed: [String], left: [String]) {
    self.changed = changed
    self.left = left
  }
}

/// A change of a place that is drafted and can be made once; equal to itself alone, since it holds values.
public final class CredentialChange: Sendable, Hashable {
  /// What stands there before it.
  public let before: [KeptFile]
  /// What was tried of it and what that said, as a sentence; an attempt that told nothing says so.
  public let tried: String
  /// What makes it, or takes it back.
  public typealias Step = @LoopActor @Sendable () async -> Result<Void, SourceFailure>

  private let make: Step
  /// Takes it back as long as nobody has changed the place since.
  private let takeBack: Step

  /// Describes a change.
  public init(before: [KeptFile], tried: String, make: @escaping Step, takeBack: @escaping Step) {
    self.before = before
    self.tried = tried
    self.make = make
    self.takeBack = takeBack
  }

  /// Makes it.
  /// - Throws: it can't be made; then the place is as it was, unless the failure leaves open whether it happened.
  @LoopActor public func apply() async throws(SourceFailure) { try await make().get() }

  /// Takes it back.
  /// - Throws: it can't be; then the place is as it was made.
  @LoopActor public func rollBack() async throws(SourceFailure) { try await takeBack().get() }

  /// Whether it is the same change.
  public static func == (left: CredentialChange, right: CredentialChange) -> Bool { left === right }

  /// Hashes which one it is.
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// Keeps the credentials that services are started with: compose's env file, a cluster's Secret.
///
/// It alone knows how they are written and how a service shows with which it was started. No value leaves it.
@LoopActor public protocol CredentialKeeper: AnyObject, Sendable {
  /// The action by which a service is started anew with what stands there: a restart may keep the old values.
  var renewal: String { get }
  /// Where it looks for them, for a sentence without one: `no env file of the project`.
  var nowhere: String { get }
  /// Where these variables stand and who is started with them; nil if none of them stands anywhere.
  /// - Throws: nobody can tell.
  func find(_ names: [String]) async throws(SourceFailure) -> CredentialPlace?
  /// Who else gets these values, and keeps the old ones when those in the place are new.
  /// - Throws: nobody can tell.
  func bystanders(of names: [String]) async throws(SourceFailure) -> [CredentialBystander]
  /// Drafts new values; nothing is written.
  /// - Throws: a value is none that may stand there or is the old one, or the place can't be changed.
  func draft(
    _ values: [String: Secret],
    at place: CredentialPlace
  ) async throws(SourceFailure)
    -> CredentialChange
  /// Drafts that these variables are again as they stood in `old`, what ``CredentialChange/before`` told.
  /// - Throws: the place can't be changed.
  func restore(
    _ names: [String],
    from old: [KeptFile]
  ) async throws(SourceFailure)
    -> CredentialChange
  /// Which of these variables have other values than in `old`, and which still have those.
  /// - Throws: the place can't be read.
  func standing(of names: [String], since old: [KeptFile]) async throws(SourceFailure) -> CredentialStanding
  /// Has what stands there read by whoever will start the services from it.
  /// - Throws: it is read otherwise than it was meant, or nobody can read it.
  func readBack(for carriers: [CredentialPlace.Carrier]) async throws(SourceFailure)
  /// The variables of a carrier that have another value in this container than stands in the place now, by name; nil if
  /// that isn't known.
  func differing(_ carrier: CredentialPlace.Carrier, in container: ServiceReading) async -> [String]?
}

/// What may be the value of a credential.
public enum CredentialValue {
  /// Why a value can't be taken, as a sentence with what to do; nil if it can.
  public static func reason(against value: Secret) -> String? {
    value.reveal { text in
      if text.isEmpty { return "is empty: nothing was changed; type or paste the new value" }
      let breaks = text.unicodeScalars.contains { $0 == "\n" || $0 == "\r" }
      if breaks { return "holds a line break: give it as one line, without one behind it" }
      let isControlled = text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
      if isControlled { return "holds a control character: paste it once more, or give it by --from-file" }
      if text.utf8.count > 4_096 { return "is longer than 4,096 bytes: is it the right file?" }
      return nil
    }
  }
}
