internal import DataSources
internal import Facts

/// A rotation under way: the files are written, each service that gets it is started anew, and all of it is proven.
///
/// It decides by what stands in the files and in the containers, never by what it remembers: so it goes on after any end
/// of the console, and forwards or back by the same steps.
@LoopActor struct Rotation {
  private let services: ActionServices
  private let needs: CredentialActs.Needs
  private let settings: CredentialSettings
  private let emit: @LoopActor (ActionEvent) -> Void
  private var keeper: any CredentialKeeper { needs.keeper }
  private var book: RotationBook { needs.credentials.book }
  private var acts: CredentialActs { CredentialActs(services: services) }

  init(
    _ services: ActionServices,
    _ needs: CredentialActs.Needs,
    _ credential: String,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) {
    self.services = services
    self.needs = needs
    // Of a credential that the configuration has no more the usual is asked.
    settings =
      needs.credentials.settings.first { $0.name == credential } ?? CredentialSettings(name: credential)
    self.emit = emit
  }

  /// What ends a way before its end.
  private struct Stop: Error {
    var outcome: Verdict.Outcome
    var words: String
    /// The parts of the proof that were asked for until then.
    var parts: [Verdict.Part] = []

    init(_ outcome: Verdict.Outcome, _ words: String, _ parts: [Verdict.Part] = []) {
      self.outcome = outcome
      self.words = words
      self.parts = parts
    }

    init(_ failure: FileFailure) {
      self.init(.failed, "\(failure.path) can't be written (\(failure.cause))")
    }

    init(_ failure: SourceFailure) {
      self.init(
        failure.mayHaveHappened ? .unknown : .failed,
        failure.detail.isEmpty ? failure.word : failure.detail
      )
    }
  }

  // MARK: the three ways

  /// Begins: keeps what stands there, writes the new values and goes on.
  func begin(_ rotation: OpenRotation, _ change: CredentialChange) async -> Verdict {
    do throws(Stop) {
      try await keep(rotation, backup: change.before)
      try await written(rotation, change)
    } catch {
      // What may have to be put back is kept: a write that no answer refused may still come.
      let standing = await result { () throws(Stop) in try await self.standing(of: rotation) }
      guard error.outcome != .unknown, case .success(let known) = standing, known?.changed.isEmpty ?? true
      else {
        return stopped(error)
      }
      let rest = await ended(rotation, provenAt: nil).map { "; \($0)" } ?? ""
      return Verdict(error.outcome, SafeText("\(error.words): nothing was changed\(rest)", limit: 500))
    }
    return await goOn(rotation)
  }

  /// Goes on with one that was left, from where things stand.
  func resume(_ rotation: OpenRotation) async -> Verdict {
    if rotation.phase == .rollingBack { return await rollBack(rotation) }
    do throws(Stop) {
      guard let standing = try await standing(of: rotation), !standing.changed.isEmpty else {
        if let words = await ended(rotation, provenAt: nil) { throw Stop(.failed, words) }
        return Verdict(.done, "nothing had been written: that rotation is over, begin it again")
      }
      guard standing.left.isEmpty else {
        let names = standing.left.joined(separator: ", ")
        throw Stop(
          .failed,
          "\(names) has no new value in \(rotation.path), and none is kept: roll back, then begin again"
        )
      }
      do throws(SourceFailure) {
        try await keeper.readBack(for: rotation.carriers)
      } catch {
        throw Stop(error)
      }
    } catch {
      return stopped(error)
    }
    return await goOn(rotation)
  }

