internal import DataSources
internal import Facts

@LoopActor final class QuickTestPerformer: ActionPerformer {
  init(_ services: ActionServices) {}
  func plan(_ request: ActionRequest) async throws(Refusal) -> Plan { throw .notPossible("later") }
  func revalidate(_ plan: Plan) async -> Revalidation { .unchanged }
  func act(_ plan: Plan, _ emit: @escaping @LoopActor (ActionEvent) -> Void) async -> ActOutcome {
    let now = LoopActor.now()
    return ActOutcome(.accepted(id: nil), begunAt: now, endedAt: now)
  }
  func verify(
    _ plan: Plan,
    after outcome: ActOutcome,
    _ emit: @escaping @LoopActor (ActionEvent) -> Void
  ) async -> Verdict { Verdict(.unknown, "later") }
  func touched(by plan: Plan) -> [String] { [] }
}
