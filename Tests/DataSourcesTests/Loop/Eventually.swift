import DataSources
import Facts
import Testing

/// Asks again and again until `condition` holds; fails when it doesn't within `limit`, which only ends what hangs.
func eventually(
  within limit: Duration = .seconds(240),
  _ what: Comment,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ condition: () async throws -> Bool
) async rethrows {
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if try await condition() { return }
    try? await Task.sleep(for: .milliseconds(20))
  }
  Issue.record(what, sourceLocation: sourceLocation)
}

/// The failure that `body` throws, or nil (and an issue) if it throws none.
@LoopActor func failure(
  sourceLocation: SourceLocation = #_sourceLocation,
  of body: @LoopActor () async throws(SourceFailure) -> Void
) async -> SourceFailure? {
  do {
    try await body()
    Issue.record("it didn't fail", sourceLocation: sourceLocation)
    return nil
  } catch {
    return error
  }
}
