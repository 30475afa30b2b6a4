public import DataSources
public import Facts

/// What rotations of credentials need of an environment: what is rotated, what is kept of it, and the new values that
/// somebody has given and that go nowhere else.
@LoopActor public final class CredentialServices {
  /// What is rotated.
  public let settings: [CredentialSettings]
  let book: RotationBook
  private var given: [String: Secret] = [:]

  /// Makes the services.
  public init(_ settings: [CredentialSettings], book: RotationBook) {
    self.settings = settings
    self.book = book
  }

  /// Takes a new value for a variable, until it is written or forgotten.
  public func give(_ value: Secret, for name: String) { given[name] = value }

  /// The variables of a credential, by its name or that of a service that is started with it, if a rotation of them can
  /// begin now.
  /// - Throws: it is none, the service is started with none, or a rotation is open.
  public func variables(
    meant name: String,
    _ keeper: (any CredentialKeeper)?
  ) async throws(Refusal) -> [String] {
    guard let keeper else { throw CredentialActs.nothing }
    if let open = try await CredentialActs.contents(of: self).open { throw .notPossible(open.told) }
    let named = settings.filter { $0.name == name }
    for credential in named.isEmpty ? settings : named {
      let place = try await CredentialActs.place(of: credential.variables, keeper)
      guard let place, !named.isEmpty || place.carriers.contains(where: { $0.service == name }) else {
        continue
      }
      return place.names
    }
    if let credential = named.first {
      throw CredentialActs.unset(credential.variables, keeper)
    }
    let names = settings.flatMap(\.variables).joined(separator: ", ")
    throw .notPossible(
      "\(SafeText(name)) is started with no credential of the configuration: \(SafeText(names, limit: 200))"
    )
  }

  /// Forgets the new values.
  public func forget() { given = [:] }

  /// The variables for which a new value was given, in the order of the settings.
  public var givenNames: [String] { settings.flatMap(\.variables).filter { given[$0] != nil } }

  /// The new values of those variables.
  func values(of names: [String]) -> [String: Secret] { given.filter { names.contains($0.key) } }

  /// The variables that a word names: a variable, or all of a credential.
  /// - Throws: it names neither.
  public func variables(named word: String) throws(Refusal) -> [String] {
    if let credential = settings.first(where: { $0.name == word }) { return credential.variables }
    guard settings.contains(where: { $0.variables.contains(word) }) else {
      let known = settings.flatMap { [$0.name] + $0.variables }
      throw .notPossible(
        "no credential is called \(SafeText(word)); there are \(SafeText(known.joined(separator: ", ")))"
      )
    }
    return [word]
  }

  /// Whether a variable is shown as it is typed.
  public func isVisible(_ name: String) -> Bool { settings.contains { $0.visible.contains(name) } }

  /// The credential to which all of these belong.
  /// - Throws: they belong to several.
  func credential(of names: [String]) throws(Refusal) -> CredentialSettings {
    guard let found = settings.first(where: { Set(names).isSubset(of: $0.variables) }) else {
      throw .notPossible(
        "\(SafeText(names.joined(separator: ", "))) are not of one credential: rotate them one after the other"
      )
    }
    return found
  }
}

/// What acting on credentials has in common.
@LoopActor struct CredentialActs {
  let services: ActionServices

  /// All that a rotation needs.
  struct Needs {
    var credentials: CredentialServices
    var keeper: any CredentialKeeper
  }

  /// What a rotation locks beside its services: there is one journal.
  static let journal = ActionTarget("credential", name: "rotation")

  static let nothing = Refusal.notPossible(
    "neither a compose project of this machine nor a cluster runs the services: nothing keeps credentials"
  )

  /// None of these is set anywhere.
  static func unset(_ names: [String], _ keeper: any CredentialKeeper) -> Refusal {
    let list = SafeText(names.joined(separator: ", "), limit: 200)
    return .notPossible("\(SafeText(keeper.nowhere)) sets \(list): there is nothing to rotate")
  }

  /// What is there to rotate with.
  /// - Throws: nothing is.
  func needs() throws(Refusal) -> Needs {
    guard let credentials = services.credentials, let keeper = services.offer((any CredentialKeeper).self)
    else { throw Self.nothing }
    return Needs(credentials: credentials, keeper: keeper)
  }

  /// What is kept of rotations.
  /// - Throws: it can't be read.
  static func contents(of credentials: CredentialServices) async throws(Refusal) -> RotationBook.Contents {
    do throws(FileFailure) {
      return try await credentials.book.contents()
    } catch {
      throw .notPossible(
        "\(SafeText(error.path)) can't be read (\(SafeText(error.cause))): whether a rotation is open isn't known"
      )
    }
  }

  /// The rotation that is open.
  /// - Throws: none is.
  func open(_ needs: Needs) async throws(Refusal) -> OpenRotation {
    guard let open = try await Self.contents(of: needs.credentials).open else {
      throw .notPossible("no rotation is open: there is nothing to go on with or to roll back")
    }
    return open
  }

  /// Where variables stand.
  /// - Throws: nowhere, or nobody can tell.
  static func place(
    of names: [String],
    _ keeper: any CredentialKeeper
  ) async throws(Refusal) -> CredentialPlace? {
    do throws(SourceFailure) {
      return try await keeper.find(names)
    } catch {
      throw .notPossible(SafeText(error.detail, limit: 400))
    }
  }

  /// The action that starts a service anew with what stands in its place.
  func renewal(_ keeper: any CredentialKeeper) -> AnyAction? {
    ActionCatalog.standard.entries.first { $0.descriptor.id.name == keeper.renewal }?.make(services)
  }

  /// The targets of carriers that are there, in the order of their needs, and the others' names.
  func targets(
    of carriers: [CredentialPlace.Carrier]
  ) async throws(Refusal) -> (there: [ActionTarget], absent: [String]) {
    let (_, readings) = try await ServiceActs(services: services).readings()
    var there: [ActionTarget] = []
    var absent: [String] = []
    for carrier in carriers {
      // What is scaled to nothing has nobody who would be started anew.
      guard let reading = readings.first(where: { $0.name == carrier.service }),
        reading.replicas?.wanted != 0
      else {
        absent.append(carrier.service)
        continue
      }
      there.append(ActionTarget(.service, name: reading.name, identity: reading.identity))
    }
    return (DependencyOrder.sorted(there, services.profiles, needsFirst: true), absent)
  }

  /// The sources that are asked afterwards.
  var touches: [String] { (services.runtime.map { [$0.descriptor.id] } ?? []) + [CredentialSource.id] }
}