  /// Puts the old values back and starts the same services anew with them.
  func rollBack(_ rotation: OpenRotation) async -> Verdict {
    var rotation = rotation
    rotation.phase = .rollingBack
    rotation.done = []
    do throws(Stop) {
      try await keep(rotation)
      guard let old = try await backup() else {
        if let words = await ended(rotation, provenAt: nil) { throw Stop(.failed, words) }
        return Verdict(.done, "nothing had been written: there is nothing to roll back")
      }
      do throws(SourceFailure) {
        if try await !keeper.standing(of: rotation.names, since: old).changed.isEmpty {
          try await keeper.restore(rotation.names, from: old).apply()
          emit(.sent(SafeText("wrote the old values to \(rotation.path)")))
        }
        try await keeper.readBack(for: rotation.carriers)
      } catch {
        throw Stop(error)
      }
      let unproven = try await renew(&rotation, leavingOutAbsent: true)
      try await checkLocks()
      return try await ended(rotation, doubts: try await doubts(rotation).map(\.words), unproven)
    } catch {
      let words = "\(error.words); the way back is not over: switchboard rotate --rollback goes on with it"
      var verdict = Verdict(error.outcome, SafeText(words, limit: 500), next: request(RollBackRotation.self))
      verdict.again = verdict.next
      return verdict
    }
  }

  /// Ends a roll back: the old values are where services are started from, and each that is there was started anew.
  ///
  /// Asking again would tell no more of what can't be told: it stays in the book, and the rotation is over.
  private func ended(
    _ rotation: OpenRotation,
    doubts: [String],
    _ unproven: String
  ) async throws(Stop) -> Verdict {
    let told = doubts + (unproven.isEmpty ? [] : [String(unproven.dropFirst(2))])
    do throws(FileFailure) {
      try await book.endRolledBack(
        rotation,
        at: services.clock.now().wall,
        doubts: told.isEmpty ? nil : told.joined(separator: "; ")
      )
    } catch {
      throw Stop(.failed, "\(error.path) could not be written or taken away (\(error.cause))")
    }
    guard doubts.isEmpty else {
      let words =
        "rolled back, unproven: the old values are in \(rotation.path); \(told.joined(separator: "; ")); "
        + "the rotation is over and noted as that: keep the old key, look at these services"
      var verdict = Verdict(.unknown, SafeText(words, limit: 600))
      verdict.parts = [
        Verdict.Part("values", .unknown, SafeText(doubts.joined(separator: "; "), limit: 400))
      ]
      return verdict
    }
    let words = "rolled back: the old values are in \(rotation.path) and in \(list(rotation.carriers))"
    var verdict = Verdict(
      unproven.isEmpty ? .done : .doneUnproven,
      SafeText(words + unproven, limit: 500)
    )
    verdict.parts = [theirs(rotation)]
    return verdict
  }

  /// The book is closed by whoever still holds the locks alone: another may have changed the same values.
  private func checkLocks(_ parts: [Verdict.Part] = []) async throws(Stop) {
    if case .lost(let why) = await TargetLock.ofThisAct.standing() { throw Stop(.unknown, "\(why)", parts) }
  }

  private func goOn(_ rotation: OpenRotation) async -> Verdict {
    var rotation = rotation
    rotation.phase = .rotating
    do throws(Stop) {
      let unproven = try await renew(&rotation)
      try await checkValues(rotation)
      let proof = await RotationProof(services, settings, rotation, emit).outcome()
      let parts = [theirs(rotation)] + proof.parts
      guard proof.outcome == .done else { throw Stop(proof.outcome, proof.words, parts) }
      // Nobody may have put anything else there while it was proven.
      try await checkValues(rotation)
      try await checkLocks(parts)
      let names = rotation.names.joined(separator: ", ")
      let words =
        "\(names) of \(rotation.path) \(rotation.names.count == 1 ? "is" : "are") in \(list(rotation.carriers)), by fingerprint; \(proof.words)\(unproven)"
      if let failure = await ended(rotation, provenAt: services.clock.now().wall) {
        throw Stop(.failed, "\(words); \(failure)", parts)
      }
      var verdict = Verdict(unproven.isEmpty ? .done : .doneUnproven, SafeText(words, limit: 600))
      verdict.parts = parts
      let holders = await keeper.holders(of: rotation.names)
      verdict.caution = SafeText(
        "\(holders)now revoke the old key at the provider, then: switchboard rotate --revoked \(rotation.credential)",
        limit: 600
      )
      return verdict
    } catch {
      if error.outcome == .doneUnproven {
        rotation.phase = .unproven
        if case .failure(let failure) = await result({ () throws(Stop) in try await keep(rotation) }) {
          return stopped(failure)
        }
      }
      return stopped(error)
    }
  }

