public import Facts

/// The credentials of a compose project: variables of env files, which services get by `env_file` or by `${NAME}`.
@LoopActor public final class ComposeCredentials: CredentialKeeper {
  /// A recreation: a restart keeps what a container was made with.
  public let renewal = "service.recreate"
  /// Env files are looked through.
  public let nowhere = "no env file of the project"

  private let control: ComposeControl

  /// Keeps those of a project.
  init(_ control: ComposeControl) {
    self.control = control
  }

  private var reader: CredentialFiles { CredentialFiles(files: control.files, place: control.place) }

  /// Looks which env files set them, and which services would be others if their values were.
  public func find(_ names: [String]) async throws(SourceFailure) -> CredentialPlace? {
    let (reader, project) = (reader, control.project)
    let found = await LoopActor.onThreadPool { reader.find(names, in: project) }
    return try told(found)
  }

  /// Containers of `compose run`: each service of the project that gets them is recreated, and they are none.
  public func bystanders(of names: [String]) async throws(SourceFailure) -> [CredentialBystander] {
    let services = Set(try await find(names)?.carriers.map(\.service) ?? [])
    let all = try await control.runtime.oneOffs()
    return all.filter { one in one.service.map { services.contains($0) } ?? true }.map {
      let words = "(compose run of \($0.service ?? "no service")) may have the old one until it ends"
      return CredentialBystander($0.instance, words, holdsOld: true)
    }
  }

  /// Drafts the change of the env files.
  public func draft(
    _ values: [String: Secret],
    at place: CredentialPlace
  ) async throws(SourceFailure) -> CredentialChange {
    let (reader, project, names) = (reader, control.project, place.names.filter { values[$0] != nil })
    try told(await LoopActor.onThreadPool { reader.expectOwn(names, in: project) })
    let drafted = await LoopActor.onThreadPool { reader.draft(values, in: place.files) }
    return try told(drafted)
  }

  /// Drafts that the old values are written as they were.
  public func restore(
    _ names: [String],
    from old: [KeptFile]
  ) async throws(SourceFailure) -> CredentialChange {
    let reader = reader
    let drafted = await LoopActor.onThreadPool { reader.restore(names, from: old) }
    return try told(drafted)
  }

  /// Compares the files with what they were.
  public func standing(
    of names: [String],
    since old: [KeptFile]
  ) async throws(SourceFailure) -> CredentialStanding {
    let reader = reader
    let standing = await LoopActor.onThreadPool { reader.standing(of: names, since: old) }
    return try told(standing)
  }

  /// Asks the compose CLI what it makes of the file, and compares it with the console's own reading of it.
  public func readBack(for carriers: [CredentialPlace.Carrier]) async throws(SourceFailure) {
    let reading = try await control.read()
    let (reader, project) = (reader, control.project)
    let own = try told(await LoopActor.onThreadPool { reader.read(project).map(\.project) })
    for carrier in carriers {
      let wanted = own.services.first { $0.name == carrier.service }?.environment ?? [:]
      guard let told = reading.service(carrier.service)?.environment else {
        throw control.failure("\(reading.program[0]) doesn't tell of \(carrier.service)")
      }
      let other = carrier.variables.filter { told[$0] == nil || told[$0] != wanted[$0] }
      guard other.isEmpty else {
        let list = other.joined(separator: ", ")
        throw control.failure(
          "compose reads another value for \(list) of \(carrier.service) than was written: other characters are needed"
        )
      }
    }
  }

  /// Compares by fingerprints.
  ///
  /// What the Engine tells in `Config.Env` of a container is what its process was started with, whatever a shell inside
  /// it has set since.
  public func differing(
    _ carrier: CredentialPlace.Carrier,
    in container: ServiceReading
  ) async -> [String]? {
    // What reaches it by its command alone can't be seen in it.
    guard !carrier.variables.isEmpty else { return nil }
    let (reader, project) = (reader, control.project)
    guard case .success(let own) = await LoopActor.onThreadPool({ reader.read(project) }),
      let service = own.project.services.first(where: { $0.name == carrier.service })
    else { return nil }
    let wanted = service.environment.filter { carrier.variables.contains($0.key) }
    guard wanted.count == carrier.variables.count else { return nil }
    return control.runtime.differing(wanted, in: container)
  }

  private func told<Value>(_ result: Result<Value, CredentialFiles.Refusal>) throws(SourceFailure) -> Value {
    switch result {
    case .success(let value): return value
    case .failure(let refusal): throw control.failure(refusal.sentence)
    }
  }
}
