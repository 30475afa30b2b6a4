import DataSources
import Facts
import Operations

/// Credentials in memory: a file, and what each container was started with.
@LoopActor final class ScriptedKeeper: CredentialKeeper, OfferingSources {
  nonisolated let renewal = "service.recreate"
  nonisolated let nowhere = "no file"
  var carriers = [
    CredentialPlace.Carrier("postgres", variables: ["API_KEY"]),
    CredentialPlace.Carrier("backend", variables: ["API_KEY"]),
  ]
  /// The value that stands in the file.
  var value = "old"
  /// With what a service was started; nil: that isn't known.
  var started: [String: String?] = ["postgres": "old", "backend": "old"]
  var applyFailure: SourceFailure?
  /// Whether another file still has the old value.
  var isTorn = false
  var readBackFailure: SourceFailure?
  let compose: ScriptedCompose

  init(_ compose: ScriptedCompose) { self.compose = compose }

  func find(_ names: [String]) async throws(SourceFailure) -> CredentialPlace? {
    CredentialPlace(
      files: [CredentialPlace.File("/srv/.env", names: names.filter { $0 == "API_KEY" })],
      names: names.filter { $0 == "API_KEY" },
      carriers: carriers,
      changedAt: WallTime(secondsSince1970: 1_700_000_000)
    )
  }

  /// Who else gets them, or why that isn't known.
  var others: Result<[CredentialBystander], SourceFailure> = .success([])

  func bystanders(of names: [String]) async throws(SourceFailure) -> [CredentialBystander] {
    try others.get()
  }

  func draft(
    _ values: [String: Secret],
    at place: CredentialPlace
  ) async throws(SourceFailure) -> CredentialChange {
    guard let new = values["API_KEY"]?.reveal({ $0 }) else {
      throw SourceFailure(.misconfigured, at: "", detail: "no value")
    }
    return change(to: new)
  }

  func restore(
    _ names: [String],
    from old: [KeptFile]
  ) async throws(SourceFailure) -> CredentialChange {
    isTorn = false
    return change(to: String(decoding: old[0].bytes, as: UTF8.self))
  }

  private func change(to new: String) -> CredentialChange {
    let (old, failure) = (value, applyFailure)
    return CredentialChange(
      before: [KeptFile("/srv/.env", Array(old.utf8))],
      tried: "/srv/.env can be replaced",
      make: {
        if let failure { return .failure(failure) }
        self.value = new
        return .success(())
      },
      takeBack: {
        self.value = old
        return .success(())
      }
    )
  }

  func standing(
    of names: [String],
    since old: [KeptFile]
  ) async throws(SourceFailure) -> CredentialStanding {
    let isOld = Array(value.utf8) == old[0].bytes
    return CredentialStanding(
      changed: isOld ? [] : ["API_KEY"],
      left: isOld || isTorn ? ["API_KEY"] : []
    )
  }

  func readBack(for carriers: [CredentialPlace.Carrier]) async throws(SourceFailure) {
    if let readBackFailure { throw readBackFailure }
  }

  func differing(_ carrier: CredentialPlace.Carrier, in container: ServiceReading) async -> [String]? {
    guard let known = started[carrier.service], let known else { return nil }
    return known == value ? [] : ["API_KEY"]
  }

  func offer<Offer>(_ type: Offer.Type, of source: String?) -> Offer? {
    self as? Offer ?? compose.offer(type, of: source)
  }
}