  private func stopped(_ stop: Stop) -> Verdict {
    let next = "the old key is still needed: switchboard rotate --rollback, or --resume to go on"
    var verdict = Verdict(
      stop.outcome,
      SafeText("\(stop.words); \(next)", limit: 600),
      next: request(RollBackRotation.self)
    )
    verdict.parts = stop.parts
    verdict.again = request(ResumeRotation.self)
    return verdict
  }

  /// Asks for a way of the rotation that is open.
  private func request<Way: OpenRotationAction>(_ way: Way.Type) -> ActionRequest {
    ActionRequest(way.descriptor.id, on: ActionTarget(.environment, name: services.environment))
  }

  // MARK: steps

  /// Writes the change and has it read back; the files are as they were if that fails.
  private func written(_ rotation: OpenRotation, _ change: CredentialChange) async throws(Stop) {
    do throws(SourceFailure) {
      try await change.apply()
    } catch {
      throw Stop(error)
    }
    emit(.sent(SafeText("wrote \(rotation.names.joined(separator: ", ")) to \(rotation.path)")))
    do throws(SourceFailure) {
      try await keeper.readBack(for: rotation.carriers)
    } catch {
      do throws(SourceFailure) {
        try await change.rollBack()
      } catch let second {
        throw Stop(.failed, "\(error.detail), and the old file could not be put back: \(second.detail)")
      }
      throw Stop(.failed, "\(error.detail): the old file is back")
    }
  }

  /// How far it is written; nil: nothing was kept yet, and so nothing written.
  private func standing(of rotation: OpenRotation) async throws(Stop) -> CredentialStanding? {
    guard let old = try await backup() else { return nil }
    do throws(SourceFailure) {
      return try await keeper.standing(of: rotation.names, since: old)
    } catch {
      throw Stop(error)
    }
  }

  /// Starts those anew that were not started with what stands in the file, one at a time, to the first that isn't back.
  ///
  /// - Returns: what of it could not be proven, as the end of a sentence; empty if all could.
  private func renew(
    _ rotation: inout OpenRotation,
    leavingOutAbsent: Bool = false
  ) async throws(Stop) -> String {
    guard let action = acts.renewal(keeper) else { throw Stop(.failed, "there is no \(keeper.renewal)") }
    var unproven: [String] = []
    for (index, carrier) in rotation.carriers.enumerated() {
      emit(.step(index + 1, of: rotation.carriers.count, SafeText(carrier.service)))
      let values = try await values(of: carrier)
      if leavingOutAbsent, values == .absent { continue }
      if values != .theirs {
        let request = ActionRequest(
          ActionID(keeper.renewal),
          on: ActionTarget(.service, name: carrier.service)
        )
        let draft: Draft<PlanDetails>
        switch await action.draft(request, nil) {
        case .success(let drafted): draft = drafted
        case .failure(let refusal): throw Stop(.failed, "\(carrier.service): \(refusal.sentence)")
        }
        emit(.sent(SafeText(draft.exact)))
        let verdict = await action.verdict(of: draft.details, services, emit)
        switch verdict.outcome {
        case .done: break
        case .doneUnproven: unproven.append("\(carrier.service): \(verdict.told)")
        case .failed, .unknown: throw Stop(verdict.outcome, "\(carrier.service): \(verdict.told)")
        }
      }
      rotation.done.append(carrier.service)
      try await keep(rotation)
    }
    return unproven.isEmpty ? "" : "; unproven: \(unproven.joined(separator: ", "))"
  }

