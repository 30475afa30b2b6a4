public import DataSources
public import Facts

/// Tells how old each credential is: since its last rotation that was proven, else since its file was changed.
///
/// Of a credential that no service of the project is started with it tells nothing.
@LoopActor public final class CredentialSource: Source {
  /// The source's id.
  public nonisolated static let id = "credentials"

  /// The name of a credential's age.
  public nonisolated static func age(of credential: String) -> FactName {
    FactName("credentials", credential, "age")
  }

  /// How it is polled and told.
  public let descriptor: SourceDescriptor
  private let credentials: CredentialServices
  private let keeper: any CredentialKeeper
  /// Whether a read is still out, perhaps that of an earlier poll.
  private var isReading = false

  /// Follows those of `keeper`.
  public init(_ credentials: CredentialServices, _ keeper: any CredentialKeeper) {
    self.credentials = credentials
    self.keeper = keeper
    descriptor = SourceDescriptor(
      id: Self.id,
      kind: "credentials",
      address: credentials.book.path,
      interval: .seconds(60),
      deadline: .seconds(5)
    )
  }

  /// Reads the files.
  /// - Throws: `timedOut` while an earlier read is still out, `unreadable` if they can't be read.
  public func poll() async throws(SourceFailure) -> SourceReading {
    // A dead mount keeps its thread for ever, and there are four: the polls after it must not take the rest.
    guard !isReading else {
      throw SourceFailure(.timedOut, at: credentials.book.path, detail: "the files don't answer")
    }
    isReading = true
    defer { isReading = false }
    let contents: RotationBook.Contents
    do throws(FileFailure) {
      contents = try await credentials.book.contents()
    } catch {
      throw SourceFailure(.unreadable, at: error.path, detail: error.cause)
    }
    let now = LoopActor.now().wall
    var observations: [Observation] = []
    for settings in credentials.settings {
      do throws(SourceFailure) {
        guard let place = try await keeper.find(settings.variables), !place.carriers.isEmpty else { continue }
        observations.append(Self.age(settings, place, contents, now: now))
      } catch {
        // What else stands in the files is not this source's affair; no age is told.
        let origin = Origin(source: Self.id, query: "the project's env files")
        let name = Self.age(of: settings.name)
        observations.append(Observation(name, nil, unit: .seconds, word: error.detail, origin: origin))
      }
    }
    return SourceReading(observations)
  }

  /// What is told of a credential's age.
  nonisolated static func age(
    _ settings: CredentialSettings,
    _ place: CredentialPlace,
    _ contents: RotationBook.Contents,
    now: WallTime
  ) -> Observation {
    let record = contents.records[settings.name]
    let since = record?.provenAt ?? place.changedAt
    let age = now.secondsSince1970 - since.secondsSince1970
    let isOpen = contents.open?.credential == settings.name
    var words = record == nil ? "\(place.path) was changed" : "rotated by \(record?.person ?? "")"
    if isOpen { words = "a rotation is open: switchboard rotate --resume or --rollback" }
    let doubt = contents.rolledBack[settings.name]
    if let doubt, !isOpen {
      words =
        "rolled back by \(doubt.person) at \(Format.timestamp(doubt.endedAt)), unproven: \(doubt.doubts)"
    }
    // A time that is still to come tells nothing of an age.
    return Observation(
      Self.age(of: settings.name),
      age < -60 ? nil : .number(max(0, age)),
      unit: .seconds,
      state: isOpen || doubt != nil || age > settings.warnAfter.seconds ? .warn : .ok,
      word: age < -60 ? "its time is still to come: is the clock right?" : words,
      kind: .health,
      origin: Origin(source: id, query: record == nil ? "the time of \(place.path)" : "the last rotation")
    )
  }

  /// Nothing is kept open.
  public func close() {}
}