  /// With what a carrier was started.
  private enum Values: Equatable {
    /// With what stands in the file.
    case theirs
    /// With other values of these.
    case others([String])
    /// Nobody knows.
    case unknown
    /// It isn't there: it will be started with what stands in the file.
    case absent
  }

  private func values(of carrier: CredentialPlace.Carrier) async throws(Stop) -> Values {
    let readings: [ServiceReading]
    do throws(Refusal) {
      readings = try await ServiceActs(services: services).readings().1.filter { $0.name == carrier.service }
    } catch {
      throw Stop(.unknown, error.sentence.string)
    }
    guard !readings.isEmpty else { return .absent }
    var others: Set<String> = []
    for reading in readings {
      guard let differing = await keeper.differing(carrier, in: reading) else { return .unknown }
      others.formUnion(differing)
    }
    return others.isEmpty ? .theirs : .others(others.sorted())
  }

  /// That all were started with what stands in the file.
  private func theirs(_ rotation: OpenRotation) -> Verdict.Part {
    let words = "\(list(rotation.carriers)): started with what stands in \(rotation.path), by fingerprint"
    return Verdict.Part("values", .done, SafeText(words, limit: 400))
  }

  /// Whether all were started with what stands in the file now; what isn't known is no yes.
  private func checkValues(_ rotation: OpenRotation) async throws(Stop) {
    guard let doubt = try await doubts(rotation).first else { return }
    throw valuesStop(
      doubt.isAbsent ? .failed : .unknown,
      doubt.isAbsent ? "\(doubt.service) is gone" : doubt.words
    )
  }

  private func valuesStop(_ outcome: Verdict.Outcome, _ words: String) -> Stop {
    Stop(outcome, words, [Verdict.Part("values", outcome, SafeText(words, limit: 400))])
  }

  /// What nobody can tell of the values with which they were started.
  /// - Throws: one was started with others than stand in the file.
  private func doubts(_ rotation: OpenRotation) async throws(Stop) -> [CarrierDoubt] {
    var doubts: [CarrierDoubt] = []
    for carrier in rotation.carriers {
      switch try await values(of: carrier) {
      case .theirs: continue
      case .others(let names):
        let list = names.joined(separator: ", ")
        throw valuesStop(.failed, "\(carrier.service) has another \(list) than \(rotation.path)")
      case .unknown: doubts.append(CarrierDoubt(service: carrier.service, isAbsent: false))
      case .absent: doubts.append(CarrierDoubt(service: carrier.service, isAbsent: true))
      }
    }
    return doubts
  }

  // MARK: the journal

  private func keep(_ rotation: OpenRotation, backup: [KeptFile]? = nil) async throws(Stop) {
    do throws(FileFailure) {
      try await book.keep(rotation, backup: backup)
    } catch {
      throw Stop(error)
    }
  }

  private func backup() async throws(Stop) -> [KeptFile]? {
    do throws(FileFailure) {
      return try await book.backup()
    } catch {
      throw Stop(.unknown, "\(error.path) can't be read (\(error.cause))")
    }
  }

  /// Ends it; what could not be taken away, as words, nil if all was.
  private func ended(_ rotation: OpenRotation, provenAt: WallTime?) async -> String? {
    do throws(FileFailure) {
      try await book.end(rotation, provenAt: provenAt)
      return nil
    } catch {
      return "\(error.path) could not be written or taken away (\(error.cause))"
    }
  }

  private func result<Value>(_ body: () async throws(Stop) -> Value) async -> Result<Value, Stop> {
    do throws(Stop) {
      return .success(try await body())
    } catch {
      return .failure(error)
    }
  }

  private func list(_ all: [CredentialPlace.Carrier]) -> String { all.map(\.service).joined(separator: ", ") }
}
